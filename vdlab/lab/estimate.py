"""How long will it take? A guess before the start, from a moment's decoding and from what was measured before."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter

from joblib.externals.loky import cpu_count

from vdlab.benchmark.rounds import Step, frames_to_check, steps_of
from vdlab.gops.parallel import decode_linearly
from vdlab.lab.settings import family
from vdlab.results.records import Plan, Results
from vdlab.strategies import find
from vdlab.video import Video
from vdlab.video.sampling import sample

FRAMES = 80  # enough to time, over before anyone notices
GAIN = {"threads": 0.85, "processes": 0.6, "ffmpeg_threads": 0.6}
"""How much of the ideal speedup each family usually reaches."""
START_SECONDS = 4.0  # for worker processes to import torch


@dataclass(frozen=True)
class Cost:
    """Seconds to decode one frame, and to convert one to RGB and hand it out."""

    decode: float
    convert: float


def calibrate(video: Video) -> Cost:
    """Decode the first few frames twice: all of them handed out, and only the last.

    Raises:
        VideoError: one of them does not decode.
    """
    count = min(FRAMES, video.num_frames)
    took = []
    for indices in ([count - 1], list(range(count))):
        start = perf_counter()
        decode_linearly(video, indices, threads=1)
        took.append(perf_counter() - start)
    last, every = took
    return Cost(last / count, max(0.0, every - last) / count)


def expected(video: Video, plan: Plan, cost: Cost, measured: Iterable[Results] = ()) -> Callable[[Step], float]:
    """A function that says how many seconds a step takes.

    Args:
        video: the opened video.
        plan: what is to be run.
        cost: from `calibrate`, for this video.
        measured: earlier results; those of this video correct the guess for every setting in them.
    """
    known = {
        one.setting: one.median
        for results in measured
        if (results.video.path, results.plan.seek_mode) == (str(video.path), plan.seek_mode)
        for one in results.measurements
        if one.timed
    }
    to_check = min(video.num_frames, frames_to_check(video, plan.truth)) * (cost.decode + cost.convert)
    sequential = {fps: video.num_frames * cost.decode + len(sample(video, fps)) * cost.convert for fps in plan.fps}

    def seconds(step: Step) -> float:
        if step.kind == "truth":
            return to_check
        # Worker processes start anew for the cold start of each setting.
        cold = step.kind == "warmup" and step.round == 1 and find(step.setting.strategy).prepare
        warm = known.get(step.setting) or sequential[step.setting.fps] / gain(step)
        return warm + (START_SECONDS if cold else 0.0)

    return seconds


def estimate(plan: Plan, video: Video, seconds: Callable[[Step], float]) -> float:
    """About how many seconds a sweep takes; with repeats "auto", at most, which is the budget unless that is too small.

    Args:
        seconds: that a step takes, from `expected`.
    """
    started = any(find(name).prepare for name in plan.strategies) and not plan.warmup
    total = sum(map(seconds, steps_of(plan, video))) + (START_SECONDS if started else 0.0)
    return max(total, plan.budget_seconds or 0.0)


def gain(step: Step) -> float:
    """How many times as fast as sequential a step's strategy may be."""
    strategy = find(step.setting.strategy)
    if not strategy.parallel:
        return 1.0
    return max(1.0, min(step.setting.workers, cpu_count()) * GAIN[family(strategy)])
