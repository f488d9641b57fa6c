"""What a sweep is going to do: a list of steps, made before the first of them runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from joblib import cpu_count

from vdlab.errors import SettingsError
from vdlab.results.records import REFERENCE, Setting
from vdlab.strategies import find

Kind = Literal["reference", "truth", "warmup", "timed", "trace", "memory"]


@dataclass(frozen=True)
class Step:
    """One step of a sweep: decode the reference, check it against the truth, or run a setting once.

    Attributes:
        kind: what it is; all but `reference` and `truth` are runs of a setting.
        setting: what is run; for those two, the sequential strategy at this step's sampling rate.
        round: 1, 2, 3 ... of its kind.
    """

    kind: Kind
    setting: Setting
    round: int = 1

    def __str__(self) -> str:
        match self.kind:
            case "reference":
                return "decoding the reference"
            case "truth":
                return "checking the reference against a decode without seeking"
            case "warmup":
                return f"{self.setting}, warming up"
            case "timed":
                return f"{self.setting}, round {self.round}"
            case "trace":
                return f"{self.setting}, recording its timeline"
            case "memory":
                return f"{self.setting}, watching its memory"


def plan(
    strategies: Sequence[str],
    workers: Mapping[str, Sequence[int]],
    ffmpeg_threads: Sequence[int],
    fps: float,
    warmup: int,
    repeats: int,
    truth: bool,
    trace: bool,
    memory: bool,
) -> list[Step]:
    """The steps for one sampling rate: the reference, its check, then rounds in which every setting runs once.

    Every second round runs backwards: whoever goes before a setting, and leaves it warm or cold caches, evens out.
    Runs that are traced or watched come last, so that no timed run feels them; a setting's two follow each other,
    so that the one leaves its workers warm for the other.

    Args:
        workers: the worker counts of every strategy, by name.

    Raises:
        SettingsError: an unknown strategy, a worker count or a number of repeats below one, a negative warm-up.
    """
    for name in strategies:
        counts = workers[name]
        if not counts or min(counts) < 1:
            raise SettingsError(
                f"workers of {name} are {', '.join(map(str, counts)) or 'none'}; every count must be at least 1"
            )
    if repeats < 1 or warmup < 0:
        raise SettingsError(f"{repeats} repeats after {warmup} warm-ups; ask for at least 1 repeat and 0 warm-ups")
    if not ffmpeg_threads or min(ffmpeg_threads) < 1:
        raise SettingsError("every number of FFmpeg threads must be at least 1")
    settings = [
        Setting(name, count, fps, threads)
        for name in strategies
        for count in (workers[name] if find(name).parallel else [1])
        for threads in (ffmpeg_threads if find(name).ffmpeg_threads else [1])
    ]
    baseline = Setting(REFERENCE, 1, fps)
    looks = [kind for kind, wanted in (("trace", trace), ("memory", memory)) if wanted]
    return [
        Step("reference", baseline),
        *([Step("truth", baseline)] if truth else []),
        *(Step("warmup", setting, number) for number in range(1, warmup + 1) for setting in settings),
        *rounds(settings, 1, repeats),
        *(Step(kind, setting) for setting in settings for kind in looks),
    ]


def rounds(settings: Sequence[Setting], first: int, last: int) -> list[Step]:
    """Timed rounds, those with even numbers in reverse order."""
    return [
        Step("timed", setting, number)
        for number in range(first, last + 1)
        for setting in (settings if number % 2 else reversed(settings))
    ]


def counts_by_strategy(
    strategies: Sequence[str], workers: Mapping[str, Sequence[int]] | Sequence[int] | None
) -> dict[str, list[int]]:
    """Worker counts for every strategy: the same for all, each its own, or 1, 2, 4 ... where nothing was said.

    Raises:
        SettingsError: a strategy of that name does not exist.
    """
    own = workers if isinstance(workers, Mapping) else {}
    for name in own:
        find(name)
    common = default_workers() if workers is None or isinstance(workers, Mapping) else workers
    return {name: list(dict.fromkeys(own.get(name, common))) for name in strategies}


def default_workers() -> list[int]:
    """1, 2, 4 ... up to the CPUs this process may use, which end the list; always 1 and 2."""
    cpus = cpu_count()
    powers = [2**power for power in range(cpus.bit_length()) if 2**power <= cpus]
    return sorted({1, 2, cpus, *powers})
