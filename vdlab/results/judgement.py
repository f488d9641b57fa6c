"""Which of two settings is faster, in words: faster, slower, as fast, or not to be told yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import ceil, log, sqrt
from statistics import fmean, stdev
from typing import Literal

from scipy.stats import norm, t

from vdlab.results.records import PRACTICAL, Measurement, Results, Setting, baseline
from vdlab.results.statistics import CONFIDENCE, Ratio
from vdlab.results.wording import enumerated

Call = Literal["faster", "slower", "same", "unclear"]

POWER = 0.8  # the chance that the number of further repeats that is named does tell
MANY = 100  # further repeats, that nobody would wait for
NAMED = 3  # of those that cannot be told from each other; the rest are counted
FEWEST = 3  # repeats, below which a spread is hardly one


@dataclass(frozen=True)
class Judgement:
    """What a sweep says of two settings.

    Attributes:
        setting, other: what is compared.
        ratio: how many times as fast `setting` is, with the interval on which the call rests.
        call: of `setting`: `faster`, `slower`, `same` where they differ by less than counts, `unclear` if none of these
            can be told.
        rounds: in how many both were timed.
        more: about how many further rounds would tell; 0 where nothing is unclear.
        practical: the difference that counts, as a fraction.
    """

    setting: Setting
    other: Setting
    ratio: Ratio
    call: Call
    rounds: int
    more: int
    practical: float = PRACTICAL

    @property
    def turned(self) -> "Judgement":
        """The same, said of the other setting."""
        low, high = self.ratio.low, self.ratio.high
        ratio = Ratio(1 / self.ratio.value, high and 1 / high, low and 1 / low)
        turns: dict[Call, Call] = {"faster": "slower", "slower": "faster"}
        return replace(self, setting=self.other, other=self.setting, ratio=ratio, call=turns.get(self.call, self.call))

    @property
    def question(self) -> str:
        """What cannot be told of the setting, where the call is `unclear`."""
        if self.ratio.low and self.ratio.high and not self.ratio.low <= 1 <= self.ratio.high:
            return f"differs from {self.other} by more than noise, and enough to count"
        return f"is faster or slower than {self.other}"

    @property
    def needed(self) -> str:
        """After how many rounds nothing can be told, how many more would tell, and what to do."""
        rounds = "1 round" if self.rounds == 1 else f"{self.rounds} rounds"
        if self.more > MANY:
            return f"after {rounds}; with so much noise, {MANY:,} more would not tell: close other programs first"
        return f"after {rounds}; about {self.more:,} more would tell"

    def __repr__(self) -> str:
        return f"<Judgement: {self}>"

    def __str__(self) -> str:
        match self.call:
            case "faster" | "slower":
                return f"{self.setting} is {self.call} than {self.other}: {self.ratio} as fast"
            case "same":
                return f"{self.setting} is as fast as {self.other} to within {self.practical:.0%}: {self.ratio}"
            case "unclear":
                return f"cannot tell yet whether {self.setting} {self.question}: {self.ratio} as fast {self.needed}"


def in_words(judgements: Sequence[Judgement]) -> list[str]:
    """A sentence each; settings of which the same cannot be told yet share one."""
    alike: dict[object, list[Judgement]] = {}
    for one in judgements:
        alike.setdefault((one.question, one.rounds) if one.call == "unclear" else one, []).append(one)
    return [str(group[0]) if len(group) == 1 else of_several(group) for group in alike.values()]


def of_several(group: Sequence[Judgement]) -> str:
    """What cannot be told yet of several settings, in a sentence."""
    slowest = max(group, key=lambda one: one.more)
    names = enumerated([f"{one.setting} ({one.ratio} as fast)" for one in group], "or")
    return f"cannot tell yet whether {names} {slowest.question}, {slowest.needed}"


def right_and_timed(results: Results, fps: float) -> list[Measurement]:
    """What was timed at a sampling rate and returned the right frames, the smallest median first."""
    return sorted((one for one in results.at(fps) if one.right and one.timed), key=lambda one: one.median)


def judge(results: Results, one: Measurement, other: Measurement) -> Judgement | None:
    """Compare two settings over the rounds in which both were timed; None where there is no such round."""
    ratio = results.ratio(one, other)
    if ratio is None:
        return None
    noise, practical = results.noise(one.setting.fps), results.plan.practical
    call = call_of(ratio, practical, noise.floor if noise else 1.0)
    logs = [log(slow / fast) for slow, fast in one.pairs(other)]
    more = further_rounds(logs, practical, results.tests(one.setting.fps)) if call == "unclear" else 0
    return Judgement(one.setting, other.setting, ratio, call, len(logs), more, practical)


def call_of(ratio: Ratio, practical: float = PRACTICAL, floor: float = 1.0) -> Call:
    """What the interval excludes: that there is no difference, or that there is one that counts.

    As fast is what lies within the practical difference, whole interval and all, though 1 be outside. A difference is
    called one where the interval excludes 1, and its middle is at least what counts and at least what the same setting
    differed by from itself.

    Args:
        practical: the difference that counts, as a fraction.
        floor: the factor below which a difference is noise, see `Noise`.
    """
    if ratio.low is None or ratio.high is None:
        return "unclear"
    if ratio.low >= 1 / (1 + practical) and ratio.high <= 1 + practical:
        return "same"
    least = max(1 + practical, floor)
    if ratio.low > 1 and ratio.value >= least:
        return "faster"
    return "slower" if ratio.high < 1 and ratio.value <= 1 / least else "unclear"


def further_rounds(logs: Sequence[float], practical: float = PRACTICAL, tests: int = 1) -> int:
    """About how many more rounds would tell, if the middle and the spread of the logarithms stay what they are.

    A difference that counts shows once the interval's half-width is below it, a smaller one as none that counts once
    the half-width is below what is left up to that; with a chance of 80 % (Cohen, Statistical Power Analysis, 1988,
    chapter 2, for paired differences).

    Args:
        practical: the difference that counts, as a fraction.
        tests: how many intervals hold together, see `Results.tests`.
    """
    if len(logs) < FEWEST:
        return FEWEST - len(logs)
    middle, counts = abs(fmean(logs)), log(1 + practical)
    target = middle if middle >= counts else counts - middle
    error = (1 - CONFIDENCE) / tests
    spread = stdev(logs) / target
    power = norm.ppf(POWER)
    fewest = max(len(logs) + 1, ceil((spread * (norm.ppf(1 - error / 2) + power)) ** 2))
    # Student's t asks for a few more than the normal distribution.
    enough = (n for n in count(fewest) if spread * (t.ppf(1 - error / 2, n - 1) + power) <= sqrt(n))
    return next(enough) - len(logs)


SIMPLEST = (
    *("sequential", "one-by-one", "ffmpeg-threads", "threads", "processes", "linear", "hybrid"),
    *("shared-memory", "pruned-threads", "keyframe-threads"),
)
"""Strategies from the one that takes least to understand and to keep; all others, a user's own too, come after."""


