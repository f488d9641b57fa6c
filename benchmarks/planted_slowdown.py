"""Real sweeps on this machine, as noisy as it is: is a planted slowdown of 10 % found, and nothing else?

`python benchmarks/planted_slowdown.py` takes two minutes at most and prints its counts; not a test of the
code, which must pass on any machine, but of what the machine lets one tell. Exit status 1 where the promise of 19
in 20 and 1 in 20 is broken.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from vdlab import clips
from vdlab.benchmark.sweep import sweep
from vdlab.results.judgement import judgements
from vdlab.strategies import find, strategy
from vdlab.video import Video

if TYPE_CHECKING:
    from torchcodec import FrameBatch

SWEEPS = 20
ALL_SECONDS = 105
FPS = 5


@strategy("twin", "Sequential under another name", parallel=False)
def twin(video: Video, indices: Sequence[int], workers: int) -> "FrameBatch":
    return find("sequential").decode(video, indices, 1)


@strategy("slower", "Sequential, and a tenth of its time asleep", parallel=False)
def slower(video: Video, indices: Sequence[int], workers: int) -> "FrameBatch":
    start = perf_counter()
    frames = find("sequential").decode(video, indices, 1)
    sleep(0.1 * (perf_counter() - start))
    return frames


def main() -> int:
    end = perf_counter() + ALL_SECONDS
    calls: dict[str, Counter[str]] = {"twin": Counter(), "slower": Counter()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        clips.make(path, width=192, height=108, seconds=4)
        for number in range(1, SWEEPS + 1):
            # As much as for three of those left: most sweeps end long before, and a noisy moment needs more than one.
            seconds = max(0.5, 3 * (end - perf_counter()) / (SWEEPS - number + 3) - 0.7)
            only_times = {"truth": False, "trace": False, "memory": False}
            results = sweep(path, fps=FPS, strategies=list(calls), repeats="auto", budget_seconds=seconds, **only_times)
            for judgement in judgements(results, FPS):
                if judgement.other.strategy == "sequential":
                    calls[judgement.setting.strategy][judgement.call] += 1
                    print(f"{number:2}: {judgement} ({judgement.rounds} rounds)", flush=True)
    found = calls["slower"]["slower"]
    different = calls["twin"]["faster"] + calls["twin"]["slower"]
    print(f"the planted slowdown was found in {found} of {SWEEPS} sweeps; {dict(calls['slower'])}")
    print(f"the identical strategy was called different in {different} of {SWEEPS} sweeps; {dict(calls['twin'])}")
    return 0 if found >= 0.95 * SWEEPS and different <= 0.05 * SWEEPS else 1


if __name__ == "__main__":
    sys.exit(main())
