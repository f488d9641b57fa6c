"""Progress by time: it moves between reports, never goes back, and ends only at the end."""

from dataclasses import replace
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdlab.benchmark.sweep import Progress
from vdlab.lab.job import Clock, Job, status
from vdlab.results.records import Results


def test_it_counts_down_between_reports() -> None:
    clock = Clock(started=0, reported=0, left=10)
    assert clock.seconds_left(4) == 6
    assert clock.fraction(5) == 0.5


def test_a_step_that_takes_too_long_slows_the_bar_and_does_not_stop_it() -> None:
    clock = Clock(started=0, reported=0, left=10)
    fractions = [clock.fraction(now) for now in (10, 12, 14, 16)]
    assert fractions == sorted(set(fractions))
    assert fractions[-1] < 1


def test_a_report_of_more_time_left_does_not_move_the_bar_back() -> None:
    clock = Clock(started=0, reported=0, left=10)
    before = clock.fraction(8)
    clock.report(8, 100)
    assert clock.seconds_left(9) == 99
    assert clock.fraction(9) == before


def test_without_an_estimate_the_last_one_stays() -> None:
    clock = Clock(started=0, reported=0, left=10)
    clock.report(4, None)
    assert clock.seconds_left(5) == 5


@given(st.lists(st.tuples(st.floats(0, 60), st.none() | st.floats(0, 1000)), max_size=20), st.floats(0, 1000))
def test_the_fraction_is_never_less_than_before_and_never_whole(steps: list[tuple[float, float | None]], left: float):
    clock = Clock(0, 0, left)
    now, shown = 0.0, 0.0
    for gone, said in steps:
        now += gone
        clock.report(now, said)
        assert shown <= clock.fraction(now) < 1
        shown = clock.shown


@pytest.mark.parametrize(("repeats", "says"), [(3, "2 left · about 8 s left"), ("auto", "3 done · at most 8 s left")])
def test_how_many_runs_are_left_is_said_where_it_is_known(measured: Results, repeats: int | str, says: str) -> None:
    measured.plan = replace(measured.plan, repeats=repeats)
    job = Job(Clock(monotonic(), monotonic(), 8), last=Progress(measured, "threads x2, round 1", 3, 5, 8))
    assert status(job)[1].endswith(says)