@dataclass(frozen=True)
class Standing:
    """Who is fastest at a sampling rate: what headlines, tables, charts, reports and generated code are read from.

    Attributes:
        headline: it in a sentence, without its full stop.
        fastest: the smallest median of those that returned the right frames; None where there is none.
        tied: those that cannot be told from it, the fastest first, itself included. Sequential, or in a collection
            one video after the other, is among them only where nothing is faster than it.
        choice: the simplest of them, with the fewest workers: what generated code takes.
        told: whether it is known that `tied` are the fastest, as it is not from one round.
        over_sequential: the choice against sequential; None where it is sequential, or that has no time.
        runner_up: the fastest against the best of the next strategy; None where there is none.
        judgements: every strategy at its best against sequential, then the fastest against the runner-up.
    """

    headline: str
    fastest: Measurement | None = None
    tied: tuple[Measurement, ...] = ()
    choice: Measurement | None = None
    told: bool = False
    over_sequential: Judgement | None = None
    runner_up: Judgement | None = None
    judgements: tuple[Judgement, ...] = ()

    def __repr__(self) -> str:
        return f"<Standing: {self.headline}>"


def standing(results: Results, fps: float) -> Standing:
    """What a sweep says of a sampling rate.

    Settings that failed, or returned other frames than the reference, are not compared. One ratio has one interval
    wherever it is shown: `Results.ratio`.
    """
    ranked = right_and_timed(results, fps)
    did = "returned the right frames" if any(one.timed and not one.right for one in results.at(fps)) else "was timed"
    if not ranked:
        return Standing(f"no strategy {did}")
    reference = against(ranked[0].setting)
    over = against_reference(results, ranked)
    faster = {setting for setting, judgement in over.items() if judgement.call == "faster"}
    contenders = [one for one in ranked if not (faster and one.setting == reference)]
    behind = against_fastest(results, contenders, over)
    tied = [one for one in contenders if one.setting not in behind or behind[one.setting].call != "faster"]
    choice = min([one for one in tied if one.setting in faster] or tied, key=simplicity)
    best: dict[str, Setting] = {}
    for one in ranked:
        best.setdefault(one.setting.strategy, one.setting)
    found = [over[setting] for setting in best.values() if setting in over]
    runner_up = next((behind[one] for one in behind if one.strategy != contenders[0].setting.strategy), None)
    if runner_up and reference not in (runner_up.setting, runner_up.other):
        found.append(runner_up)
    rounds = max((judgement.rounds for judgement in (*over.values(), *behind.values())), default=0)
    open_calls = [over[one.setting] for one in tied if one.setting in over and over[one.setting].call == "unclear"]
    return Standing(
        headline=headline(tied, choice, over, behind) if over or behind else alone(choice.setting, did),
        fastest=contenders[0],
        tied=tuple(tied),
        choice=choice,
        told=rounds > 1 and not (choice.setting == reference and open_calls),
        over_sequential=over.get(choice.setting),
        runner_up=runner_up,
        judgements=tuple(found),
    )


