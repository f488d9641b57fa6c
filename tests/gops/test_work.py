"""Counts, not clocks: how many packets reach a decoder, and how many frames come out."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest
from torchcodec.decoders import VideoDecoder

from vdlab import clips
from vdlab.gops.counts import EQUAL_CHUNKS, FED, frame_types, times_decoded, uncountable
from vdlab.gops.feeding import Feeder
from vdlab.gops.segments import planned
from vdlab.strategies import find
from vdlab.video import PacketIndex, Video, scan
from vdlab.video.source import open_demuxer

SLICES = {
    "h264": re.compile(r"^\[h264 @ \w+\] nal_unit_type: [15]\(", re.MULTILINE),
    "hevc": re.compile(r"^\[hevc @ \w+\] nal_unit_type: [12]?\d\(", re.MULTILINE),
}
"""What FFmpeg's decoders write to their log for every picture they are sent."""

Sent = Callable[..., int]


@pytest.fixture(scope="module")
def index(folder: Path) -> PacketIndex:
    """Six seconds of x264's default in groups of 40 frames."""
    return scan(clips.make(folder / "work.mp4", width=128, height=72, seconds=6, gop=40))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture, index: PacketIndex) -> Sent:
    """How many pictures of a codec FFmpeg's decoders are sent while a function runs, by their own log."""
    monkeypatch.setenv("TORCHCODEC_FFMPEG_LOG_LEVEL", "DEBUG")

    def count(codec: str, work: Callable[..., object], *arguments: object, **options: object) -> int:
        capfd.readouterr()
        work(*arguments, **options)
        return len(SLICES[codec].findall(capfd.readouterr().err))

    if not count("h264", VideoDecoder, index.source.path):
        pytest.skip("this FFmpeg's log does not say which slices it decodes, or TorchCodec does not pass it on")
    return count


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("step", [1, 7, 25, 149])
def test_every_packet_of_a_segment_is_a_frame(index: PacketIndex, step: int, prune: bool) -> None:
    for segment in planned(index, range(0, index.num_frames, step), 2, prune):
        with Feeder(index, 1) as feeder:
            decoder = feeder.demuxer.streams[0].make_decoder()
            packets = feeder.read(segment)
        frames = [frame for packet in packets for frame in decoder.decode(packet)] + decoder.drain()
        assert [frame.pts_seconds for frame in frames] == segment.times.tolist()


