"""What packets of real files say of themselves, against what decoding them shows."""

import random
import shutil
import subprocess
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
import torch
from decoded import frames, remuxed

from vdlab import clips
from vdlab.video import picture
from vdlab.video.pictures import Picture, reader

SMALL = {"width": 128, "height": 72, "seconds": 2.6}

FILES = Path(__file__).parents[1] / "files"

MADE: dict[str, dict[str, object]] = {
    "x264.mp4": {"gop": 30},
    "x264.mkv": {"gop": 30, "options": {"x264-params": "open-gop=1:b-pyramid=strict"}, "bframes": 5},
    "x264.ts": {"gop": 30},
    "flat.mp4": {"options": {"x264-params": "b-pyramid=none"}},
    "no-b.mp4": {"bframes": 0, "gop": 30},
    "slices.mp4": {"options": {"x264-params": "slices=4"}},
    "interlaced.mp4": {"options": {"x264-params": "interlaced=1"}},
    "refresh.mp4": {"gop": 20, "bframes": 0, "options": {"x264-params": "intra-refresh=1"}},
    "matrices.mp4": {"pixel_format": "yuv444p", "options": {"x264-params": "cqm=jvt"}},
    "x265.mp4": {"codec": "libx265", "gop": 20, "options": {"x265-params": "open-gop=1"}},
    "x265.mkv": {"codec": "libx265", "gop": 20, "options": {"x265-params": "open-gop=0:radl=2:min-keyint=20"}},
    "x265.ts": {"codec": "libx265", "gop": 20},
    # In smaller pictures x265's second slice depends on what no frame holds: FFmpeg decodes them differently each time.
    "layers.mkv": {
        "codec": "libx265",
        "width": 256,
        "height": 144,
        "options": {"x265-params": "temporal-layers=3:slices=2:repeat-headers=1"},
    },
    "lists.mp4": {"codec": "libx265", "pixel_format": "yuv444p", "options": {"x265-params": "scaling-list=default"}},
    "mpeg2.ts": {"codec": "mpeg2video", "gop": 12, "bframes": 2},
    "mpeg2.mkv": {"codec": "mpeg2video", "gop": 12, "bframes": 2, "options": {"sc_threshold": "1000000000"}},
    "mpeg2.mp4": {"codec": "mpeg2video", "gop": 12, "bframes": 1},
    "mpeg1.mkv": {"codec": "mpeg1video", "gop": 12, "options": {"bf": "2"}},
    "mpeg4.mp4": {"codec": "mpeg4", "gop": 12, "bframes": 2},
    "mpeg4.mkv": {"codec": "mpeg4", "gop": 12, "bframes": 2, "fps": Fraction(30000, 1001)},
    "mpeg4.ts": {"codec": "mpeg4", "gop": 12, "bframes": 0},
    "svt.mp4": {"codec": "libsvtav1", "gop": 30},
    "svt.mkv": {"codec": "libsvtav1", "gop": 2},
    "vp9.webm": {"codec": "libvpx-vp9", "gop": 20, "options": {"auto-alt-ref": "1", "lag-in-frames": "16"}},
    "vp8.webm": {"codec": "libvpx", "gop": 20, "options": {"auto-alt-ref": "1", "lag-in-frames": "16"}},
    "ffv1.mkv": {"codec": "ffv1", "gop": 5, "options": {"level": "3"}},
    "ffv1-old.mkv": {"codec": "ffv1", "gop": 5, "options": {"level": "1"}},
    "mjpeg.mov": {"codec": "mjpeg"},
    "prores.mov": {"codec": "prores"},
}


class Read(NamedTuple):
    """A packet as the container gives it, and what it says of itself."""

    pts: int
    keyframe: bool
    picture: Picture


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("pictures")

    def make(name: str) -> Path:
        path = folder / name
        return path if path.exists() else clips.make(path, **{**SMALL, **MADE[name]})

    return make


def read(path: Path, change: Callable[[list[av.Packet]], Iterable[av.Packet]] = lambda packets: packets) -> list[Read]:
    """What a file's packets say, after some have been left out or exchanged."""
    with av.open(str(path)) as container:
        stream = container.streams.best("video")
        look = reader(stream.codec_context.codec.canonical_name, stream.codec_context.extradata or b"")
        packets = change([packet for packet in container.demux(stream) if packet.size])
        return [Read(packet.pts, packet.is_keyframe, look(memoryview(packet))) for packet in packets]


def in_order(found: list[Read]) -> list[Read]:
    """The packets whose frames come out, in the order shown."""
    shown = [one for one in found if one.picture.shown]
    return shown if shown[0].picture.order is None else sorted(shown, key=lambda one: one.picture.order)


def doubts(found: list[Read]) -> set[str]:
    return {one.picture.doubt for one in found} - {""}


