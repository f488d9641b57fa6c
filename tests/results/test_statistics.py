"""Ratios and their intervals, for timings of any size: what changes nothing real changes no ratio."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdlab.results.statistics import Ratio, paired_ratio, unpaired_ratio

SECONDS = st.floats(0.1, 10)
ROUNDS = st.lists(st.tuples(SECONDS, SECONDS), min_size=2, max_size=12)
SITTING = st.lists(SECONDS, min_size=2, max_size=12)


def ends(ratio: Ratio) -> list[float]:
    assert ratio.low is not None and ratio.high is not None
    return [ratio.low, ratio.value, ratio.high]


def paired(rounds: list[tuple[float, float]], tests: int = 1) -> list[float]:
    return ends(paired_ratio(*zip(*rounds, strict=True), tests))


@given(ROUNDS)
def test_the_middle_is_within_and_swapping_the_two_turns_the_interval_over(rounds: list[tuple[float, float]]) -> None:
    low, value, high = paired(rounds)
    assert low <= value <= high
    swapped = paired([(other, one) for one, other in rounds])
    assert swapped == pytest.approx([1 / high, 1 / value, 1 / low], rel=1e-6)


@given(rounds=ROUNDS, data=st.data())
def test_what_slows_a_whole_round_and_the_order_of_rounds_change_nothing(
    rounds: list[tuple[float, float]], data: st.DataObject
) -> None:
    factors = data.draw(st.lists(st.floats(0.1, 10), min_size=len(rounds), max_size=len(rounds)))
    slowed = [(factor * one, factor * other) for factor, (one, other) in zip(factors, rounds, strict=True)]
    assert paired(data.draw(st.permutations(slowed))) == pytest.approx(paired(rounds), rel=1e-6)


@given(rounds=ROUNDS, fewer=st.integers(1, 3), more=st.integers(0, 3))
def test_more_intervals_to_choose_from_make_each_one_no_narrower(
    rounds: list[tuple[float, float]], fewer: int, more: int
) -> None:
    # Up to the fewest rounds for ranks; from there on, ranks may give way to Student's interval, which knows no order.
    few = rounds[:5]
    (low, _, high), (lower, _, higher) = paired(few, fewer), paired(few, fewer + more)
    assert lower <= low * (1 + 1e-9) and high <= higher * (1 + 1e-9)


@given(first=SITTING, second=SITTING, data=st.data(), factor=st.floats(0.01, 100))
def test_of_two_sittings_order_means_nothing_and_a_unit_cancels_out(
    first: list[float], second: list[float], data: st.DataObject, factor: float
) -> None:
    found = ends(unpaired_ratio(first, second))
    assert found == sorted(found)
    shuffled = data.draw(st.permutations(first)), data.draw(st.permutations(second))
    assert ends(unpaired_ratio(*([factor * one for one in each] for each in shuffled))) == pytest.approx(
        found, rel=1e-6
    )
    low, value, high = found
    assert ends(unpaired_ratio(second, first)) == pytest.approx([1 / high, 1 / value, 1 / low], rel=1e-6)


@given(SITTING)
def test_a_thing_is_as_fast_as_itself(seconds: list[float]) -> None:
    assert paired_ratio(seconds, seconds) == Ratio(1.0, 1.0, 1.0)
    low, value, high = ends(unpaired_ratio(seconds, seconds))
    assert value == 1 and low <= 1 <= high
