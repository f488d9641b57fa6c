"""One timed call: wall-clock time, and the CPU time of this process and its workers."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Generic, TypeVar

import psutil

T = TypeVar("T")


@dataclass(frozen=True)
class Timed(Generic[T]):
    """A call's result, the seconds it took, and the CPU seconds that this process and its children spent on it."""

    result: T
    seconds: float
    cpu_seconds: float


def timed(call: Callable[[], T]) -> Timed[T]:
    """Call `call` once. Garbage is collected before, so that none of an earlier run's falls into this one."""
    gc.collect()
    cpu_before = _cpu_seconds()
    start = perf_counter_ns()
    result = call()
    stop = perf_counter_ns()
    return Timed(result, (stop - start) / 1e9, max(0.0, _cpu_seconds() - cpu_before))


def _cpu_seconds() -> float:
    """User and system seconds of this process, of the children it has, and of those that have ended."""
    own = psutil.Process()
    total = sum(own.cpu_times()[:4])
    for child in own.children(recursive=True):
        try:
            total += sum(child.cpu_times()[:4])
        except psutil.Error:
            continue  # it ended meanwhile; its seconds are in this process's count of ended children
    return total
