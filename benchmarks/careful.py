"""What it costs to be careful with files from strangers and with memory: `vdlab.decode` with its checks and without.

`python benchmarks/careful.py [ROUNDS]` decodes a ten-second clip of 320x180, the smallest of those in `decoding.py`,
with and without, in turns and in an order drawn anew for each round; and times every check alone, against the fastest
decode. The exit status is 0 where they take 2 % of it at most. Takes a minute.
"""

import random
import sys
import tempfile
import timeit
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import vdlab  # isort: skip, for it has to come before TorchCodec, which needs the FFmpeg that it finds

import av

from vdlab import clips, decoding
from vdlab.machine.limits import free_memory
from vdlab.machine.workers import check_workers
from vdlab.results.statistics import paired_ratio
from vdlab.strategies import find
from vdlab.strategies.needed_memory import check_memory
from vdlab.video import Video, source, video
from vdlab.video.index import forget

FPS = 2
GOAL = 0.02


@contextmanager
def careless() -> Iterator[None]:
    """Any container and protocol, however long opening takes; no look at the file, its end, or the memory."""

    def opened(file: Any, mode: str, **options: Any) -> Any:
        return open_container(file, mode, metadata_errors=options["metadata_errors"])

    open_container = av.open
    with ExitStack() as stack:
        stack.enter_context(patch.object(source.av, "open", opened))
        stack.enter_context(patch.object(source, "readable_file", Path))
        stack.enter_context(patch("vdlab.video.index.readable_file", Path))
        stack.enter_context(patch.object(video, "missing_bytes", lambda *_: 0))
        stack.enter_context(patch.object(decoding, "check_memory", lambda *_: None))
        yield


def seconds(call: Callable[[], object]) -> float:
    """What a call takes that finds no packet index."""
    forget()
    begin = perf_counter()
    call()
    return perf_counter() - begin


def alone(call: Callable[[], object], calls: int = 50) -> float:
    """Seconds of a call, the least of many."""
    return min(timeit.repeat(call, number=1, repeat=calls))


def main(rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = clips.make(Path(folder) / "clip.mp4", width=320, height=180, seconds=10, gop=30)

        def decode() -> object:
            return vdlab.decode(path, fps=FPS)

        times: dict[str, list[float]] = {"with": [], "without": []}
        order = random.Random(0)
        for number in range(rounds + 1):
            for name in order.sample(list(times), 2):
                with ExitStack() as stack:
                    if name == "without":
                        stack.enter_context(careless())
                    times[name].append(seconds(decode))
            if number == 0:
                times = {name: [] for name in times}  # that was to warm up
        ratio = paired_ratio(times["with"], times["without"])
        print(f"with / without the checks, {rounds} rounds: {ratio}")
        clip, least = Video.open(path, "exact"), min(times["with"])
        checks = {
            "the file is one": (
                2,
                alone(lambda: source.readable_file(path)),
            ),  # when it is opened, and when it is indexed
            "opened from known containers": (1, alone(lambda: read(path, careful=True)) - alone(lambda: read(path))),
            "its end is there": (1, alone(lambda: source.missing_bytes(clip.source, "mp4"))),
            "number of workers": (1, alone(lambda: check_workers(2))),
            "memory, of a small request": (1, alone(lambda: check_memory(find("pruned-threads"), clip, 20, 2))),
        }
        total = sum(times * cost for times, cost in checks.values())
        for name, (times_done, cost) in {**checks, "all of them": (1, total)}.items():
            print(
                f"{name:30} {1e6 * times_done * cost:7.0f} us  {times_done * cost / least:6.2%} of {1e3 * least:.1f} ms"
            )
        print(f"{'beyond 256 MB, also':30} {1e6 * alone(free_memory):7.0f} us")
    return 0 if total <= GOAL * least else 1


def read(path: Path, careful: bool = False) -> None:
    """Open a file and read its header."""
    if careful:
        with source.opened(path):
            return
    with av.open(str(path), "r", metadata_errors="replace") as container:
        container.streams.best("video")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
