"""What recording a timeline costs, on this machine: pairs of runs, one recorded and one not, in turns.

`python benchmarks/tracing_cost.py [ROUNDS]` prints, for each strategy, how many times as long the recorded runs
took, and how many times the CPU time, which a busy machine hardly touches; with 95 % intervals. Timed runs of a sweep
are never recorded, so nothing depends on it: it says how far a timeline may be off. Takes a few minutes.
"""

import sys
from dataclasses import replace

from joblib.externals.loky import cpu_count

from vdlab import clips
from vdlab.benchmark.run import Timed, timed
from vdlab.results.statistics import paired_ratio
from vdlab.strategies import find
from vdlab.tracing import recording
from vdlab.video import Video
from vdlab.video.sampling import sample

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
    calls: dict[str, tuple[list[Timed], list[Timed]]] = {name: ([], []) for name in STRATEGIES}
    spans = dict.fromkeys(STRATEGIES, 0)

    def plain(name: str) -> None:
        calls[name][1].append(timed(lambda: find(name).decode(video, indices, workers)))

    def recorded(name: str) -> None:
        with recording() as marks:
            calls[name][0].append(timed(lambda: find(name).decode(video, indices, workers)))
        spans[name] = len(marks)

    for number in range(rounds + 1):
        for name in STRATEGIES:
            if prepare := find(name).prepare:
                prepare(workers)
            for run in (plain, recorded) if number % 2 else (recorded, plain):
                run(name)
            for one in calls[name]:
                one[-1] = replace(one[-1], result=None)  # the frames are not needed
            if number == 0:
                calls[name] = ([], [])  # that was to warm up
    print(f"{len(indices)} frames of {video.path.name}, {workers} workers, {rounds} rounds: recorded / not recorded")
    for name, pairs in calls.items():
        wall = paired_ratio(*([call.seconds for call in one] for one in pairs))
        cpu = paired_ratio(*([call.cpu_seconds for call in one] for one in pairs))
        both = "   ".join(str(ratio) for ratio in (wall, cpu))
        print(f"{name:17} time {both} CPU   {spans[name]} spans recorded")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
