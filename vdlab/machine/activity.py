"""What the machine does beside a run: stops it, swaps, changes its clock."""

from dataclasses import dataclass

import psutil

from vdlab.machine import cgroups


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
    return Counters(cgroups.throttled_seconds(), swap.sin + swap.sout, _megahertz())


def _megahertz() -> float | None:
    """The fastest, not the mean: waiting CPUs clock down, and how many wait is the strategy's own affair."""
    try:
        return max((cpu.current for cpu in psutil.cpu_freq(percpu=True)), default=None)
    except (AttributeError, NotImplementedError, OSError):
        return None  # not every platform and virtual machine tells
