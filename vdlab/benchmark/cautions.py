"""What weakens a measurement, found before, during and after a sweep, with what to do about it."""

import statistics
from collections.abc import Sequence

import psutil
from scipy.stats import kendalltau, theilslopes

from vdlab.machine.activity import Vitals
from vdlab.results.records import Caution, Results, Run, Setting

BUSY_SHARE = 0.25  # of the CPUs allowed, taken by others before anything ran
WIDE_SPREAD = 0.15  # (slowest - fastest) / median
FEW_RUNS = 5  # too few of them to speak of a trend, or of one that does not belong
TREND_CHANCE = 0.02  # that runs in no order look as ordered
TREND_CHANGE = 0.1  # from the first round to the last
OUTLIER_SCORE = 3.5  # in standard deviations, which the median absolute deviation stands for
OUTLIER_SHARE = 0.2  # away from the median: nearer, it changes nothing that matters
THROTTLED_SHARE = 0.01  # of the time that a setting's runs took
CLOCK_CHANGE = 0.15  # (fastest - slowest) / fastest


def of_runs(results: Results) -> list[Caution]:
    """Everything that the timings themselves tell."""
    return [*wide_spread(results), *drift(results), *outliers(results)]


def of_vitals(watched: Sequence[tuple[Run, Vitals, Vitals]]) -> list[Caution]:
    """Everything that the machine counted before and after each timed run."""
    return [*throttled(watched), *swapping(watched), *clock_changes(watched)]


def busy_machine(cpus: int, seconds: float = 0.5) -> list[Caution]:
    """Watch the machine for `seconds`: a warning where others use more than a quarter of the `cpus` allowed."""
    taken = psutil.cpu_percent(interval=seconds) / 100 * (psutil.cpu_count() or 1) / cpus
    if taken <= BUSY_SHARE:
        return []
    message = (
        f"the machine was {min(taken, 1):.0%} busy before the first run; close other programs and run again, "
        "or trust the ratios more than the seconds"
    )
    return [Caution("busy", message)]


def oversubscribed(results: Results, cpus: int) -> list[Caution]:
    """A warning for worker counts above the CPUs this process may use."""
    above = sorted({run.workers for run in results.runs if run.workers > cpus})
    if not above:
        return []
    counts = ", ".join(map(str, above))
    message = (
        f"{counts} workers share {cpus} CPUs; more workers than CPUs rarely help, see whether --workers {cpus} does"
    )
    return [Caution("oversubscribed", message)]


def wide_spread(results: Results) -> list[Caution]:
    """A warning for every setting whose slowest run is far from its fastest."""
    cautions = []
    for setting in dict.fromkeys(run.setting for run in results.runs):
        seconds = results.seconds(setting)
        if len(seconds) < 2:
            continue
        spread = (max(seconds) - min(seconds)) / statistics.median(seconds)
        if spread > WIDE_SPREAD:
            message = (
                f"{setting}: its runs spread over {spread:.0%} of their median; "
                f"close other programs or raise --repeats above {len(seconds)}"
            )
            cautions.append(Caution("spread", message, str(setting)))
    return cautions


def drift(results: Results) -> list[Caution]:
    """A warning for every setting that got steadily slower or faster from round to round.

    The order is tested with Kendall's rank correlation (Mann 1945) and its size is Theil and Sen's slope, which one
    odd round does not bend.
    """
    cautions = []
    for setting, runs in _timed(results).items():
        if len(runs) < FEW_RUNS:
            continue
        rounds, seconds = [run.round for run in runs], [run.seconds for run in runs]
        change = theilslopes(seconds, rounds).slope * (rounds[-1] - rounds[0]) / statistics.median(seconds)
        if kendalltau(rounds, seconds).pvalue < TREND_CHANCE and abs(change) > TREND_CHANGE:
            message = (
                f"{setting}: its runs became {abs(change):.0%} {'slower' if change > 0 else 'faster'} from the first "
                "round to the last; raise --warmup until they level off, let a hot machine cool down, and trust the "
                "ratios more than the seconds"
            )
            cautions.append(Caution("drift", message, str(setting)))
    return cautions


