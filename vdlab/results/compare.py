"""Two sweeps side by side: two machines, two days, two versions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from msgspec import to_builtins

from vdlab.errors import SettingsError, harmless
from vdlab.results.records import Results, Setting
from vdlab.results.statistics import Ratio, unpaired_ratio
from vdlab.results.verdict import fastest
from vdlab.results.wording import interval

Change = Literal["faster", "slower", "unclear"]

# What makes it the same work. Not the path: the same video lies elsewhere on another machine.
WORK = ("num_frames", "width", "height", "codec", "average_fps", "duration_seconds", "bit_rate")
# Facts that differ from minute to minute and say nothing of what a machine is, and settings that touch no timed run.
BESIDE_THE_POINT = {"machine.load", "machine.memory_available_bytes", "plan.trace", "plan.memory"}
FEW_ROUNDS = 5


@dataclass(frozen=True)
class Difference:
    """Something that the two have not in common: its name, and what it is in each."""

    what: str
    first: Any
    second: Any

    def __str__(self) -> str:
        return f"{self.what}: {self.first} and {self.second}"


@dataclass(frozen=True)
class Pair:
    """One setting in both.

    Attributes:
        setting: what ran.
        first, second: median seconds in each.
        ratio: first / second, how many times as fast the second is, with its 95 % interval.
        change: of the second, as against the first; `unclear` where the interval holds 1, or there is none.
        words: the same as a sentence.
    """

    setting: Setting
    first: float
    second: float
    ratio: Ratio
    change: Change
    words: str


@dataclass(frozen=True)
class Compared:
    """What comparing two results found.

    Attributes:
        results: the two.
        labels: a short name for each.
        work: in what the work itself differs; empty unless asked to compare it anyway.
        surroundings: in what machines, software and settings differ.
        pairs: every setting that was timed in both.
        verdict: the outcome in a sentence.
        cautions: sentences that weaken it.
    """

    results: tuple[Results, Results]
    labels: tuple[str, str]
    work: list[Difference]
    surroundings: list[Difference]
    pairs: list[Pair]
    verdict: str
    cautions: list[str]


def compare(first: Results, second: Results, anyway: bool = False) -> Compared:
    """Hold every setting of `second` against the same setting of `first`.

    Raises:
        SettingsError: they did different work, and `anyway` is false; or no setting was timed in both.
    """
    work = list(different_work(first, second))
    if work and not anyway:
        raise SettingsError(
            f"these runs did different work ({'; '.join(map(str, work))}); to compare them all the same, add --anyway"
        )
    one, other = labels([first, second])
    pairs = [
        pair(mine.setting, mine.seconds, second.seconds(mine.setting), (one, other))
        for mine in first.measurements
        if mine.timed and second.seconds(mine.setting)
    ]
    if not pairs:
        raise SettingsError("these runs have no setting in common that was timed in both: nothing to compare")
    return Compared(
        results=(first, second),
        labels=(one, other),
        work=work,
        surroundings=list(different_surroundings(first, second)),
        pairs=pairs,
        verdict="; ".join(verdicts(first, second, (one, other))),
        cautions=list(weaknesses((first, second), (one, other), work, pairs)),
    )


def labels(results: Sequence[Results]) -> list[str]:
    """A short name for each: its machine's; with the moment it began where two are of one machine."""
    names = [harmless(one.machine.hostname or "unnamed") for one in results]
    if len(set(names)) < len(names):
        names = [f"{name}, {one.started[:19].replace('T', ' ')}" for name, one in zip(names, results, strict=True)]
    if len(set(names)) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, start=1)]
    return names


def pair(setting: Setting, first: Sequence[float], second: Sequence[float], names: tuple[str, str]) -> Pair:
    """One setting's timings in both, and what they say."""
    ratio = unpaired_ratio(first, second)
    change: Change = "unclear"
    words = "cannot tell: the interval holds 1"
    if ratio.low is None or ratio.high is None:
        words = "cannot tell: one round gives no interval"
    elif ratio.low > 1:
        change = "faster"
        words = f"{names[1]} is {interval(ratio.value, ratio.low, ratio.high)} times as fast"
    elif ratio.high < 1:
        change = "slower"
        words = f"{names[0]} is {interval(1 / ratio.value, 1 / ratio.high, 1 / ratio.low)} times as fast"
    return Pair(setting, median(first), median(second), ratio, change, words)


