"""Why a speedup curve bends: the laws of Amdahl, Gustafson and Gunther, fitted to what was measured, and in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import inf, isinf

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import f as f_distribution

from vdlab.results.records import Results, Setting
from vdlab.results.statistics import paired_ratio
from vdlab.results.wording import enumerated

CONFIDENCE = 0.95
DRAWS = 4_000
FORETOLD = (8, 16, 64)
ENOUGH = 3  # worker counts above 1, for the law with the most parameters
AMDAHL, USL = "Amdahl's law", "the Universal Scalability Law"
MISFIT = 0.05  # points further than this from a law, on average, are not near it
CHANCE = 0.01  # that noise alone keeps the points as far from a law as they are


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Law:
    """A law of scaling.

    Attributes:
        name: as it is typed.
        title: as it is shown.
        parameters: their names.
        speedup: workers and parameters -> speedup over one worker.
        lowest, highest: of the parameters, where the law means something.
    """

    name: str
    title: str
    parameters: tuple[str, ...]
    speedup: Callable[..., np.ndarray]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]


@dataclass(frozen=True)
class Fit:
    """A law fitted to a curve, or why it was not.

    Attributes:
        law: which one.
        reason: why it says nothing about these points; empty where it holds.
        parameters: estimates by name; empty where nothing could be fitted.
        misfit: root mean square distance of the points from the law, relative to them.
        draws: parameters that the measurements allow, one set a row, for intervals on whatever follows from them.
    """

    law: Law
    reason: str = ""
    parameters: dict[str, Estimate] = field(default_factory=dict)
    misfit: float = inf
    draws: np.ndarray = field(default_factory=lambda: np.empty((0, 0)), repr=False, compare=False)

    @property
    def holds(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Scaling:
    """What a strategy's speedups say.

    Attributes:
        strategy, fps: of which strategy, at which sampling rate.
        baseline: what a speedup of 1 is.
        speedups: over the baseline, one a round, by worker count.
        fits: each law by its name.
        serial: the experimentally determined serial fraction, by worker count above one.
        reason: why nothing could be said; empty where something could.
    """

    strategy: str
    fps: float
    baseline: Setting | None
    speedups: dict[int, list[float]]
    fits: dict[str, Fit]
    serial: dict[int, Estimate]
    reason: str = ""


def amdahl(workers: np.ndarray | float, serial: np.ndarray | float) -> np.ndarray:
    """S(p) = 1 / (f + (1 - f) / p): the work stays the same, and a fraction f of it cannot be shared.

    Amdahl, Validity of the single processor approach, AFIPS Spring Joint Computer Conference, 1967.
    """
    return usl(workers, serial, 0.0)


def gustafson(workers: np.ndarray | float, serial: np.ndarray | float) -> np.ndarray:
    """S(p) = p - f (p - 1): the shared work grows with the workers, the serial fraction f of the time does not.

    Gustafson, Reevaluating Amdahl's law, Communications of the ACM 31(5), 1988. To a fixed amount of work, such as
    the frames of one video, it is an optimistic law; it says what longer videos could bring.
    """
    workers = np.asarray(workers, float)
    return workers - np.asarray(serial) * (workers - 1)


def usl(workers: np.ndarray | float, contention: np.ndarray | float, coherency: np.ndarray | float) -> np.ndarray:
    """S(p) = p / (1 + s (p - 1) + k p (p - 1)): waiting for what is shared (s), and agreeing pair by pair (k).

    Gunther, Guerrilla Capacity Planning, Springer, 2007, chapter 4. With k = 0 it is Amdahl's law.
    """
    workers = np.asarray(workers, float)
    return workers / (1 + np.asarray(contention) * (workers - 1) + np.asarray(coherency) * workers * (workers - 1))


def karp_flatt(speedup: float, workers: int) -> float:
    """e = (1 / S - 1 / p) / (1 - 1 / p), the serial fraction that would explain a speedup S of p workers.

    Constant over p, the serial part is the limit, as Amdahl has it; growing with p, overhead is. Karp and Flatt,
    Measuring parallel processor performance, Communications of the ACM 33(5), 1990.
    """
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)


LAWS = {
    law.name: law
    for law in (
        Law("amdahl", "Amdahl", ("serial",), amdahl, (0.0,), (1.0,)),
        Law("gustafson", "Gustafson", ("serial",), gustafson, (0.0,), (1.0,)),
        Law("usl", "Universal Scalability Law", ("contention", "coherency"), usl, (0.0, 0.0), (1.0, inf)),
    )
}


def scaling(results: Results, strategy: str, fps: float | None = None) -> Scaling:
    """Fit every law to a strategy's speedups over itself with one worker; over sequential if that was not measured.

    Args:
        results: of a sweep with several worker counts.
        strategy: its name.
        fps: the sampling rate; the first one measured if None.
    """
    fps = results.first_rate(fps)
    own = {
        one.setting.workers: one
        for one in results.at(fps)
        if one.setting.strategy == strategy and one.setting.ffmpeg_threads == 1
    }
    over = own.get(1, results.over(Setting(strategy, 1, fps)))
    speedups = {}
    for workers, measured in sorted(own.items()):
        pairs = measured.pairs(over)
        if pairs and measured.right:
            speedups[workers] = [one / many for one, many in pairs]
    if not speedups.keys() - {1}:
        reason = f"{strategy} was not timed with several workers and one: there is no curve to explain"
        return Scaling(strategy, fps, None, speedups, {}, {}, reason)
    fits = {name: fit(law, speedups) for name, law in LAWS.items()}
    serial = {workers: _serial(workers, values) for workers, values in speedups.items() if workers > 1}
    return Scaling(strategy, fps, over.setting, speedups, fits, serial)


def fit(law: Law, speedups: Mapping[int, Sequence[float]]) -> Fit:
    """Fit a law to speedups over one worker, by least squares on their logarithms, because noise is a factor.

    The time of one worker is in every speedup of its round, and so is its noise. So the mean of each round is taken
    out of the points and of the law alike: no worker count is trusted more than another (the "profiled" baseline).
    Intervals are Student's, from the fit's own covariance (Bates and Watts, Nonlinear Regression Analysis, 1988,
    chapter 2), cut to what the law allows.

    Args:
        law: one of `LAWS`.
        speedups: one a round, by worker count. One worker need not be there: its speedup is 1 by definition.

    Returns:
        A fit whose `reason` says so if there are too few points, or if they are further from the law than their own
        noise explains (an F-test for lack of fit: Draper and Smith, Applied Regression Analysis, 1998, chapter 2).
    """
    above = sorted(workers for workers in speedups if workers > 1)
    known = len(law.parameters)
    if len(above) <= known:
        more = known + 1 - len(above)
        counts = "count" if more == 1 else "counts"
        return Fit(law, f"too few points: {law.title} needs {more} more worker {counts} above 1")
    rounds = min(len(speedups[workers]) for workers in above)
    workers = np.array([1, *above], float)
    points = -np.log([np.ones(rounds), *(np.asarray(speedups[count][:rounds], float) for count in above)]).T
    points -= points.mean(axis=1, keepdims=True)

    def curve(parameters: np.ndarray) -> np.ndarray:
        logs = -np.log(law.speedup(workers, *parameters))
        return logs - logs.mean()

    # A little outside of what the law allows: noise around a parameter of zero must be able to go both ways.
    lowest = [-0.4 / (workers[-1] - 1), -0.4 / (workers[-1] * (workers[-1] - 1))][:known]
    highest = [workers[-1] / (workers[-1] - 1) - 1e-6 if law.name == "gustafson" else 2.0, inf][:known]
    found = least_squares(
        lambda parameters: (points - curve(parameters)).ravel(),
        [0.1, 0.001][:known],
        bounds=(lowest, highest),
        x_scale=[0.1, 0.01][:known],
    )
    freedom = rounds * (len(workers) - 1) - known
    variance = 2 * found.cost / freedom
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * variance
    draws = _draws(found.x, covariance, freedom, law)
    best = np.clip(found.x, law.lowest, law.highest)
    parameters = {
        name: Estimate(float(best[column]), *map(float, _middle(draws[:, column])))
        for column, name in enumerate(law.parameters)
    }
    distances = points.mean(axis=0) - curve(best)
    misfit = float(np.sqrt(np.mean(distances**2)))
    return Fit(law, _lack_of_fit(law, points, distances, misfit), parameters, misfit, draws)


def predict(fit: Fit, workers: float) -> Estimate:
    """The speedup over one worker that a fitted law foretells for any number of workers.

    Raises:
        ValueError: the law does not hold for these points; `fit.reason` says why.
    """
    if not fit.holds:
        raise ValueError(fit.reason)
    value = fit.law.speedup(workers, *(estimate.value for estimate in fit.parameters.values()))
    return Estimate(float(value), *map(float, _middle(fit.law.speedup(workers, *fit.draws.T))))


def best_workers(fit: Fit) -> Estimate:
    """After how many workers the Universal Scalability Law turns down: sqrt((1 - s) / k); infinite where k is 0.

    Gunther 2007, chapter 4.

    Raises:
        ValueError: the law does not hold for these points, or is another one, which never turns down.
    """
    if not fit.holds:
        raise ValueError(fit.reason)
    if fit.law.name != "usl":
        raise ValueError(f"{fit.law.title}: more workers are always faster by this law, it has no best number")
    value = _peak(*(np.asarray(estimate.value) for estimate in fit.parameters.values()))
    return Estimate(float(value), *map(float, _middle(_peak(*fit.draws.T))))


def _peak(contention: np.ndarray, coherency: np.ndarray) -> np.ndarray:
    """At least 1: with more waiting than work, one worker is best."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(1.0, np.sqrt(np.where(coherency > 0, (1 - contention) / coherency, inf)))


