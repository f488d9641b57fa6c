"""What recording a timeline costs, on this machine: pairs of runs, one recorded and one not, in turns.

`python tests/calibration/tracing_cost.py [ROUNDS]` prints, for each strategy, how many times as long the recorded runs
took, with a 95 % interval. Timed runs of a sweep are never recorded, so nothing depends on it: it says how far a
timeline may be off. Takes a few minutes.
"""

import sys

from joblib import cpu_count

from vdlab import clips
from vdlab.benchmark.statistics import paired_ratio
from vdlab.benchmark.timing import timed
from vdlab.sampling import sample
from vdlab.strategies import find
from vdlab.tracing import recording
from vdlab.video import Video

STRATEGIES = (
    "sequential",
    "ffmpeg-threads",
    "processes",
    "threads",
    "keyframe-threads",
    "pruned-threads",
    "shared-memory",
    "linear",
)
REPEATS_OF_CLIP = 2


def main(rounds: int) -> None:
    video = Video.open(clips.long_video(REPEATS_OF_CLIP))
    indices, workers = sample(video, 2), max(2, cpu_count())
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in STRATEGIES}
    spans = dict.fromkeys(STRATEGIES, 0)

    def plain(name: str) -> None:
        times[name][1].append(timed(lambda: find(name).decode(video, indices, workers)).seconds)

    def recorded(name: str) -> None:
        with recording() as marks:
            times[name][0].append(timed(lambda: find(name).decode(video, indices, workers)).seconds)
        spans[name] = len(marks)

    for number in range(rounds + 1):
        for name in STRATEGIES:
            if find(name).prepare:
                find(name).prepare(workers)
            for run in (plain, recorded) if number % 2 else (recorded, plain):
                run(name)
            if number == 0:
                times[name] = ([], [])  # that was to warm up
    print(f"{len(indices)} frames of {video.path.name}, {workers} workers, {rounds} rounds: recorded / not recorded")
    for name, (with_marks, without) in times.items():
        ratio = paired_ratio(with_marks, without)
        print(f"{name:17} {ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]   {spans[name]} spans recorded")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
