"""What repeated timings say: a middle, a spread, and an interval on a ratio."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import bootstrap, t

RESAMPLES = 4_000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Ratio:
    """A ratio of medians with its 95 % interval; the interval is None where one round cannot give one."""

    value: float
    low: float | None
    high: float | None


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
    value = float(np.exp(np.median(logs)))
    if len(logs) < 2:
        return Ratio(value, None, None)
    error = (1 - CONFIDENCE) / tests
    low, high = _signed_rank_interval(logs, error) or _student_interval(logs, error)
    # The signed-rank interval is one for the pseudo-median; a median beside it is taken in.
    return Ratio(value, min(value, float(np.exp(low))), max(value, float(np.exp(high))))


def ratio_of_medians(numerator: Sequence[float], denominator: Sequence[float], same_rounds: bool = True) -> Ratio:
    """median(numerator) / median(denominator), with a percentile bootstrap interval over rounds.

    The n-th entries of both were measured in the same round, seconds apart, so rounds are drawn as pairs: what
    slowed a whole round down moves both and leaves the ratio alone (Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993, chapter 13). Where the lengths differ, because one failed midway, draws are independent.
    So they are where the rounds are not the same: on another machine, or another day.

    Args:
        numerator, denominator: seconds, one entry a round, none empty.
        same_rounds: whether both come from one sweep.
    """
    return _ratio_of_medians(tuple(numerator), tuple(denominator), same_rounds and len(numerator) == len(denominator))


# A page or a lab summarises the same runs once a chart; resampling them once is enough.
@lru_cache(maxsize=1024)
def _ratio_of_medians(numerator: tuple[float, ...], denominator: tuple[float, ...], paired: bool) -> Ratio:
    samples = (np.asarray(numerator, float), np.asarray(denominator, float))
    value = float(_ratio(*samples))
    if min(map(len, samples)) < 2:
        return Ratio(value, None, None)
    interval = bootstrap(
        samples,
        _ratio,
        paired=paired,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Ratio(value, float(interval.low), float(interval.high))


def _ratio(numerator: np.ndarray, denominator: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.median(numerator, axis=axis) / np.median(denominator, axis=axis)


def _student_interval(values: np.ndarray, error: float) -> tuple[float, float]:
    count = len(values)
    reach = t.ppf(1 - error / 2, count - 1) * values.std(ddof=1) / np.sqrt(count)
    return values.mean() - reach, values.mean() + reach


def _signed_rank_interval(values: np.ndarray, error: float) -> tuple[float, float] | None:
    """Between the Walsh averages (means of all pairs, each value with itself too) that the error leaves inside."""
    outside = int(np.count_nonzero(_signed_rank_cdf(len(values)) <= error / 2))
    if not outside:
        return None
    rows, columns = np.triu_indices(len(values))
    averages = np.sort((values[rows] + values[columns]) / 2)
    return averages[outside - 1], averages[-outside]


@lru_cache(maxsize=256)
def _signed_rank_cdf(count: int) -> np.ndarray:
    """P(T <= k) for k = 0, 1, 2 ... where every rank 1 to `count` is in T with probability one half."""
    chances = np.ones(1)
    for rank in range(1, count + 1):
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return chances.cumsum()