def _serial(workers: int, speedups: Sequence[float]) -> Estimate:
    """Karp and Flatt's fraction falls as the speedup rises: the ends of the interval change places."""
    ratio = paired_ratio(speedups, [1.0] * len(speedups))
    high, low = (ratio.value if end is None else end for end in (ratio.low, ratio.high))
    return Estimate(karp_flatt(ratio.value, workers), karp_flatt(low, workers), karp_flatt(high, workers))


def _draws(best: np.ndarray, covariance: np.ndarray, freedom: int, law: Law) -> np.ndarray:
    """From the multivariate Student distribution around the best parameters, cut to what the law allows."""
    rng = np.random.default_rng(0)
    normal = rng.multivariate_normal(np.zeros(len(best)), covariance, DRAWS, method="eigh")
    scale = np.sqrt(freedom / rng.chisquare(freedom, (DRAWS, 1)))
    return np.clip(best + normal * scale, law.lowest, law.highest)


def _middle(values: np.ndarray) -> np.ndarray:
    """The middle 95 %, by order alone: infinities may be among them."""
    tail = (1 - CONFIDENCE) / 2
    return np.quantile(values, [tail, 1 - tail], method="nearest")


def _lack_of_fit(law: Law, points: np.ndarray, distances: np.ndarray, misfit: float) -> str:
    """Why the points do not follow the law; empty if they may. With one round there is no noise to compare with."""
    rounds, counts = points.shape
    if misfit <= MISFIT:
        return ""
    if rounds > 1:
        noise = np.sum((points - points.mean(axis=0)) ** 2) / ((rounds - 1) * (counts - 1))
        spare = counts - 1 - len(law.parameters)
        excess = rounds * np.sum(distances**2) / spare
        if noise > 0 and f_distribution.sf(excess / noise, spare, (rounds - 1) * (counts - 1)) > CHANCE:
            return ""
    return f"the points do not follow {law.title}: they are {misfit:.0%} away from it, more than their noise explains"


