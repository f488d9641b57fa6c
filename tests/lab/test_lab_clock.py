"""Progress by time: it moves between reports, never goes back, and ends only at the end."""

from dataclasses import replace
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdlab.benchmark.plan import make_plan
from vdlab.benchmark.rounds import Schedule, steps_of
from vdlab.benchmark.sweep import Progress
from vdlab.lab.job import Clock, Job, status
from vdlab.lab.markup import progress_bar
from vdlab.results.records import Results, Setting
from vdlab.video import Video


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


def job(measured: Results, running: str = "threads x2, round 1") -> Job:
    return Job("talk.mp4", Clock(monotonic(), monotonic(), 8), last=Progress(measured, running, 3, 5, 8))


@pytest.mark.parametrize(
    ("repeats", "says"), [(3, "3 of 5 done · about 8 s left"), ("auto", "3 done · at most 8 s left")]
)
def test_how_many_runs_are_left_is_said_where_it_is_known(measured: Results, repeats: int | str, says: str) -> None:
    measured.plan = replace(measured.plan, repeats=repeats)
    assert status(job(measured))[1] == f"threads x2, round 1 · {says}"


def test_cancelling_says_what_is_being_finished(measured: Results) -> None:
    cancelled = job(measured)
    cancelled.cancel.set()
    assert status(cancelled)[1] == "cancelling once this has ended: threads x2, round 1 · 3 done"


def test_bar_and_words_are_one_and_say_the_same() -> None:
    shown = progress_bar(0.25, "about <8> s left", "poor")
    assert 'aria-valuenow="25.0"' in shown
    assert 'class="vdlab-poor" style="width:25.0%"' in shown
    assert shown.count("about &lt;8&gt; s left") == 2


def test_what_is_expected_is_learnt_from_what_was_done(video: Video) -> None:
    asked = {"fps": 5, "strategies": ["threads"], "workers": [1, 2], "ffmpeg_threads": [1], "budget_seconds": 60}
    shows = {"seek_mode": "exact", "truth": False, "trace": False, "memory": False}
    plan = make_plan(video, **asked, **shows, repeats=2, warmup=1, control=False)
    schedule = Schedule(plan, steps_of(plan, video), expected=lambda step: 2.0 if step.setting.workers == 2 else 1.0)
    kinds = [step.kind for step in schedule.steps]
    assert kinds == ["reference"] + ["warmup"] * 3 + ["timed"] * 6
    assert schedule.seconds_left(0) == 1 + 4 + 2 * 4
    schedule.took["reference", schedule.steps[0].setting] = 3.0  # everything takes three times as long as thought
    assert schedule.seconds_left(1) == 3 * (4 + 2 * 4)
    schedule.took["warmup", Setting("threads", 2, 5)] = 6.0
    schedule.took["warmup", Setting("threads", 1, 5)] = 1.0  # a step's own time counts more than what was thought
    assert schedule.seconds_left(4) == pytest.approx(2 * (6 + 1 + (3 + 6 + 1) / (1 + 2 + 1)))