@pytest.mark.parametrize("name", MADE)
def test_order_kinds_and_starts_are_those_of_the_decoder(made, name):
    found = read(made(name))
    assert not doubts(found)
    shown = in_order(found)
    assert [one.pts for one in shown] == sorted(one.pts for one in shown)
    with av.open(str(made(name))) as container:
        decoded = [(frame.pts, "?IPB"[frame.pict_type]) for frame in container.decode(video=0)]
    if not name.startswith("ffv1"):  # whose frames some releases of FFmpeg call P
        assert [(one.pts, one.picture.frame_type) for one in shown] == decoded
    starts = [one.pts for one in found if one.picture.start]
    keyframes = [one.pts for one in found if one.keyframe]
    assert starts == (keyframes[:1] if name == "refresh.mp4" else keyframes)


OPEN_GOPS = ("x264.mkv", "x265.mp4", "mpeg2.ts", "mpeg4.mp4")


@pytest.mark.parametrize("name", ["x264.mp4", "x265.mkv", "mpeg2.mkv", "mpeg4.ts", "svt.mp4", "vp9.webm", *OPEN_GOPS])
def test_from_a_start_on_frames_decode_the_same_and_from_a_fresh_one_all_come(made, name):
    path = made(name)
    found = read(path)
    every = dict(frames(path))
    starts = [number for number, one in enumerate(found) if one.picture.start]
    assert len(starts) > 1
    with av.open(str(path)) as container:
        base = container.streams.video[0].time_base
    for start in starts[1:]:
        begun = dict(frames(path, lambda number, start=start: number >= start))
        later = [one.pts * base for one in found[start:] if one.pts >= found[start].pts]
        assert set(later) <= set(begun)
        assert all(np.array_equal(begun[when], every[when]) for when in later)
        if found[start].picture.fresh:
            assert set(begun) == {one.pts * base for one in found[start:] if one.picture.shown}
            assert all(np.array_equal(begun[when], every[when]) for when in begun)
    if name in OPEN_GOPS:
        assert not all(found[start].picture.fresh for start in starts)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("x264.mp4", 0.3),
        ("x264.mkv", 0.3),
        ("x264.ts", 0.3),
        ("flat.mp4", 0.3),
        ("no-b.mp4", 0),
        ("slices.mp4", 0.3),
        ("interlaced.mp4", 0.3),
        ("x265.mp4", 0.3),
        ("x265.ts", 0.3),
        ("layers.mkv", 0.3),
        ("mpeg2.ts", 0.5),
        ("mpeg1.mkv", 0.5),
        ("mpeg4.mp4", 0.5),
        ("svt.mp4", 0.3),
    ],
)
def test_frames_decode_the_same_without_the_disposable_ones(made, name, least):
    path = made(name)
    found = read(path)
    highest = max(one.picture.layer for one in found)
    dropped = {number for number, one in enumerate(found) if one.picture.disposable and one.picture.layer == highest}
    assert len(dropped) >= least * len(found) and (least or not dropped)
    assert not any(found[number].picture.start for number in dropped)
    every = dict(frames(path))
    left = dict(frames(path, lambda number: number not in dropped))
    assert len(left) == len(every) - len(dropped)
    assert all(np.array_equal(left[when], every[when]) for when in left)


# Of AV1, what frames need is found by the slots.


AV1 = {
    "svt-30": {"gop": 30},
    "svt-300": {"gop": 300, "seconds": 4},
    "svt-2": {"gop": 2},
    "svt-preset-4": {"gop": 60, "options": {"preset": "4"}},
    "svt-low-delay": {"gop": 60, "options": {"svtav1-params": "pred-struct=1"}},
}


@pytest.fixture(params=[*AV1, *(path.name for path in sorted(FILES.glob("*aom*")))])
def av1_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param not in AV1:
        return FILES / request.param
    return clips.make(tmp_path / "clip.mp4", **{**SMALL, "codec": "libsvtav1", **AV1[request.param]})


@pytest.mark.parametrize("step", [5, 12])
def test_av1_frames_decode_the_same_with_only_what_they_need(av1_file, step):
    found = [one.picture for one in read(av1_file)]
    assert not any(one.doubt for one in found) and all(one.shown for one in found)
    wanted = range(0, len(found), step)
    kept, needed = set(), 0
    for number in reversed(range(len(found))):
        if number in wanted or found[number].writes & needed:
            kept.add(number)
            needed = (needed & ~found[number].writes) | found[number].reads
    assert not needed
    every, some = fed(av1_file, set(range(len(found)))), fed(av1_file, kept)
    assert list(every) == sorted(every) and len(every) == len(found) and len(some) == len(kept)
    times = list(every)
    assert all(torch.equal(some[times[number]], every[times[number]]) for number in wanted)


