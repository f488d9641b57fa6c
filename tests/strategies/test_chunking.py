"""Chunking: the chunks are a partition, whatever the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdlab.errors import SettingsError
from vdlab.gops.segments import split

indices = st.lists(st.integers(0, 10**6), max_size=300)


@given(indices=indices, chunks=st.integers(1, 400))
def test_chunks_partition_the_indices_in_order(indices: list[int], chunks: int) -> None:
    parts = split(indices, chunks)
    assert [index for part in parts for index in part] == indices
    assert len(parts) == min(chunks, len(indices))
    assert all(parts)


@given(indices=indices.filter(bool), chunks=st.integers(1, 400))
def test_sizes_differ_by_at_most_one(indices: list[int], chunks: int) -> None:
    sizes = {len(part) for part in split(indices, chunks)}
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("chunks", [0, -3])
def test_no_workers_is_refused(chunks: int) -> None:
    with pytest.raises(SettingsError, match="at least 1"):
        split([1, 2, 3], chunks)
