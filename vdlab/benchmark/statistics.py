"""What repeated timings say: a middle, a spread, and an interval on a ratio."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import bootstrap

RESAMPLES = 4_000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Ratio:
    """A ratio of medians with its 95 % interval; the interval is None where one round cannot give one."""

    value: float
    low: float | None
    high: float | None


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