def laws_in_words(found: Scaling, cpus: int) -> list[str]:
    """How much cannot be shared, the best number of workers, what more would bring; and which laws say nothing, why.

    Args:
        found: what the speedups of one strategy say.
        cpus: how many it could use. Where more workers were timed than that, what is foretold holds for them alone.
    """
    if reason := unexplained(found, cpus):
        return [reason]
    lines = []
    shared = max(found.speedups) > cpus
    if (fit := trusted(found)) is not None:
        lines.append(losses(found, f" on these {cpus} CPUs" if shared else ""))
        if fit.law.name == "usl":
            lines.append(turning(fit))
        expected = enumerated([f"{spoken(predict(fit, count), 'x', '.1f')} with {count}" for count in FORETOLD])
        law = USL if fit.law.name == "usl" else AMDAHL
        lines.append(f"Expect {expected} {f'workers on these {cpus} CPUs' if shared else 'CPUs'}, by {law}")
        if shared:
            lines.append("What more CPUs would bring cannot be told: some of the workers shared one")
    return lines + [fit.reason[0].upper() + fit.reason[1:] for fit in found.fits.values() if not fit.holds]


def unexplained(found: Scaling, cpus: int) -> str:
    """Why no law was fitted, and what to measure so that one is; empty where one was."""
    if any(fit.parameters for fit in found.fits.values()):
        return ""
    counts = sorted(found.speedups)
    further = (count for count in range(1, max(counts, default=1) + ENOUGH + 1) if count not in counts)
    enough = sorted([*counts, *islice(further, ENOUGH + 1 - len(counts))])
    where = f", best where there are as many CPUs (here {cpus})" if enough[-1] > cpus else ""
    if counts:
        timed = f"with {enumerated(counts)} {'worker' if counts == [1] else 'workers'} only, too few for a law"
    else:
        timed = "with one worker and with several"
    return f"{found.strategy} was {'' if counts else 'not '}timed {timed}: measure {enumerated(enough)} workers{where}"


