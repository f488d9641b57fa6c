"""Goals: ratios from results, whichever strategies are registered."""

import sys
from pathlib import Path

import pytest
from builders import add, results, run

from vdlab.strategies import STRATEGIES

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from goals import COURSES, GOALS, PEERS, ratio, strategies_on


def test_the_fastest_of_the_others_counts() -> None:
    measured = results({"pruned-threads": [1, 1, 1], "pyav": [4, 4, 4], "opencv": [3, 3, 3]})
    against, found = ratio(measured, "pruned-threads", PEERS)
    assert against == "opencv"
    assert found.value == pytest.approx(3)


def test_rounds_are_compared_with_themselves() -> None:
    """A machine that is three times as slow in one round leaves the ratio and its interval alone."""
    measured = results({"pruned-threads": [1, 3, 1], "threads": [2, 6, 2]})
    _, found = ratio(measured, "pruned-threads", ("threads",))
    assert (found.value, found.low, found.high) == pytest.approx((2, 2, 2))


@pytest.mark.parametrize("name", ["pruned-threads", "threads"])
def test_wrong_frames_reach_no_goal(name: str) -> None:
    measured = results({"pruned-threads": [1, 1], "threads": [2, 2]})
    add(measured, run(name, round=3, verdict="differs"))
    assert ratio(measured, "pruned-threads", ("threads",)) is None


def test_what_is_not_installed_is_not_measured() -> None:
    assert ratio(results({"pruned-threads": [1, 1]}), "pruned-threads", PEERS) is None
    for course in COURSES:
        assert set(strategies_on(course)) <= set(STRATEGIES)
    assert "pruned-threads" in strategies_on("clip")


def test_every_goal_is_on_a_course_and_every_course_has_one() -> None:
    assert {goal.course for goal in GOALS} == set(COURSES)
