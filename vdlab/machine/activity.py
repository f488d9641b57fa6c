"""What the machine does beside a run: works for others, stops it, swaps, changes its clock."""

import threading
from dataclasses import dataclass
from time import perf_counter

import psutil

from vdlab.machine import limits

NEIGHBOUR = 0.1
"""Of the CPUs allowed: others that use more of them change what is timed."""

MOST = 0.5
"""CPUs of others, however many are allowed: where work is divided evenly, one slow worker holds up all."""

TICKS = 0.02
"""Seconds: systems count in hundredths which CPU is busy, so a short run seems to have that much of a neighbour."""


def busy_seconds() -> float | None:
    """CPU seconds that everybody has used so far on the CPUs this process may run on; None where nobody counts them.

    Other guests of the same host are somebody too: what a hypervisor takes away is counted as `steal`.
    """
    try:
        every = psutil.cpu_times(percpu=True)
        own = every if len(every) != psutil.cpu_count() else [every[number] for number in affinity(len(every))]
    except (AttributeError, IndexError, OSError):
        return None
    # Linux counts guests in `user` too.
    away = ("idle", "iowait", "guest", "guest_nice")
    return sum(sum(one) - sum(getattr(one, name, 0.0) for name in away) for one in own)


def affinity(cpus: int) -> list[int]:
    """The numbers of the CPUs that this process may run on, of so many."""
    process = psutil.Process()
    return process.cpu_affinity() if hasattr(process, "cpu_affinity") else list(range(cpus))


def hit(others: float | None, seconds: float | None, cpus: int) -> bool:
    """Whether others used so much of the machine during a run that it says little of what was run.

    Args:
        others: how many CPUs they used on average; None where that is not known.
        seconds: that the run took; None where it failed.
        cpus: that this process may use. Where a quota leaves others unused, those do not count.
    """
    if others is None or seconds is None:
        return False
    unused = max(0, len(affinity(psutil.cpu_count() or cpus)) - cpus)
    return (others - unused - min(MOST, NEIGHBOUR * cpus)) * seconds > TICKS


def quiet_until(end: float, cpus: int, cancel: threading.Event, look: float = 0.1) -> bool:
    """Wait, while nothing of ours runs, for a moment without a neighbour: whether there was one before `end`.

    Args:
        end: on the clock of `perf_counter`; once it has passed, there is still one look.
        look: seconds that a look takes.
        cancel: ends the wait once it is set.
    """
    while True:
        before = busy_seconds()
        if cancel.wait(look):
            return False
        after = busy_seconds()
        if before is None or after is None or not hit((after - before) / look, look, cpus):
            return True
        if perf_counter() >= end:
            return False


@dataclass(frozen=True)
class Counters:
    """Counts at one moment; their differences say what happened in between.

    Attributes:
        throttled_seconds: for how long a CPU quota has stopped this process's group; None where it is not counted.
        swapped_bytes: how much the whole machine has swapped in and out since it started.
        megahertz: of the fastest CPU just now; None where it is not told.
    """

    throttled_seconds: float | None
    swapped_bytes: int
    megahertz: float | None


def counters() -> Counters:
    """What is counted now; a few milliseconds, spent outside the timed call."""
    swap = psutil.swap_memory()
    return Counters(limits.throttled_seconds(), swap.sin + swap.sout, _megahertz())


def _megahertz() -> float | None:
    """The fastest, not the mean: waiting CPUs clock down, and how many wait is the strategy's own affair."""
    try:
        return max((cpu.current for cpu in psutil.cpu_freq(percpu=True)), default=None)
    except (AttributeError, NotImplementedError, OSError):
        return None  # not every platform and virtual machine tells
