"""Chunks of whole groups of pictures: a partition, and a fair one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdlab.chunking import balanced
from vdlab.errors import SettingsError

costs = st.lists(st.integers(0, 400), max_size=200)


@given(costs=costs, chunks=st.integers(1, 64))
def test_every_run_is_in_one_range_in_order(costs: list[int], chunks: int) -> None:
    ranges = balanced(costs, chunks)
    assert [run for part in ranges for run in part] == list(range(len(costs)))
    assert all(ranges)
    assert len(ranges) <= chunks


@given(costs=costs.filter(bool), chunks=st.integers(1, 64))
def test_no_range_costs_more_than_its_share_and_one_run(costs: list[int], chunks: int) -> None:
    for part in balanced(costs, chunks):
        assert sum(costs[run] for run in part) <= sum(costs) / chunks + max(costs)


@given(count=st.integers(1, 300), chunks=st.integers(1, 64))
def test_runs_that_cost_the_same_are_dealt_out_evenly(count: int, chunks: int) -> None:
    sizes = [len(part) for part in balanced([7] * count, chunks)]
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == min(chunks, count)


def test_no_workers_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least 1"):
        balanced([1, 2], 0)
