"""What a sweep is asked to measure: checked, and with what was left out filled in, before anything runs."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict, Unpack

from joblib import cpu_count

from vdlab.benchmark.rounds import LOOKS
from vdlab.errors import SettingsError
from vdlab.results.records import REFERENCE, Plan
from vdlab.strategies import find
from vdlab.video import SeekMode, Video
from vdlab.video.sampling import sample

USUAL = ("sequential", "ffmpeg-threads", "processes", "threads", "pruned-threads")
"""What is measured unless the caller chooses: the tutorial's four, and the one that does the least work."""


class Asked(TypedDict):
    """Those arguments of `vdlab.sweep` that say what is measured; its documentation says what each means."""

    fps: Sequence[float] | float
    strategies: Sequence[str]
    workers: Mapping[str, Sequence[int]] | Sequence[int] | None
    ffmpeg_threads: Sequence[int]
    repeats: int | Literal["auto"]
    budget_seconds: float
    warmup: int
    seek_mode: SeekMode
    truth: bool | int | None
    trace: bool
    memory: bool


def make_plan(video: Video, **asked: Unpack[Asked]) -> Plan:
    """What `vdlab.sweep` measures of a video when it is called with these arguments.

    Raises:
        SettingsError: one of them makes no sense: in a line, which and why.
    """
    fps, repeats = asked["fps"], asked["repeats"]
    auto = repeats == "auto"
    plan = Plan(
        fps=(fps,) if isinstance(fps, int | float) else tuple(dict.fromkeys(fps)),
        strategies=tuple(dict.fromkeys([REFERENCE, *asked["strategies"]])),
        workers=counts_by_strategy([REFERENCE, *asked["strategies"]], asked["workers"]),
        ffmpeg_threads=tuple(dict.fromkeys(asked["ffmpeg_threads"])),
        repeats=repeats,
        budget_seconds=asked["budget_seconds"] if auto else None,
        warmup=asked["warmup"],
        seek_mode=video.seeking(asked["seek_mode"]).seek_mode,
        truth=asked["truth"],
        trace=asked["trace"],
        memory=asked["memory"],
        looks=len(LOOKS) if auto else 1,
    )
    if not plan.fps:
        raise SettingsError("no sampling rate was given; ask for one, such as 2 frames per second of video")
    for rate in plan.fps:
        sample(video, rate)
    check(plan)
    return plan


def check(plan: Plan) -> None:
    """Refuse what cannot be measured.

    Raises:
        SettingsError: an unknown strategy, a worker count or a number of repeats below one, a negative warm-up, or a
            budget that is not above zero.
    """
    for name, counts in plan.workers.items():
        find(name)
        if not counts or min(counts) < 1:
            raise SettingsError(
                f"workers of {name} are {', '.join(map(str, counts)) or 'none'}; every count must be at least 1"
            )
    if not plan.ffmpeg_threads or min(plan.ffmpeg_threads) < 1:
        raise SettingsError("every number of FFmpeg threads must be at least 1")
    if isinstance(plan.repeats, str) and plan.repeats != "auto":
        raise SettingsError(f"repeats are {plan.repeats!r}; ask for a number, or for auto")
    if plan.budget_seconds is not None and not plan.budget_seconds > 0:
        raise SettingsError(f"a budget of {plan.budget_seconds:g} seconds is no time at all; ask for more than 0")
    if (plan.repeats != "auto" and plan.repeats < 1) or plan.warmup < 0:
        raise SettingsError(
            f"{plan.repeats} repeats after {plan.warmup} warm-ups; ask for at least 1 repeat and 0 warm-ups"
        )


def counts_by_strategy(
    strategies: Sequence[str], workers: Mapping[str, Sequence[int]] | Sequence[int] | None
) -> dict[str, tuple[int, ...]]:
    """Worker counts for every strategy: the same for all, each its own, or 1, 2, 4 ... where nothing was said.

    Raises:
        SettingsError: a strategy of that name does not exist.
    """
    own = workers if isinstance(workers, Mapping) else {}
    for name in own:
        find(name)
    common = default_workers() if workers is None or isinstance(workers, Mapping) else workers
    return {name: tuple(dict.fromkeys(own.get(name, common))) for name in strategies}


def default_workers() -> list[int]:
    """1, 2, 4 ... up to the CPUs this process may use, which end the list; always 1 and 2."""
    cpus = cpu_count()
    powers = [2**power for power in range(cpus.bit_length()) if 2**power <= cpus]
    return sorted({1, 2, cpus, *powers})
