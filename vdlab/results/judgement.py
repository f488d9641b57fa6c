"""Which of two settings is faster, in words: faster, slower, as fast, or not to be told yet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil, log, sqrt
from statistics import fmean, stdev
from typing import Literal

from scipy.stats import norm, t

from vdlab.results.records import Measurement, Results, Setting, baseline
from vdlab.results.statistics import CONFIDENCE, Ratio

Call = Literal["faster", "slower", "same", "unclear"]

SAME = 1.05  # within this factor either way nobody would choose by speed
POWER = 0.8  # the chance that the number of further repeats that is named does tell
MANY = 100  # further repeats, that nobody would wait for
WIDE = 10  # an interval whose ends are this many times its middle is not worth a reader's time
FEWEST = 3  # repeats, below which a spread is hardly one


@dataclass(frozen=True)
class Judgement:
    """What a sweep says of two settings.

    Attributes:
        setting, other: what is compared.
        ratio: how many times as fast `setting` is, with the interval on which the call rests.
        call: of `setting`: `faster`, `slower`, `same` where they differ by 5 % at most, `unclear` if none of these
            can be told.
        rounds: in how many both were timed.
        more: about how many further rounds would tell; 0 where nothing is unclear.
    """

    setting: Setting
    other: Setting
    ratio: Ratio
    call: Call
    rounds: int
    more: int

    def __str__(self) -> str:
        factor = f"{self.ratio.value:.2f}x"
        if self.ratio.high is not None and self.ratio.high < WIDE * self.ratio.value:
            factor += f" [{self.ratio.low:.2f}, {self.ratio.high:.2f}]"
        match self.call:
            case "faster" | "slower":
                return f"{self.setting} is {self.call} than {self.other}: {factor} as fast"
            case "same":
                return f"{self.setting} is as fast as {self.other} to within {SAME - 1:.0%}: {factor}"
            case "unclear":
                rounds = "1 round" if self.rounds == 1 else f"{self.rounds} rounds"
                noise = "; with so much noise, close other programs first" if self.more > MANY else ""
                return (
                    f"cannot tell yet whether {self.setting} is faster or slower than {self.other}: {factor} as fast "
                    f"after {rounds}; about {self.more:,} more would tell{noise}"
                )


def judgements(results: Results, fps: float) -> list[Judgement]:
    """Every strategy at its best against sequential, then the fastest strategy against the runner-up.

    Settings that failed, or returned other frames than the reference, are not compared. Which number of workers is
    a strategy's best is read from the same timings, so its interval is widened by how many there were to choose
    from. The fastest two need no such correction: of many alike, the first two lie closer than any two.
    """
    ranked = right_and_timed(results, fps)
    choices = Counter(one.setting.strategy for one in ranked)
    best = [next(one for one in ranked if one.setting.strategy == strategy) for strategy in choices]
    reference = next((one for one in best if one.setting == baseline(fps)), None)
    looks = results.plan.looks
    against = [one for one in best if one is not reference] if reference else []
    found = [judge(one, reference, looks * choices[one.setting.strategy]) for one in against if reference]
    if len(best) > 1 and reference not in best[:2]:
        found.append(judge(best[0], best[1], looks))
    return [judgement for judgement in found if judgement is not None]


def right_and_timed(results: Results, fps: float) -> list[Measurement]:
    """What was timed at a sampling rate and returned the right frames, the smallest median first."""
    return sorted((one for one in results.at(fps) if one.right and one.timed), key=lambda one: one.median)


def judge(one: Measurement, other: Measurement, tests: int = 1) -> Judgement | None:
    """Compare two settings over the rounds in which both were timed; None where there is no such round.

    Args:
        tests: from how many intervals this one was chosen: looks, and settings like this that were not the fastest.
    """
    ratio = one.speedup(other, tests)
    if ratio is None:
        return None
    call = call_of(ratio)
    pairs = one.pairs(other)
    more = further_rounds([log(slow / fast) for slow, fast in pairs], tests) if call == "unclear" else 0
    return Judgement(one.setting, other.setting, ratio, call, len(pairs), more)


def call_of(ratio: Ratio) -> Call:
    """What the interval excludes: 1, or all that would matter."""
    if ratio.low is None or ratio.high is None:
        return "unclear"
    if ratio.low > 1:
        return "faster"
    if ratio.high < 1:
        return "slower"
    return "same" if ratio.low >= 1 / SAME and ratio.high <= SAME else "unclear"


def further_rounds(logs: Sequence[float], tests: int = 1) -> int:
    """About how many more rounds would tell, if the middle and the spread of the logarithms stay what they are.

    A difference shows once the interval's half-width is below it, a sameness once it is below what is left up to
    5 %; the nearer of the two counts, with a chance of 80 % (Cohen, Statistical Power Analysis, 1988, chapter 2,
    for paired differences).
    """
    if len(logs) < FEWEST:
        return FEWEST - len(logs)
    middle = abs(fmean(logs))
    target = max(middle, log(SAME) - middle)
    error = (1 - CONFIDENCE) / tests
    spread = stdev(logs) / target
    fewest = max(len(logs) + 1, ceil((spread * (norm.ppf(1 - error / 2) + norm.ppf(POWER))) ** 2))
    # Student's t asks for a few more than the normal distribution.
    enough = (n for n in count(fewest) if spread * (t.ppf(1 - error / 2, n - 1) + norm.ppf(POWER)) <= sqrt(n))
    return next(enough) - len(logs)