def trusted(found: Scaling) -> Fit | None:
    """The law that predictions come from: the one with a peak, or Amdahl's; None where neither holds."""
    return next((found.fits[name] for name in ("usl", "amdahl") if name in found.fits and found.fits[name].holds), None)


def losses(found: Scaling, here: str) -> str:
    """How much of the work or of the time is lost, by the simplest law that holds."""
    if found.fits["amdahl"].holds:
        serial = found.fits["amdahl"].parameters["serial"]
        return f"{found.strategy} scales{here} as if {percent(serial)} of its work could not be shared, by {AMDAHL}"
    contention, coherency = found.fits["usl"].parameters.values()
    return (
        f"{found.strategy} scales{here} as if each further worker added {percent(contention)} of waiting for what all "
        f"share, and each pair of workers {percent(coherency)} of agreeing, by {USL}"
    )


def turning(fit: Fit) -> str:
    """The best number of workers."""
    best = best_workers(fit)
    if isinf(best.value):
        return "No best number of workers is in sight: the curve flattens but does not turn"
    return f"Fastest with {spoken(best, '', '.0f')} workers, by {USL}"


def spoken(estimate: Estimate, unit: str, form: str = ".2g") -> str:
    """A value with its interval, the infinite end in words."""
    high = "any" if isinf(estimate.high) else f"{estimate.high:{form}}"
    return f"{estimate.value:{form}}{unit} [{estimate.low:{form}}, {high}]"


def percent(estimate: Estimate) -> str:
    """A percentage with its interval, small ones with a decimal."""
    form = ".0%" if estimate.value >= 0.1 else ".1%"
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"
