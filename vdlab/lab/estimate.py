"""How long will it take? A guess before the start, from a moment's decoding and from what was measured before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter

from joblib import cpu_count

from vdlab.benchmark.plan import Step, counts_by_strategy, plan
from vdlab.benchmark.rounds import first_rounds
from vdlab.benchmark.truth import frames_to_check
from vdlab.gops.parallel import decode_linearly
from vdlab.lab.settings import Settings, family, sweep_arguments
from vdlab.results.records import REFERENCE, Results, Setting
from vdlab.strategies import find
from vdlab.video import Video
from vdlab.video.sampling import sample

FRAMES = 80  # enough to time, over before anyone notices
GAIN = {"threads": 0.85, "processes": 0.6, "ffmpeg_threads": 0.6}
"""Share of the ideal speedup that each family usually reaches."""
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
    last = _time(video, [count - 1])
    every = _time(video, list(range(count)))
    return Cost(last / count, max(0.0, every - last) / count)


def estimate(settings: Settings, video: Video, cost: Cost, measured: Iterable[Results] = ()) -> float:
    """About how many seconds a sweep takes; with repeats "auto", at most, which is the budget unless that is too small.

    Args:
        settings: what is to be run.
        video: the opened video.
        cost: from `calibrate`, for this video.
        measured: earlier results; those of this video correct the guess for every setting in them.

    Raises:
        SettingsError: the settings make no sense.
    """
    arguments = sweep_arguments(settings)
    names = list(dict.fromkeys([REFERENCE, *settings.strategies]))
    counts = counts_by_strategy(names, arguments["workers"])
    known = _medians(video, measured)
    total = 0.0
    rounds = first_rounds(settings.repeats, settings.budget_seconds)
    until = frames_to_check(video, arguments["truth"])
    asked = (settings.warmup, rounds, until > 0, settings.trace, settings.memory)
    for fps in settings.fps:
        steps = plan(names, counts, settings.ffmpeg_threads, fps, *asked)
        sequential = video.num_frames * cost.decode + len(sample(video, fps)) * cost.convert
        checking = min(video.num_frames, until) * (cost.decode + cost.convert)
        total += sum(checking if step.kind == "truth" else _step_seconds(step, sequential, known) for step in steps)
    # Worker processes start anew for the cold start of each setting, or once where there is none.
    starts = sum(len(counts[name]) for name in names if find(name).prepare)
    total += START_SECONDS * (starts * len(settings.fps) if settings.warmup else min(starts, 1))
    return max(total, settings.budget_seconds) if settings.repeats == "auto" else total


def _step_seconds(step: Step, sequential: float, known: Mapping[Setting, float]) -> float:
    if step.setting in known:
        return known[step.setting]
    strategy = find(step.setting.strategy)
    if not strategy.parallel:
        return sequential
    ideal = min(step.setting.workers, cpu_count())
    return sequential / max(1.0, ideal * GAIN[family(strategy)])


def _medians(video: Video, measured: Iterable[Results]) -> dict[Setting, float]:
    """The median seconds of every setting measured on this video in this seek mode; the latest results win."""
    known = {}
    for results in measured:
        if (results.video.path, results.plan.seek_mode) == (str(video.path), video.seek_mode):
            for row in results.summary().itertuples():
                if row.runs:
                    known[Setting(row.strategy, row.workers, row.fps, row.ffmpeg_threads)] = row.median
    return known


def _time(video: Video, indices: list[int]) -> float:
    start = perf_counter()
    decode_linearly(video, indices, threads=1)
    return perf_counter() - start
