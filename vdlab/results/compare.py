"""Two sweeps side by side: two machines, two days, two versions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from msgspec import to_builtins

from vdlab.errors import SettingsError, harmless
from vdlab.results.judgement import Call, call_of, standing
from vdlab.results.records import Results, Setting
from vdlab.results.statistics import Ratio, unpaired_ratio

SHORT: dict[Call, str] = {"faster": "faster", "slower": "slower", "same": "as fast", "unclear": "cannot tell"}
"""A call where there is little room."""

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
        call: of the second, as against the first.
        words: the same as a sentence.
    """

    setting: Setting
    first: float
    second: float
    ratio: Ratio
    call: Call
    words: str

    @property
    def cells(self) -> tuple[str, ...]:
        """What people read of it: the setting, its rate, the seconds of both, the ratio, and the call in short."""
        seconds = (f"{self.first:.3f}", f"{self.second:.3f}")
        return (str(self.setting), f"{self.setting.fps:g}", *seconds, str(self.ratio), SHORT[self.call])


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
        headlines: what each said on its own, a sentence a sampling rate.
        cautions: sentences that weaken it.
    """

    results: tuple[Results, Results]
    labels: tuple[str, str]
    work: list[Difference]
    surroundings: list[Difference]
    pairs: list[Pair]
    verdict: str
    headlines: list[str]
    cautions: list[str]

    def slower_by(self, fraction: float) -> list[Pair]:
        """Settings that surely take longer in the second, by more than a fraction of the time in the first."""
        return [pair for pair in self.pairs if pair.ratio.high is not None and pair.ratio.high < 1 / (1 + fraction)]


def compare(first: Results, second: Results, anyway: bool = False) -> Compared:
    """Hold every setting of `second` against the same setting of `first`.

    What counts as a difference is the greater of what counted in each, and of the noise that the control of each found.

    Raises:
        SettingsError: they did different work, and `anyway` is false; or no setting was timed in both.
    """
    work = list(different_work(first, second))
    if work and not anyway:
        raise SettingsError(
            f"these runs did different work ({'; '.join(map(str, work))}); to compare them all the same, add --anyway"
        )
    one, other = labels([first, second])
    both = [one.setting for one in first.measurements if one.timed and second.seconds(one.setting)]
    pairs = [pair(setting, setting, (first, second), len(both)) for setting in both]
    if not pairs:
        raise SettingsError("these runs have no setting in common that was timed in both: nothing to compare")
    return Compared(
        results=(first, second),
        labels=(one, other),
        work=work,
        surroundings=list(different_surroundings(first, second)),
        pairs=pairs,
        verdict="; ".join(verdicts((first, second), (one, other), len(both))),
        headlines=list(headlines((first, second), (one, other))),
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


def pair(mine: Setting, other: Setting, results: tuple[Results, Results], tests: int) -> Pair:
    """The timings of a setting of the first and of one of the second, and what they say.

    Args:
        tests: how many intervals are looked at, see `paired_ratio`.
    """
    names = labels(results)
    times = results[0].seconds(mine), results[1].seconds(other)
    ratio = unpaired_ratio(*times, tests)
    practical = max(one.plan.practical for one in results)
    noises = [one.noise(mine.fps) for one in results]
    call = call_of(ratio, practical, max(noise.floor if noise else 1.0 for noise in noises))
    match call:
        case "faster" | "slower":
            words = f"{names[1]} is {call} than {names[0]}: {ratio} as fast"
        case "same":
            words = f"{names[1]} is as fast as {names[0]} to within {practical:.0%}: {ratio}"
        case "unclear":
            words = f"cannot tell whether {names[1]} is faster or slower than {names[0]}: {ratio} as fast"
    return Pair(mine, median(times[0]), median(times[1]), ratio, call, words)


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


def verdicts(results: tuple[Results, Results], names: tuple[str, str], tests: int) -> Iterator[str]:
    """For each sampling rate in both, what each would be run with, and how these compare."""
    rates = [fps for fps in results[0].plan.fps if fps in results[1].plan.fps]
    for fps in rates:
        prefix = f"at {fps:g} fps, " if len(rates) > 1 else ""
        found = [standing(one, fps) for one in results]
        mine, other = (one.choice for one in found)
        if mine is None or other is None:
            continue
        open_ones = [name for name, one in zip(names, found, strict=True) if not one.told]
        if open_ones:
            yield f"{prefix}cannot tell yet what is the fastest of {' and of '.join(open_ones)}"
            continue
        ways = f"{names[0]} at its best ({mine.setting}) and {names[1]} at its best ({other.setting})"
        yield f"{prefix}{ways}: {pair(mine.setting, other.setting, results, tests).words}"


def headlines(results: tuple[Results, Results], names: tuple[str, str]) -> Iterator[str]:
    """What each says on its own."""
    for name, one in zip(names, results, strict=True):
        rates = one.rates
        for fps in rates:
            yield f"{name}{f' at {fps:g} fps' if len(rates) > 1 else ''}: {standing(one, fps).headline}"


def weaknesses(
    results: tuple[Results, Results], names: tuple[str, str], work: Sequence[Difference], pairs: Sequence[Pair]
) -> Iterator[str]:
    if work:
        yield f"the work was not the same: {'; '.join(map(str, work))}"
    rounds = min(len(one.seconds(pair.setting)) for one in results for pair in pairs)
    if rounds < FEW_ROUNDS:
        yield (
            f"as few as {rounds} rounds say little of how much one sitting differs from the next: "
            f"measure both again in {FEW_ROUNDS} rounds or more before you rely on a small difference"
        )
    for name, one in zip(names, results, strict=True):
        yield from (f"{name}: {caution.message}" for caution in one.cautions if caution.code == "busy")
        if not one.agrees:
            yield f"{name}: not every run returned the right frames; see its own report"
