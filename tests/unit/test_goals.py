"""Goals: ratios from results, whichever strategies are registered."""

import pytest

from vdlab.benchmark.goals import COURSES, GOALS, PEERS, ratio, strategies_on
from vdlab.results.records import Results, Run
from vdlab.strategies import STRATEGIES


def results(seconds: dict[str, list[float]], verdicts: dict[str, str]) -> Results:
    runs = [
        Run(name, 2, 2.0, number, "timed", 10, verdicts.get(name, "identical"), taken)
        for name, times in seconds.items()
        for number, taken in enumerate(times, 1)
    ]
    return Results({}, {}, {"seek_mode": "exact", "fps": [2.0]}, "0", "now", runs=runs)


def test_the_fastest_of_the_others_counts() -> None:
    measured = results({"pruned-threads": [1, 1, 1], "pyav": [4, 4, 4], "opencv": [3, 3, 3]}, {})
    against, found = ratio(measured, "pruned-threads", PEERS)
    assert against == "opencv"
    assert found.value == pytest.approx(3)


def test_rounds_are_compared_with_themselves() -> None:
    """A machine that is three times as slow in one round leaves the ratio and its interval alone."""
    measured = results({"pruned-threads": [1, 3, 1], "threads": [2, 6, 2]}, {})
    _, found = ratio(measured, "pruned-threads", ("threads",))
    assert (found.value, found.low, found.high) == pytest.approx((2, 2, 2))


@pytest.mark.parametrize("name", ["pruned-threads", "threads"])
def test_wrong_frames_reach_no_goal(name: str) -> None:
    measured = results({"pruned-threads": [1, 1], "threads": [2, 2]}, {name: "differs"})
    assert ratio(measured, "pruned-threads", ("threads",)) is None


def test_what_is_not_installed_is_not_measured() -> None:
    assert ratio(results({"pruned-threads": [1, 1]}, {}), "pruned-threads", PEERS) is None
    for course in COURSES:
        assert set(strategies_on(course)) <= set(STRATEGIES)
    assert "pruned-threads" in strategies_on("clip")


def test_every_goal_is_on_a_course_and_every_course_has_one() -> None:
    assert {goal.course for goal in GOALS} == set(COURSES)
