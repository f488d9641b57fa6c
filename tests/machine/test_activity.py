"""The CPUs that others use: told apart from this process's own, and held against what is allowed."""

import threading
from collections import namedtuple
from time import perf_counter

import psutil
import pytest

from vdlab.machine import activity

BUSY_SECONDS = activity.busy_seconds  # which tests have otherwise no use for, see conftest.py
Times = namedtuple("Times", "user nice system idle iowait irq softirq steal guest guest_nice")


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four CPUs, of which this process may run on the first two."""
    monkeypatch.setattr(activity, "busy_seconds", BUSY_SECONDS)
    monkeypatch.setattr(activity, "affinity", lambda cpus: [0, 1])
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)


def test_what_everybody_used_is_counted_on_the_cpus_that_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Times(user=10, nice=1, system=2, idle=100, iowait=50, irq=0.5, softirq=0.5, steal=3, guest=4, guest_nice=1)
    elsewhere = Times(user=1000, nice=0, system=0, idle=0, iowait=0, irq=0, softirq=0, steal=0, guest=0, guest_nice=0)
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [one, one, elsewhere, elsewhere])
    assert activity.busy_seconds() == 2 * (10 + 1 + 2 + 0.5 + 0.5 + 3)  # guests are users too


def test_a_machine_that_counts_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(percpu: bool) -> None:
        raise PermissionError("/proc/stat")

    monkeypatch.setattr(psutil, "cpu_times", refuse)
    assert activity.busy_seconds() is None
    assert activity.quiet_until(perf_counter(), 2, threading.Event(), look=0.01)


def test_this_machine_counts_what_a_busy_loop_uses() -> None:
    before, start = activity.busy_seconds(), perf_counter()
    while perf_counter() - start < 0.3:
        pass
    assert activity.busy_seconds() - before > 0.1


@pytest.mark.parametrize(
    ("others", "seconds", "cpus", "is_hit"),
    [
        (1.0, 1.0, 2, True),
        (0.3, 1.0, 2, True),
        (0.15, 1.0, 2, False),  # a trifle
        (1.0, 0.02, 2, False),  # too short for what the system counts in
        (1.0, 1.0, 1, False),  # a quota leaves the second CPU to them
        (1.3, 1.0, 1, True),
        (None, 1.0, 2, False),
        (1.0, None, 2, False),
    ],
)
def test_a_run_is_hit_where_others_used_more_than_it_leaves(
    others: float | None, seconds: float | None, cpus: int, is_hit: bool
) -> None:
    assert activity.hit(others, seconds, cpus) is is_hit


def test_waiting_ends_with_the_neighbour_or_with_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = perf_counter()
    monkeypatch.setattr(activity, "busy_seconds", lambda: 20 * min(perf_counter() - begun, 0.1))
    assert not activity.quiet_until(perf_counter() + 0.02, 2, threading.Event(), look=0.02)
    assert activity.quiet_until(perf_counter() + 5, 2, threading.Event(), look=0.02)
    assert perf_counter() - begun < 3


def test_a_cancel_ends_the_waiting_whatever_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    cancel, counted = threading.Event(), []

    def busy() -> float:
        counted.append(1000.0 * len(counted))
        if len(counted) == 4:
            cancel.set()
        return counted[-1]

    monkeypatch.setattr(activity, "busy_seconds", busy)
    assert not activity.quiet_until(perf_counter() + 3600, 2, cancel, look=0.001)
    assert len(counted) <= 5  # it did not even look again
