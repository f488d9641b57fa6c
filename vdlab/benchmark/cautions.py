"""What weakens a measurement, found before, during and after a sweep, with what to do about it."""

import statistics

import psutil

from vdlab.benchmark.results import Caution, Results

BUSY_SHARE = 0.25  # of the CPUs allowed, taken by others before anything ran
WIDE_SPREAD = 0.15  # (slowest - fastest) / median


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