SOURCES = {
    "mp4": ("mp4", {}),
    "matroska": ("mkv", {}),
    "many B-frames": ("mp4", {"bframes": 8}),
    "no B-frames": ("mp4", {"bframes": 0}),
    "hevc": ("mp4", {"codec": "libx265", "options": {"x265-params": "open-gop=0:log-level=none"}}),
    "hevc, open groups": ("mp4", {"codec": "libx265"}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_counted_is_what_ffmpeg_says_it_was_sent(folder: Path, source: str, sent: Sent) -> None:
    """For every way of decoding and both seek modes, to the very frame."""
    suffix, options = SOURCES[source]
    path = clips.make(folder / f"sent {source}.{suffix}", width=128, height=72, seconds=6, gop=40, **options)
    index = scan(path)
    codec = index.header.codec
    for mode in ("approximate", "exact"):
        if uncountable(index, mode):
            assert (source, mode) == ("hevc, open groups", "approximate")
            continue
        video = replace(Video.open(path, mode), ffmpeg_threads=2)
        assert video.frame_bytes == 3 * 128 * 72  # looked up once, or the first run would open the file for it
        # Opening a file decodes a frame or a few to see what it holds; only what comes after is counted.
        opening = sent(codec, VideoDecoder, path, seek_mode=mode)
        for step in (1, 2, 7):
            indices = list(range(0, video.num_frames, step))
            for strategy, workers in (("sequential", 1), ("threads", 3), ("ffmpeg-threads", 3), ("hybrid", 2)):
                counted = times_decoded(index, indices, strategy, workers, 2, mode).sum()
                logged = sent(codec, find(strategy).decode, video, indices, workers)
                decoders = workers if strategy in EQUAL_CHUNKS else 1
                assert logged - decoders * opening == counted, (strategy, mode, step)


@pytest.mark.parametrize("strategy", FED)
def test_every_packet_of_a_segment_is_sent_and_no_other(index: PacketIndex, strategy: str, sent: Sent) -> None:
    video = Video.open(index.source.path)
    opening = sent("h264", open_demuxer, index.source, index.header.stream_index)
    for step in (1, 7, 45):
        indices = list(range(0, video.num_frames, step))
        for workers in (1, 2):
            logged = sent("h264", find(strategy).decode, video, indices, workers) - opening
            assert logged == times_decoded(index, indices, strategy, workers).sum(), (step, workers)


def test_frames_decoded_by_hand(index: PacketIndex) -> None:
    """Frames 0 and 39 of the first group, and 100: in the third, which begins at 80."""
    assert index.keyframe_numbers.tolist() == [0, 40, 80, 120]
    indices = [0, 39, 100]
    once = times_decoded(index, indices, "sequential")
    # Two more than wanted are sent before a frame comes out: so many may be shown before one that is decoded earlier.
    assert once.sum() == 42 + 23
    assert once[40:42].tolist() == [1, 1]
    assert not once[42:80].any()
    twice = times_decoded(index, indices, "threads", workers=2)
    assert twice.sum() == 3 + once.sum(), "the second chunk begins with frame 39, and so with frame 0 again"
    pruned = times_decoded(index, indices, "pruned-threads", workers=2)
    whole = times_decoded(index, indices, "keyframe-threads", workers=2)
    assert (pruned <= whole).all()
    assert index.disposable[(whole == 1) & (pruned == 0)].all()
    assert pruned[index.shown[indices]].tolist() == [1, 1, 1]


def test_approximate_seeking_decodes_a_group_again_for_a_frame_just_before_its_end(
    index: PacketIndex,
) -> None:
    """MP4 says when keyframe 40 is decoded, which is before frame 38 is shown: TorchCodec seeks for it."""
    exact = times_decoded(index, [10, 38], "sequential", seek_mode="exact")
    approximate = times_decoded(index, [10, 38], "sequential", seek_mode="approximate")
    assert (exact <= 1).all()
    assert approximate[:12].tolist() == [2] * 12


def test_each_step_of_the_tutorial_and_beyond_decodes_less(index: PacketIndex) -> None:
    indices = range(0, index.num_frames, 12)
    names = ("threads", "sequential", "keyframe-threads", "pruned-threads")
    counts = [times_decoded(index, indices, name, workers=3).sum() for name in names]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == len(counts)
    assert counts[-1] < 0.65 * counts[0]


def test_without_disposable_frames_there_is_nothing_to_prune(folder: Path) -> None:
    index = scan(clips.make(folder / "no_b.mp4", width=128, height=72, seconds=4, gop=40, bframes=0))
    whole, pruned = (times_decoded(index, range(0, 100, 12), name, workers=2) for name in FED)
    assert (whole == pruned).all()


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_kinds_of_frames_are_those_of_a_decoder(folder: Path, codec: str, suffix: str) -> None:
    path = clips.make(folder / f"kinds_{codec}.{suffix}", width=128, height=72, seconds=4, gop=30, codec=codec)
    index = scan(path)
    with av.open(str(path)) as container:
        frames = [av.video.frame.PictureType(frame.pict_type).name for frame in container.decode(video=0)]
    found = frame_types(index, range(index.num_frames))
    assert found.upper().replace("K", "I") == "".join(frames)
    assert found.count("K") == 4
    assert [letter.islower() for letter in found] == index.disposable[index.shown].tolist()
    assert frame_types(index, range(25, 50)) == found[25:50]