def different_video(first: Results, second: Results) -> Iterator[Difference]:
    """In what their videos are not the same."""
    for key in WORK:
        one, other = getattr(first.video, key), getattr(second.video, key)
        if one != other:
            yield Difference(key.replace("_", " "), one, other)
    if first.plan.seek_mode != second.plan.seek_mode:
        yield Difference("seek mode", first.plan.seek_mode, second.plan.seek_mode)


def different_work(first: Results, second: Results) -> Iterator[Difference]:
    """In what the two did not decode the same frames of the same video."""
    yield from different_video(first, second)
    if first.plan.fps != second.plan.fps:
        yield Difference("fps", *(", ".join(f"{fps:g}" for fps in one.plan.fps) for one in (first, second)))
    for fps in first.plan.fps:
        counts = first.frames(fps), second.frames(fps)
        if all(counts) and counts[0] != counts[1]:
            yield Difference(f"frames at {fps:g} fps", *counts)


def other_work(results: Results, earlier: Results, fps: float) -> str:
    """Why `earlier` cannot be laid behind `results` at a sampling rate, as a sentence; empty where it can."""
    name, work = earlier.label, list(different_video(results, earlier))
    counts = results.frames(fps), earlier.frames(fps)
    if not work and not counts[1]:
        return f"{name} was not sampled at {fps:g} fps, so it is not laid behind"
    if not work and counts[0] not in (0, counts[1]):
        work = [Difference(f"frames at {fps:g} fps", *counts)]
    return f"{name} did other work, so it is not laid behind ({'; '.join(map(str, work))})" if work else ""


def different_surroundings(first: Results, second: Results) -> Iterator[Difference]:
    """Every fact of the machines, the software and the settings that is not the same."""
    facts = [surroundings(one) for one in (first, second)]
    for key in dict.fromkeys([*facts[0], *facts[1]]):
        one, other = facts[0].get(key), facts[1].get(key)
        if one != other and key not in BESIDE_THE_POINT:
            yield Difference(key.replace("_", " ").replace(".", " "), said(one), said(other))


def surroundings(results: Results) -> dict[str, Any]:
    """The machine, the software and the plan, as one list of facts."""
    return flat(to_builtins({"machine": results.machine, "plan": results.plan, "vdlab": results.version}))


def flat(facts: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Facts within facts as one list: `machine.versions.torch`."""
    found: dict[str, Any] = {}
    for key, value in facts.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def said(value: Any) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def verdicts(first: Results, second: Results, names: tuple[str, str]) -> Iterator[str]:
    """For each sampling rate in both, the fastest right setting of each, and how these compare."""
    rates = [fps for fps in first.plan.fps if fps in second.plan.fps]
    for fps in rates:
        best = [fastest(first, fps), fastest(second, fps)]
        if best[0] is None or best[1] is None:
            continue
        prefix = f"at {fps:g} fps, " if len(rates) > 1 else ""
        ways = f"{names[0]} at its best ({best[0].setting}) and {names[1]} at its best ({best[1].setting})"
        yield f"{prefix}{ways}: {pair(best[0].setting, best[0].seconds, best[1].seconds, names).words}"


def weaknesses(
    results: tuple[Results, Results], names: tuple[str, str], work: Sequence[Difference], pairs: Sequence[Pair]
) -> Iterator[str]:
    if work:
        yield f"the work was not the same: {'; '.join(map(str, work))}"
    rounds = min(len(one.seconds(pair.setting)) for one in results for pair in pairs)
    if rounds < FEW_ROUNDS:
        yield (
            f"as few as {rounds} rounds say little of how much one sitting differs from the next: "
            f"measure both again with --repeats {FEW_ROUNDS} or more before you rely on a small difference"
        )
    for name, one in zip(names, results, strict=True):
        yield from (f"{name}: {caution.message}" for caution in one.cautions if caution.code == "busy")
        if not one.agrees:
            yield f"{name}: not every run returned the right frames; see its own report"
