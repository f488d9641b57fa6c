"""What a sweep is asked to measure: read as people type it, checked, and filled in, before anything runs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, Unpack, get_origin

import msgspec
from joblib.externals.loky import cpu_count
from numpy.random import default_rng

from vdlab.benchmark.rounds import LOOKS, ways
from vdlab.errors import SettingsError
from vdlab.machine.workers import check_count, check_workers
from vdlab.notes import note
from vdlab.results.records import CASES, PRACTICAL, REFERENCE, REFERENCE_LOADER, Frames, Plan
from vdlab.strategies import STRATEGIES
from vdlab.strategies.registry import Registry
from vdlab.video import SeekMode, Video
from vdlab.video.sampling import sampling_step

USUAL = ("sequential", "ffmpeg-threads", "processes", "threads", "pruned-threads")
"""What is measured unless the caller chooses: the tutorial's four, and the one that does the least work."""

USUAL_LOADERS = ("one-by-one", "threads", "processes", "dataloader-persistent", "vdlab")
"""The same of a collection: what needs nothing else to be installed, and whose workers are there when it begins, for a
sample stands for many more videos, among which their start would not count."""

MOST_ROUNDS = 10_000
"""A sweep of more would not end, and its steps alone would fill the memory."""

LEAST_PRACTICAL = 0.001
"""Below it, all rounds of a lifetime would not tell."""

MOST_SECONDS = LARGEST_SEED = 10**9


WOULD_DO = {
    "fps": "2 or 0.5,2",
    "threads": "1,2",
    "processes": "1,2",
    "ffmpeg_threads": "1,2",
    "in_each": "1,2",
    "workers": "1,2 or threads=1,2",
    "repeats": "3 or auto",
    "sample": "100, all or auto",
    "frames": f"{', '.join(CASES)}, or several with commas",
    "seek_mode": "approximate or exact",
}
"""Examples of what can be read as the value of a setting."""

Counts = tuple[int, ...]


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
    seed: NotRequired[int | None]
    control: NotRequired[bool]
    practical: NotRequired[float]
    frames: NotRequired[Sequence[Frames]]
    using_seconds: NotRequired[float | None]


def make_plan(video: Video | None, **asked: Unpack[Asked]) -> Plan:
    """What `vdlab.sweep` measures of a video, or `vdlab.sweep_collection` of many, when called with these arguments.

    Raises:
        SettingsError: one of them makes no sense: in a line, which and why.
    """
    fps, repeats, seed = asked["fps"], asked["repeats"], asked.get("seed")
    auto = repeats == "auto"
    frames = tuple(dict.fromkeys(asked.get("frames", ())))
    found = ways(frames)
    strategies = [REFERENCE_LOADER if frames else REFERENCE, *can_be_had(asked["strategies"], found)]
    plan = Plan(
        fps=(fps,) if isinstance(fps, int | float) else tuple(dict.fromkeys(fps)),
        strategies=tuple(dict.fromkeys(strategies)),
        workers=counts_by_strategy(strategies, asked["workers"], found),
        ffmpeg_threads=whole_numbers(asked["ffmpeg_threads"], "number of FFmpeg threads"),
        repeats="auto" if auto else check_count(repeats, "number of repeats", 1, MOST_ROUNDS, f"{MOST_ROUNDS:,}"),
        budget_seconds=asked["budget_seconds"] if auto else None,
        warmup=check_count(asked["warmup"], "number of warm-ups", 0, MOST_ROUNDS, f"{MOST_ROUNDS:,}"),
        seek_mode=video.seeking(asked["seek_mode"]).seek_mode if video else "exact",
        truth=asked["truth"],
        trace=asked["trace"],
        memory=asked["memory"],
        seed=drawn() if seed is None else check_count(seed, "seed", 0, LARGEST_SEED, f"{LARGEST_SEED:,}"),
        control=asked.get("control", True),
        practical=asked.get("practical", PRACTICAL),
        looks=len(LOOKS) if auto else 1,
        frames=frames,
        using_seconds=asked.get("using_seconds"),
    )
    if not plan.fps:
        raise SettingsError("no sampling rate was given; ask for one, such as 2 frames per second of video")
    for rate in plan.fps:
        sampling_step(1, rate)
    if not LEAST_PRACTICAL <= plan.practical <= 1:
        raise SettingsError(
            f"a difference of {plan.practical:g} is none that counts; ask for one from {LEAST_PRACTICAL} to 1, "
            f"such as {PRACTICAL} for {PRACTICAL:.0%}"
        )
    budget = plan.budget_seconds
    if budget is not None and not 0 < budget <= MOST_SECONDS:
        raise SettingsError(
            f"a budget of {budget:g} seconds will not do; ask for more than 0 and at most {MOST_SECONDS:,}"
        )
    return plan


