"""Plans for streams of any shape: nothing that a frame may need is left out, nothing is decoded for another."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vdlab.copies import clock
from vdlab.packets import PacketIndex
from vdlab.planning import decoding_starts, doubt, plan


@st.composite
def streams(draw: st.DrawFn) -> PacketIndex:
    """A stream of groups of pictures, some open: up to two frames of a group are shown before its keyframe."""
    pts: list[int] = []
    start: list[bool] = []
    fresh: list[bool] = []
    disposable: list[bool] = []
    for number in range(draw(st.integers(1, 8))):
        length = draw(st.integers(1, 12))
        leading = 0 if number == 0 else min(draw(st.integers(0, 2)), length - 1)
        rest = draw(st.permutations([*range(leading), *range(leading + 1, length)]))
        pts += [len(start) + shown for shown in (leading, *rest)]
        fresh += [leading == 0] + [False] * (length - 1)
        start += [True] + [False] * (length - 1)
        disposable += [False, *draw(st.lists(st.booleans(), min_size=length - 1, max_size=length - 1))]
    count = len(pts)
    order = np.arange(count)
    return PacketIndex(
        path=Path("/made/up"),
        stream_index=0,
        codec="h264",
        container="mov,mp4,m4a,3gp,3g2,mj2",
        time_base=Fraction(1, 25),
        pts=np.array(pts),
        dts=order,
        duration=np.ones(count, dtype=np.int64),
        size=np.full(count, 1000),
        keyframe=np.array(start),
        hidden=np.zeros(count, dtype=bool),
        disposable=np.array(disposable),
        start=np.array(start),
        fresh=np.array(fresh),
        doubt="",
    )


@settings(deadline=None)
@given(index=streams(), data=st.data(), chunks=st.integers(1, 20), prune=st.booleans())
def test_every_wanted_frame_is_in_one_chunk_with_all_it_may_need(
    index: PacketIndex, data: st.DataObject, chunks: int, prune: bool
) -> None:
    assert doubt(index) == ""
    indices = data.draw(st.lists(st.integers(0, index.num_frames - 1), min_size=1, max_size=40))
    parts = plan(index, indices, chunks, prune)
    rows = np.concatenate([part.rows for part in parts])
    assert sorted(rows) == list(range(len(indices)))
    starts = decoding_starts(index)
    for part in parts:
        assert index.pts[part.wanted].tolist() == [indices[row] for row in part.rows]
        assert index.start[part.packets[0]]
        for position in part.wanted:
            between = np.arange(starts[position], position + 1)
            may_need = between[~index.disposable[between] | (between == position)]
            assert np.isin(may_need, part.packets).all()
        (begins,) = np.nonzero(index.start[part.packets])
        for begin in begins[1:]:
            before = np.arange(part.packets[begin - 1] + 1, part.packets[begin])
            assert index.fresh[part.packets[begin]] or index.disposable[before].all()
        if prune:
            needless = index.disposable[part.packets] & ~np.isin(part.packets, part.wanted)
            assert not needless.any()


@settings(deadline=None)
@given(index=streams(), data=st.data())
def test_the_clock_of_a_copy_finds_every_group(index: PacketIndex, data: st.DataObject) -> None:
    indices = data.draw(st.lists(st.integers(0, index.num_frames - 1), min_size=1, max_size=40))
    for part in plan(index, indices, 3, prune=True):
        numbers, decoded, shown = clock(index, part.packets)
        assert (np.diff(decoded) > 0).all()
        assert (shown >= decoded).all()
        assert (np.argsort(shown) == np.argsort(index.pts[part.packets])).all()
        assert sorted(numbers) == list(range(len(numbers)))
        begins = np.flatnonzero(index.start[part.packets])
        for begin in begins:
            assert begins[decoded[begins] <= shown[begin]].max() == begin
