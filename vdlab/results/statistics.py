"""What repeated timings say: a middle, a spread, and an interval on a ratio."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import norm, t

CONFIDENCE = 0.95
WIDE = 10
"""An interval that reaches so many times its middle, or as small a fraction, is not worth a reader's time."""
MANY = 100
"""Rounds from which on a rank statistic is taken for normal: its exact distribution would fill the memory."""


@dataclass(frozen=True)
class Ratio:
    """A ratio of medians with its 95 % interval; the interval is None where one round cannot give one."""

    value: float
    low: float | None
    high: float | None

    @property
    def wide(self) -> bool:
        """Whether the interval says next to nothing, so that nobody should read it."""
        return self.low is None or self.high is None or self.high > WIDE * self.value or self.low * WIDE < self.value

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.value:.2f}x [one round]"
        return f"{self.value:.2f}x [{'too wide' if self.wide else f'{self.low:.2f}, {self.high:.2f}'}]"


def paired_ratio(numerator: Sequence[float], denominator: Sequence[float], tests: int = 1) -> Ratio:
    """The median round's numerator / denominator, with a 95 % interval that holds for few rounds too.

    The n-th entries of both were measured in the same round, seconds apart. What slowed a whole round down is in
    both and leaves their ratio alone, so each round gives one logarithm of a ratio, and the interval is one for
    the middle of these. It is Wilcoxon's signed-rank interval (Hodges and Lehmann 1963; Hollander, Wolfe and
    Chicken, Nonparametric Statistical Methods, 2014, chapter 3) as soon as there are rounds enough for one: six, at
    95 %. It asks only that the noise of the two be alike, is exact for any number of rounds, and one outlier in
    ten rounds hardly moves it. Below six, it is Student's interval; outliers make that one wider, not wrong.

    Not a percentile bootstrap: from three rounds it can only reach the extremes of three values, and calls two
    identical strategies different in more than one sweep of four.

    Args:
        numerator, denominator: seconds, one entry a round, equally many, at least one.
        tests: how many such intervals are looked at before one is chosen; each is made so much wider that all
            hold together in 95 % of sweeps (Bonferroni).
    """
    logs = np.log(np.asarray(numerator, float)) - np.log(np.asarray(denominator, float))
    if len(logs) < 2:
        return Ratio(float(np.exp(logs[0])), None, None)
    low, value, high = (float(np.exp(end)) for end in paired_interval(logs, tests))
    return Ratio(value, low, high)