def drawn() -> int:
    """A seed nobody chose."""
    return int(default_rng().integers(LARGEST_SEED))


def can_be_had(strategies: Sequence[str], found: Registry[Any] = STRATEGIES) -> list[str]:
    """What is asked for; of the usual, for which nobody asked by name, what runs on this machine.

    Raises:
        SettingsError: one does not exist, or cannot run here.
    """
    chosen = list(strategies)
    if strategies is USUAL or strategies is USUAL_LOADERS:
        for name in strategies:
            reason = found[name].unavailable()
            if reason is not None:
                chosen.remove(name)
                note(f"{name} is not measured: {reason}")
    for name in chosen:
        found.find(name)
    return chosen


def whole_numbers(numbers: Sequence[int], what: str) -> tuple[int, ...]:
    """Numbers of workers or threads, each once, in the order given.

    Raises:
        SettingsError: there are none; or one is no whole number, below one, or more than this machine can use.
    """
    given = list(numbers) if isinstance(numbers, Iterable) else [numbers]
    if not given:
        raise SettingsError(f"no {what} was given; ask for one or several that are at least 1, such as [1, 2]")
    return tuple(dict.fromkeys(check_workers(number, what) for number in given))


def counts_by_strategy(
    strategies: Sequence[str],
    workers: Mapping[str, Sequence[int]] | Sequence[int] | None,
    found: Registry[Any] = STRATEGIES,
) -> dict[str, tuple[int, ...]]:
    """Worker counts for every strategy: the same for all, each its own, or 1, 2, 4 ... where nothing was said.

    Raises:
        SettingsError: a strategy of that name does not exist, or a count makes no sense.
    """
    own = workers if isinstance(workers, Mapping) else {}
    for name in own:
        if name not in (*USUAL, *USUAL_LOADERS):
            found.find(name)
    common = default_workers() if workers is None or isinstance(workers, Mapping) else workers
    return {name: whole_numbers(own.get(name, common), f"number of workers of {name}") for name in strategies}


def default_workers() -> list[int]:
    """1, 2, 4 ... up to the CPUs this process may use, which end the list; always 1 and 2."""
    cpus = cpu_count()
    powers = [2**power for power in range(cpus.bit_length()) if 2**power <= cpus]
    return sorted({1, 2, cpus, *powers})


def read(name: str, value: object, wanted: Any, said: str = "") -> Any:
    """A value of the type that is wanted; where that is a tuple: of a text with commas, a single value or several.

    Args:
        name: of the setting.
        said: how it was given, for a message; `name=value` if nothing is said.

    Raises:
        SettingsError: it cannot be read as one.
    """
    try:
        return msgspec.convert(several(value) if get_origin(wanted) is tuple else value, wanted, strict=False)
    except msgspec.ValidationError as error:
        reason = str(error).partition(" - at")[0].replace("`", "")
        why = f"; {WOULD_DO[name]} would" if name in WOULD_DO else f": {reason[0].lower()}{reason[1:]}"
        raise SettingsError(f"{said or f'{name}={value!r}'} will not do{why}") from error


def several(value: object) -> list[Any]:
    """What a text with commas, a single value or a collection of them holds."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return list(value) if isinstance(value, Iterable) else [value]


def worker_counts(asked: object, said: str = "workers={!r}") -> tuple[Counts | None, dict[str, Counts]]:
    """Worker counts for all strategies, None where none were given; and by name of those with counts of their own.

    Args:
        asked: counts or a text such as `1,2` for all, a mapping or a text such as `threads=1,2` for one; or several
            of these texts. Nothing where it is None.
        said: how one of these texts was given, for a message.

    Raises:
        SettingsError: a count cannot be read.
    """
    if asked is None:
        return None, {}
    if isinstance(asked, Mapping):
        return None, {str(name): read("workers", counts, Counts, said.format(asked)) for name, counts in asked.items()}
    common: Counts | None = None
    own: dict[str, Counts] = {}
    for word in several(asked) if not isinstance(asked, str) else [asked]:
        name, equals, counts = word.rpartition("=") if isinstance(word, str) else ("", "", word)
        found = read("workers", counts, Counts, said.format(word))
        if equals:
            own[name.strip()] = found
        else:
            common = (common or ()) + found
    return common, own