def fed(path: Path, kept: set[int]) -> dict[float, torch.Tensor]:
    """The frames, by when they are shown, that a decoder makes of these packets alone."""
    from torchcodec.decoders import ColorConverter, Demuxer

    demuxer = Demuxer(str(path))
    decoder = demuxer.streams[0].make_decoder()
    raw = [frame for number, packet in enumerate(demuxer) if number in kept for frame in decoder.decode(packet)]
    converter = ColorConverter()
    return {frame.pts_seconds: converter.convert(frame).data for frame in raw + decoder.drain()}


# What is wrong with a stream shows in it.


@pytest.mark.parametrize("name", ["x264.mp4", "x264.mkv", "no-b.mp4", "refresh.mp4", "x265.mp4", "x265.mkv", "x265.ts"])
@pytest.mark.parametrize("every", [5, 13])
def test_lost_packets_are_seen(made, name, every):
    needed = [number for number, one in enumerate(read(made(name))) if not one.picture.disposable]
    lost = set(needed[every - 1 :: every])
    found = read(made(name), lambda packets: [one for number, one in enumerate(packets) if number not in lost])
    assert doubts(found) == {picture.MISSING}


@pytest.mark.parametrize("name", ["x264.mp4", "x265.mp4", "mpeg2.ts", "mpeg4.mp4"])
def test_a_lost_disposable_packet_makes_no_doubt(made, name):
    whole = read(made(name))
    lost = next(number for number, one in enumerate(whole) if one.picture.disposable and one.picture.layer == 0)
    found = read(made(name), lambda packets: packets[:lost] + packets[lost + 1 :])
    assert not doubts(found) and len(found) == len(whole) - 1


@pytest.mark.parametrize("name", ["x264.mp4", "x265.mp4", "mpeg2.ts", "mpeg4.mp4"])
@pytest.mark.parametrize("what", ["packets", "times"])
def test_exchanged_neighbours_are_seen(made, name, what):
    whole = read(made(name))
    kinds = [one.picture.disposable for one in whole]
    first = next(number for number in range(20, 60) if kinds[number] and kinds[number + 1])

    def exchanged(packets: list[av.Packet]) -> list[av.Packet]:
        one, other = packets[first : first + 2]
        one.pts, other.pts = other.pts, one.pts
        if what == "packets":  # each at the other's time and place
            packets[first : first + 2] = other, one
        return packets

    found = read(made(name), exchanged)
    assert len(found) == len(whole)
    shown = in_order(found)
    assert [one.pts for one in shown] != sorted(one.pts for one in shown)


def test_a_stream_whose_parameters_change(made, tmp_path):
    other = clips.make(tmp_path / "other.mp4", **{**SMALL, "bframes": 0})
    with av.open(str(made("x264.ts"))) as container:
        extradata = container.streams.video[0].codec_context.extradata
    with av.open(str(remuxed(other, tmp_path / "other.ts"))) as container:
        look = reader("h264", extradata)
        assert look(bytes(next(container.demux(video=0)))).doubt == picture.CHANGED


@pytest.mark.parametrize("name", MADE)
def test_flipped_bits_are_answered_without_an_error(made, name):
    chance = random.Random(1)
    with av.open(str(made(name))) as container:
        stream = container.streams.video[0]
        codec, extradata = stream.codec_context.codec.canonical_name, stream.codec_context.extradata or b""
        packets = [bytes(packet)[:2000] for packet in container.demux(stream) if packet.size][:40]
    for changed in range(20):
        look = reader(codec, flipped(extradata, chance) if changed % 2 and extradata else extradata)
        for packet in packets:
            # Most of what is read stands in the first bytes.
            damaged = flipped(packet[:60], chance) + packet[60:]
            found = look(damaged)
            assert isinstance(found, Picture) and (found.doubt or found.frame_type in "IPB")
            assert isinstance(look(damaged[: chance.randrange(len(damaged))]), Picture)


def flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


# What only FFmpeg's command line makes.


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs the ffmpeg program")
def test_vp8s_hidden_frames_have_packets_of_their_own(tmp_path):
    source = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=160x96:d=3"]
    encoder = ["-c:v", "libvpx", "-b:v", "100k", "-auto-alt-ref", "1", "-lag-in-frames", "16"]
    for number, target in ((1, ["-f", "null", "-"]), (2, ["clip.webm"])):
        subprocess.run([*source, *encoder, "-pass", str(number), *target], cwd=tmp_path, check=True)
    found = read(tmp_path / "clip.webm")
    hidden = sum(not one.picture.shown for one in found)
    assert hidden and not doubts(found)
    assert len(found) - hidden == len(list(frames(tmp_path / "clip.webm")))