def against(setting: Setting) -> Setting:
    """What a setting's speedup is relative to."""
    return baseline(setting.fps, setting.frames)


def against_reference(results: Results, ranked: Sequence[Measurement]) -> dict[Setting, Judgement]:
    """What is said of every other setting against sequential; nothing where that was not timed."""
    reference = next((one for one in ranked if one.setting == against(one.setting)), None)
    if reference is None:
        return {}
    found = {one.setting: judge(results, one, reference) for one in ranked if one is not reference}
    return {setting: judgement for setting, judgement in found.items() if judgement}


def against_fastest(
    results: Results, ranked: Sequence[Measurement], over: dict[Setting, Judgement]
) -> dict[Setting, Judgement]:
    """What is said of the fastest against every other setting, in the order of their medians."""
    (fastest, *others), found = ranked, {}
    for one in others:
        if one.setting == against(one.setting):
            judgement = over.get(fastest.setting)
        elif fastest.setting == against(one.setting):
            judgement = over[one.setting].turned if one.setting in over else None
        else:
            judgement = judge(results, fastest, one)
        if judgement:
            found[one.setting] = judgement
    return found


def simplicity(one: Measurement) -> tuple[int, int, str]:
    """A key that puts what is simpler first."""
    setting = one.setting
    place = SIMPLEST.index(setting.strategy) if setting.strategy in SIMPLEST else len(SIMPLEST)
    return place, setting.workers * setting.ffmpeg_threads, setting.strategy


def alone(setting: Setting, did: str) -> str:
    """The standing of the only setting that did something, in a sentence."""
    if setting == against(setting):
        return f"only {setting.strategy} {did}"
    return f"only {setting} {did}{no_gain(setting)}"


def no_gain(setting: Setting) -> str:
    """Why no speedup is named."""
    return f"; without a time of {against(setting).strategy} there is no speedup"


def headline(
    tied: Sequence[Measurement], choice: Measurement, over: dict[Setting, Judgement], behind: dict[Setting, Judgement]
) -> str:
    """The standing in a sentence; see `Standing` for what the arguments are."""
    fastest, reference = tied[0].setting, against(choice.setting)
    if max(judgement.rounds for judgement in (*over.values(), *behind.values())) == 1:
        least = f"{fastest} took the least time, {tied[0].median:.2f} s"
        return f"from one round only: cannot tell which is fastest; {least}"
    if choice.setting == reference:
        near = [over[one.setting] for one in tied if one.setting in over]
        unclear = next((judgement for judgement in near if judgement.call == "unclear"), None)
        if unclear:
            said = f"{unclear.setting} is {unclear.ratio} as fast {unclear.needed}"
            return f"cannot tell yet whether anything is faster than {reference.strategy}: {said}"
        as_fast = f": {near[0].setting} is as fast to within {near[0].practical:.0%}, {near[0].ratio}" if near else ""
        return f"nothing is faster than {reference.strategy}{as_fast}"
    return f"{the_fastest(tied, behind)}{the_gain(choice, tied, over)}"


def the_fastest(tied: Sequence[Measurement], behind: dict[Setting, Judgement]) -> str:
    """Which setting is the fastest, or between which it is too close to call."""
    names = [str(one.setting) for one in tied]
    if len(tied) == 1:
        return f"{names[0]} is the fastest"
    close = [behind[one.setting] for one in tied[1:] if one.setting in behind]
    same = len(close) == len(tied) - 1 and all(judgement.call == "same" for judgement in close)
    if len(tied) > NAMED:
        names[NAMED - 1 :] = [f"{len(tied) - NAMED + 1} others"]
    *most, last = names
    said = f"{', '.join(most)} {'and' if same else 'or'} {last}: "
    said += f"as fast as each other to within {close[0].practical:.0%}" if same else "too close to call"
    return said + (f", {close[0].ratio}" if len(tied) == 2 and close else "")


def the_gain(choice: Measurement, tied: Sequence[Measurement], over: dict[Setting, Judgement]) -> str:
    """How many times as fast as sequential the choice is."""
    if choice.setting not in over:
        return no_gain(choice.setting)
    which = f"; {choice.setting}, the simplest, is" if len(tied) > 1 else ","
    return f"{which} {over[choice.setting].ratio} as fast as {against(choice.setting).strategy}"
