"""Segments for streams of any shape: nothing that a frame may need is left out, nothing is decoded for another."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vdlab.gops.segments import Segment, closure, decoding_starts, segments
from vdlab.video.index import Header, PacketIndex
from vdlab.video.source import Source


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
    shown = np.argsort(np.array(pts))
    return PacketIndex(
        source=Source(Path("/made/up")),
        header=Header(0, "h264", "mov,mp4,m4a,3gp,3g2,mj2", Fraction(1, 25), Fraction(25), None),
        pts=np.array(pts),
        dts=order,
        duration=np.ones(count, dtype=np.int64),
        size=np.full(count, 1000),
        keyframe=np.array(start),
        hidden=np.zeros(count, dtype=bool),
        disposable=np.array(disposable),
        start=np.array(start),
        fresh=np.array(fresh),
        frame_type=np.full(count, "?"),
        reads=np.zeros(count, dtype=np.uint8),
        writes=np.zeros(count, dtype=np.uint8),
        shown=shown,
        timed=True,
        doubt="",
    )


def leading(index: PacketIndex, segment: Segment) -> np.ndarray:
    """Whether each packet belongs to the segment's first start but is shown before it."""
    first = segment.packets[0]
    following = np.flatnonzero(index.start[first + 1 :])
    until = first + 1 + following[0] if len(following) else len(index.pts)
    return (index.pts < index.pts[first]) & (np.arange(len(index.pts)) < until) & (np.arange(len(index.pts)) > first)


@settings(deadline=None)
@given(index=streams(), data=st.data(), together=st.integers(0, 30_000), prune=st.booleans())
def test_every_wanted_frame_is_in_one_segment_with_all_it_may_need(
    index: PacketIndex, data: st.DataObject, together: int, prune: bool
) -> None:
    indices = data.draw(st.lists(st.integers(0, index.num_frames - 1), min_size=1, max_size=40))
    found = segments(index, indices, prune, together)
    rows = np.concatenate([segment.rows for segment in found])
    assert sorted(rows) == list(range(len(indices)))
    starts = decoding_starts(index)
    for segment in found:
        assert (np.diff(segment.packets) > 0).all()
        assert index.start[segment.packets[0]]
        assert segment.size == 1000 * len(segment.packets)
        wanted = index.shown[[indices[row] for row in segment.rows]]
        assert segment.times[segment.wanted].tolist() == index.times[[indices[row] for row in segment.rows]].tolist()
        for position in wanted:
            between = np.arange(starts[position], position + 1)
            may_need = between[~index.disposable[between] | (between == position)]
            assert np.isin(may_need, segment.packets).all()
        early = leading(index, segment)
        assert index.pts[segment.packets[~early[segment.packets]]].size == len(segment.times)
        assert (np.diff(segment.times) > 0).all()
        if prune:
            needless = index.disposable[segment.packets] & ~np.isin(segment.packets, wanted)
            assert not needless.any()


@settings(deadline=None)
@given(index=streams(), data=st.data())
def test_segments_are_one_a_start_and_those_that_overlap_are_one_where_there_is_room(
    index: PacketIndex, data: st.DataObject
) -> None:
    indices = data.draw(st.lists(st.integers(0, index.num_frames - 1), min_size=1, max_size=40))
    apart = segments(index, indices, prune=True)
    assert len(apart) == len(set(decoding_starts(index)[index.shown[indices]].tolist()))
    joined = segments(index, indices, prune=True, together=10**9)
    fed = np.concatenate([segment.packets for segment in joined])
    assert len(fed) == len(set(fed.tolist())), "nothing is decoded twice"


SLOTS = st.integers(0, 255)


@settings(deadline=None)
@given(data=st.data(), count=st.integers(1, 20))
def test_the_closure_holds_whatever_fills_a_slot_that_is_read(data: st.DataObject, count: int) -> None:
    reads, writes = (np.array(data.draw(st.lists(SLOTS, min_size=count, max_size=count))) for _ in range(2))
    writes[0] = 255
    wanted = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    kept = closure(reads, writes, np.array(sorted(wanted)))
    for position in np.flatnonzero(kept).tolist():
        for slot in range(8):
            if position and reads[position] >> slot & 1:
                filled = [before for before in range(position) if writes[before] >> slot & 1]
                assert kept[filled[-1]]
    for position in np.flatnonzero(~kept).tolist():
        assert position not in wanted
