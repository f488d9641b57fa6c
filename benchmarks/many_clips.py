"""Ten thousand tiny clips through `vdlab.decode_many`: nothing is left behind, and Ctrl-C ends it within a second.

    .venv/bin/python benchmarks/many_clips.py [CLIPS]

Every hundredth file is broken. Exits with 1 where files, threads or memory grow from the first thousand to the last,
where a video is missing, or where Ctrl-C takes longer.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

import vdlab
from vdlab import clips
from vdlab.errors import VDLabError

STEPS = 10
MOST_GROWTH = 1.05
"""Of the memory after the first tenth."""

MOST_SECONDS = 1.0


def collection(folder: Path, count: int) -> list[Path]:
    """Names of one second of 64x36, and of a file that is no video."""
    clip, broken = folder / "clip.mp4", folder / "broken.mp4"
    clips.make(clip, width=64, height=36, seconds=1)
    broken.write_bytes(bytes(1000))
    paths = [folder / "links" / f"{number:06}.mp4" for number in range(count)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        path.hardlink_to(broken if number % 100 == 99 else clip)
    return paths


def leaks(paths: list[Path]) -> list[str]:
    """What goes wrong in a run over all of them, with a table of what is in use on the way."""
    process, failed, seen = psutil.Process(), 0, set()
    in_use: list[tuple[int, int, float]] = []
    began = time.perf_counter()
    print(f"{'videos':>8} {'files':>6} {'threads':>8} {'MB':>7} {'videos/s':>9}")
    for number, (path, result) in enumerate(vdlab.decode_many(paths, fps=2, errors="yield"), start=1):
        seen.add(path)
        failed += isinstance(result, VDLabError)
        if number % (len(paths) // STEPS) == 0:
            memory = process.memory_info().rss / 1e6
            in_use.append((process.num_fds(), threading.active_count(), memory))
            rate = number / (time.perf_counter() - began)
            print(f"{number:8,} {in_use[-1][0]:6} {in_use[-1][1]:8} {memory:7.1f} {rate:9.0f}", flush=True)
    first, last = in_use[0], in_use[-1]
    wrong = []
    if seen != set(paths) or failed != len(paths) // 100:
        wrong.append(f"{len(seen):,} of {len(paths):,} videos came, {failed} of them as errors")
    # A file or two more are those being opened at that moment.
    if last[0] > first[0] + 2 * (os.cpu_count() or 1) or last[1] > first[1]:
        wrong.append("open files or threads grow")
    if last[2] > first[2] * MOST_GROWTH:
        wrong.append(f"memory grows by {last[2] - first[2]:.0f} MB")
    return wrong


INTERRUPTED = """
import sys, time, vdlab
done = 0
try:
    for path, batch in vdlab.decode_many(sys.argv[1], fps=2, errors="yield"):
        done += 1
        if done == 100:
            print("started", flush=True)
except KeyboardInterrupt as interrupt:
    print(time.time(), interrupt, flush=True)
"""


def interrupted(folder: Path) -> tuple[float, str]:
    """Seconds from Ctrl-C until the loop has ended and its threads with it, and what it says."""
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    begun = time.time()
    process.send_signal(signal.SIGINT)
    ended, _, said = process.communicate()[0].strip().partition(" ")
    return float(ended or "inf") - begun, said


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    warnings.simplefilter("ignore")
    with TemporaryDirectory() as folder:
        wrong = leaks(collection(Path(folder), count))
        seconds, said = interrupted(Path(folder) / "links")
    print(f"Ctrl-C: {seconds:.2f} s, {said!r}")
    if seconds > MOST_SECONDS or "videos are done" not in said:
        wrong.append(f"Ctrl-C took {seconds:.2f} s")
    print("\n".join(wrong) or "nothing is left behind")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