def paired_interval(logs: np.ndarray, tests: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The interval of `paired_ratio` and its middle, of many pairs at once.

    Args:
        logs: of ratios, `[..., rounds]`, two rounds at least.
        tests: see `paired_ratio`.

    Returns:
        Low, middle and high, as logarithms, `[...]`.
    """
    error = (1 - CONFIDENCE) / tests
    low, high = _signed_rank_interval(logs, error) or _student_interval(logs, error)
    middle = np.median(logs, axis=-1)
    # The signed-rank interval is one for the pseudo-median; a median beside it is taken in.
    return np.minimum(low, middle), middle, np.maximum(high, middle)


def unpaired_ratio(numerator: Sequence[float], denominator: Sequence[float], tests: int = 1) -> Ratio:
    """median(numerator) / median(denominator), with a 95 % interval, of two sittings that share no rounds.

    The interval is one for the shift between the logarithms of the two: Mann and Whitney's (Hodges and Lehmann 1963;
    Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 2014, chapter 4) as soon as there are rounds
    enough for one: four of each, or three and five, at 95 %. It is exact for any number of rounds and any noise that is
    alike in both, however skewed; where one is ten times as noisy, it misses in 9 % of cases. Below that it is Welch's
    (The generalization of "Student's" problem when several different population variances are involved, Biometrika
    34, 1947), with one degree of freedom where there are only two rounds, whose own spread says next to nothing.

    Not a percentile bootstrap: see `paired_ratio`.

    Args:
        numerator, denominator: seconds, one entry a round, none empty.
        tests: how many such intervals hold together, as for `paired_ratio`.
    """
    first, second = np.log(np.asarray(numerator, float)), np.log(np.asarray(denominator, float))
    value = float(np.median(numerator) / np.median(denominator))
    if min(len(first), len(second)) < 2:
        return Ratio(value, None, None)
    error = (1 - CONFIDENCE) / tests
    low, high = _rank_sum_interval(first, second, error) or _welch_interval(first, second, error)
    # Neither is one for the ratio of medians itself; a ratio beside it is taken in.
    return Ratio(value, min(value, float(np.exp(low))), max(value, float(np.exp(high))))


def _student_interval(values: np.ndarray, error: float) -> tuple[np.ndarray, np.ndarray]:
    count = values.shape[-1]
    middle = values.mean(axis=-1)
    reach = t.ppf(1 - error / 2, count - 1) * values.std(axis=-1, ddof=1) / np.sqrt(count)
    return middle - reach, middle + reach


def _signed_rank_interval(values: np.ndarray, error: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Between the Walsh averages (means of all pairs, each value with itself too) that the error leaves inside."""
    count = values.shape[-1]
    if count > MANY:
        mean, variance = count * (count + 1) / 4, count * (count + 1) * (2 * count + 1) / 24
        outside = int(norm.ppf(error / 2, mean, np.sqrt(variance)))
    else:
        outside = int(np.count_nonzero(_signed_rank_cdf(count) <= error / 2))
    if outside < 1:
        return None
    rows, columns = np.triu_indices(count)
    averages = np.sort((values[..., rows] + values[..., columns]) / 2, axis=-1)
    return averages[..., outside - 1], averages[..., -outside]


@lru_cache(maxsize=256)
def _signed_rank_cdf(count: int) -> np.ndarray:
    """P(T <= k) for k = 0, 1, 2 ... where every rank 1 to `count` is in T with probability one half."""
    chances = np.ones(1)
    for rank in range(1, count + 1):
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return chances.cumsum()


def _welch_interval(first: np.ndarray, second: np.ndarray, error: float) -> tuple[float, float]:
    errors = np.array([first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)])
    shift, variance = first.mean() - second.mean(), errors.sum()
    if variance == 0:
        return shift, shift
    fewest = min(len(first), len(second))
    freedom = 1 if fewest == 2 else variance**2 / np.sum(errors**2 / [len(first) - 1, len(second) - 1])
    reach = t.ppf(1 - error / 2, freedom) * np.sqrt(variance)
    return shift - reach, shift + reach


def _rank_sum_interval(first: np.ndarray, second: np.ndarray, error: float) -> tuple[float, float] | None:
    """Between the differences, of every value of the first with every one of the second, that the error leaves."""
    many, others = len(first), len(second)
    if max(many, others) > MANY:
        outside = int(norm.ppf(error / 2, many * others / 2, np.sqrt(many * others * (many + others + 1) / 12)))
    else:
        outside = int(np.count_nonzero(_rank_sum_cdf(many, others) <= error / 2))
    if outside < 1:
        return None
    differences = np.sort(np.subtract.outer(first, second), axis=None)
    return differences[outside - 1], differences[-outside]


@lru_cache(maxsize=256)
def _rank_sum_cdf(first: int, second: int) -> np.ndarray:
    """P(U <= u) for u = 0, 1, 2 ... where U counts the pairs, one value of each, of which the first's is larger.

    The largest value of all is one of the first's, and larger than all of the second's, or is one of the second's
    (Mann and Whitney, Annals of Mathematical Statistics 18(1), 1947).
    """
    row = [np.ones(1)] * (second + 1)
    for one in range(1, first + 1):
        above, row = row, [np.ones(1)]
        for other in range(1, second + 1):
            chances = np.pad(one * above[other], (other, 0)) + np.pad(other * row[-1], (0, one))
            row.append(chances / (one + other))
    return row[-1].cumsum()
