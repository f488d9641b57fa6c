"""Counts, not clocks: how many packets reach a decoder, and how many frames come out."""

import io
from pathlib import Path

import av
import pytest

from vdlab import clips, packets
from vdlab.copies import make
from vdlab.planning import plan
from vdlab.work import frames_decoded


@pytest.fixture(scope="module")
def index(folder: Path) -> packets.PacketIndex:
    """Six seconds of x264's default in groups of 40 frames."""
    return packets.scan(clips.make(folder / "work.mp4", width=128, height=72, seconds=6, gop=40))


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("step", [1, 7, 25, 149])
def test_copies_hold_the_planned_packets_and_every_one_is_a_frame(
    index: packets.PacketIndex, step: int, prune: bool
) -> None:
    indices = range(0, index.num_frames, step)
    for chunk in plan(index, indices, 4, prune):
        copy = make(index, chunk.packets)
        with av.open(io.BytesIO(copy.data)) as container:
            assert sum(packet.size > 0 for packet in container.demux(video=0)) == len(chunk.packets)
        with av.open(io.BytesIO(copy.data)) as container:
            assert sum(1 for _ in container.decode(video=0)) == len(chunk.packets)


def test_frames_decoded_by_hand(index: packets.PacketIndex) -> None:
    """Frames 0 and 39 of the first group, and 100: in the third, which begins at 80."""
    assert index.keyframe_numbers.tolist() == [0, 40, 80, 120]
    work = frames_decoded(index, [0, 39, 100], workers=2)
    position = {number: int(index.shown[number]) for number in (39, 100)}
    first, third = position[39] + 1, position[100] + 1 - 80
    assert work["sequential"] == work["keyframe-threads"] == first + third
    assert work["threads"] == 1 + first + third, "the second chunk begins with frame 39, and so with frame 0 again"
    needless = index.disposable[:first].sum() + index.disposable[80 : position[100]].sum()
    assert first + third - needless <= work["pruned-threads"] <= first + third - needless + 2


def test_each_step_of_the_tutorial_and_beyond_decodes_less(index: packets.PacketIndex) -> None:
    work = frames_decoded(index, range(0, index.num_frames, 12), workers=3)
    assert work["threads"] > work["sequential"] >= work["keyframe-threads"] > work["pruned-threads"]
    assert work["pruned-threads"] < 0.65 * work["threads"]


def test_without_disposable_frames_there_is_nothing_to_prune(folder: Path) -> None:
    path = clips.make(folder / "no_b.mp4", width=128, height=72, seconds=4, gop=40, bframes=0)
    work = frames_decoded(packets.scan(path), range(0, 100, 12), workers=2)
    assert work["keyframe-threads"] == work["pruned-threads"]