def outliers(results: Results) -> list[Caution]:
    """A warning for every setting with runs far from all its others.

    Far is a modified z-score, 0.6745 |seconds - median| / MAD, above 3.5 (Iglewicz and Hoaglin, How to Detect and
    Handle Outliers, 1993), where MAD is the median absolute deviation, and a fifth of the median.
    """
    cautions = []
    for setting, runs in _timed(results).items():
        if len(runs) < FEW_RUNS:
            continue
        middle = statistics.median(run.seconds for run in runs)
        spread = statistics.median(abs(run.seconds - middle) for run in runs)
        odd = [
            run
            for run in runs
            if abs(run.seconds - middle) > max(OUTLIER_SCORE * spread / 0.6745, OUTLIER_SHARE * middle)
        ]
        if odd:
            which = ", ".join(f"{run.seconds:.3g} s in round {run.round}" for run in odd)
            message = (
                f"{setting}: took {which}, though {middle:.3g} s is usual; the median hardly feels it, the "
                "standard deviation does: look for what else ran then, and run again"
            )
            cautions.append(Caution("outlier", message, str(setting)))
    return cautions


def throttled(watched: Sequence[tuple[Run, Vitals, Vitals]]) -> list[Caution]:
    """A warning for every setting that a CPU quota stopped, as a container's limit does."""
    cautions = []
    for setting, runs in _by_setting(watched).items():
        stopped = sum(
            after.throttled_seconds - before.throttled_seconds
            for _, before, after in runs
            if before.throttled_seconds is not None and after.throttled_seconds is not None
        )
        if stopped > THROTTLED_SHARE * sum(run.seconds for run, _, _ in runs):
            message = (
                f"{setting}: the CPU quota stopped it for {stopped:.2g} s in {len(runs)} runs; "
                "use fewer workers or raise the container's CPU limit"
            )
            cautions.append(Caution("throttled", message, str(setting)))
    return cautions


def swapping(watched: Sequence[tuple[Run, Vitals, Vitals]]) -> list[Caution]:
    """A warning for every setting during whose runs memory was moved to or from the disk."""
    cautions = []
    for setting, runs in _by_setting(watched).items():
        moved = sum(after.swapped_bytes - before.swapped_bytes for _, before, after in runs)
        if moved > 0:
            message = (
                f"{setting}: the machine swapped {moved / 1e6:,.1f} MB during its runs, so they timed the disk too; "
                "free memory, sample fewer frames or use fewer workers"
            )
            cautions.append(Caution("swapping", message, str(setting)))
    return cautions


def clock_changes(watched: Sequence[tuple[Run, Vitals, Vitals]]) -> list[Caution]:
    """A warning for every setting after whose runs the CPU clock was not the same; silent where it is not told."""
    cautions = []
    for setting, runs in _by_setting(watched).items():
        clocks = [after.megahertz for _, _, after in runs if after.megahertz]
        if clocks and (max(clocks) - min(clocks)) / max(clocks) > CLOCK_CHANGE:
            message = (
                f"{setting}: the CPU clock was between {min(clocks) / 1000:.1f} and {max(clocks) / 1000:.1f} GHz; plug "
                "the machine in, choose its performance mode or let it cool down"
            )
            cautions.append(Caution("clock", message, str(setting)))
    return cautions


def untraced(setting: Setting, reason: str) -> Caution:
    """That a setting has no timeline, because the run for it failed."""
    message = f"{setting}: has no timeline, because the run that recorded it failed: {reason}; run it again"
    return Caution("trace", message, str(setting))


def traced_otherwise(setting: Setting, difference: str) -> Caution:
    """That recording, or chance, changed what a setting returns: no other run of it differed."""
    message = f"{setting}: the run that recorded its timeline {difference}; run it again and see whether it always is"
    return Caution("trace", message, str(setting))


def unwatched(setting: Setting, reason: str) -> Caution:
    """That a setting has no memory peak, because the run for it failed."""
    message = f"{setting}: has no memory peak, because the run that was watched failed: {reason}; run it again"
    return Caution("memory", message, str(setting))


def no_peaks(reason: str) -> Caution:
    """That memory cannot be measured on this machine."""
    return Caution("memory", f"no memory peaks: {reason}")


def _timed(results: Results) -> dict[Setting, list[Run]]:
    runs: dict[Setting, list[Run]] = {}
    for run in results.runs:
        if run.phase == "timed" and run.seconds is not None:
            runs.setdefault(run.setting, []).append(run)
    return runs


def _by_setting(watched: Sequence[tuple[Run, Vitals, Vitals]]) -> dict[Setting, list[tuple[Run, Vitals, Vitals]]]:
    """Without the runs that failed."""
    runs: dict[Setting, list[tuple[Run, Vitals, Vitals]]] = {}
    for run, before, after in watched:
        if run.seconds is not None:
            runs.setdefault(run.setting, []).append((run, before, after))
    return runs
