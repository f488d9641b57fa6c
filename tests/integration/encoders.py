"""The videos of the encoder matrix: what real encoders write, and what containers do to it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
from decoded import remuxed

from vdlab import clips
from vdlab.clips import scene


@dataclass(frozen=True)
class Case:
    """A video, and what is known to become of it.

    Attributes:
        recipe: makes it; takes a path without a suffix.
        starts: how many frames decoding may begin at; None where the encoder decides.
        linear: why it is not decoded in parts; empty where it is.
        seeking: why strategies that leave seeking to TorchCodec return wrong frames, or fail, even in exact mode;
            empty where they are right.
    """

    recipe: Callable[[Path], Path]
    starts: int | None = None
    linear: str = ""
    seeking: str = ""


SMALL = {"width": 128, "height": 72, "seconds": 3}


def made(suffix: str = ".mp4", **settings: object) -> Callable[[Path], Path]:
    """A recipe that encodes a small clip."""
    return lambda stem: clips.make(stem.with_suffix(suffix), **{**SMALL, **settings})


def moved(
    suffix: str = ".mp4", late: float = 0, container: dict[str, str] | None = None, **settings: object
) -> Callable[[Path], Path]:
    """A recipe that encodes a small clip and copies its packets into another container."""

    def recipe(stem: Path) -> Path:
        source = clips.make(stem.with_name(f"{stem.name}-source.mp4"), **{**SMALL, **settings})
        return remuxed(source, stem.with_suffix(suffix), late, container)

    return recipe


def two_streams(stem: Path) -> Path:
    """A small video stream before a larger one: PyAV's first is not TorchCodec's best."""
    target = stem.with_suffix(".mp4")
    sources = [
        clips.make(stem.with_name(f"{stem.name}-{width}.mp4"), **{**SMALL, "width": width, "seed": width})
        for width in (64, 128)
    ]
    with av.open(str(target), "w") as output:
        inputs = [av.open(str(source)) for source in sources]
        streams = [output.add_stream_from_template(container.streams.video[0], opaque=True) for container in inputs]
        for container, stream in zip(inputs, streams, strict=True):
            for packet in container.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    output.mux(packet)
            container.close()
    return target


def retimed(suffix: str, when: Callable[[int], int], **settings: object) -> Callable[[Path], Path]:
    """A recipe that encodes a small clip and shows its n-th frame at `when(n)` frames' time."""

    def recipe(stem: Path) -> Path:
        source = clips.make(stem.with_name(f"{stem.name}-source.mp4"), **SMALL, **settings)
        target = stem.with_suffix(suffix)
        with av.open(str(source)) as container, av.open(str(target), "w") as output:
            stream = container.streams.video[0]
            copy = output.add_stream_from_template(stream, opaque=True)
            ticks = round(1 / (stream.average_rate * stream.time_base))
            for number, packet in enumerate(container.demux(stream)):
                if packet.size:
                    packet.pts = (when(packet.pts // ticks) + 9) * ticks
                    packet.dts = when(number) * ticks
                    packet.stream = copy
                    output.mux(packet)
        return target

    return recipe


def rotated(stem: Path) -> Path:
    """A quarter turn, as telephones write it: a matrix in the track's header."""
    path = clips.make(stem.with_suffix(".mp4"), **SMALL)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    turn = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    data[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in turn)
    path.write_bytes(data)
    return path


def scene_cuts(stem: Path) -> Path:
    """Five scenes of fifteen frames each; x264 puts a keyframe where a scene begins."""
    target = stem.with_suffix(".mp4")
    scenes = [scene.frames(SMALL["width"], SMALL["height"], Fraction(25), 15, 4.5, seed) for seed in range(5)]
    with av.open(str(target), "w") as output:
        stream = output.add_stream("libx264", rate=25, width=SMALL["width"], height=SMALL["height"])
        stream.pix_fmt = "yuv420p"
        stream.options = {"x264-params": "min-keyint=5"}
        for number, picture in enumerate(chain.from_iterable(scenes)):
            frame = av.VideoFrame.from_ndarray(255 - picture if number // 15 % 2 else picture, format="rgb24")
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return target


def changing_parameters(stem: Path) -> Path:
    """Two encodings with different settings, one after the other in one transport stream."""
    target = stem.with_suffix(".ts")
    settings = [{"bframes": 0}, x264(ref=1, weightp=0, cabac=0)]
    with av.open(str(target), "w") as output:
        copy = None
        for half, changes in enumerate(settings):
            source = clips.make(stem.with_name(f"{stem.name}-{half}.ts"), **{**SMALL, "seconds": 1.4}, **changes)
            with av.open(str(source)) as container:
                stream = container.streams.video[0]
                copy = copy or output.add_stream_from_template(stream, opaque=True)
                for packet in container.demux(stream):
                    if packet.size:
                        packet.pts += half * 2 * 90_000
                        packet.dts += half * 2 * 90_000
                        packet.stream = copy
                        output.mux(packet)
    return target


def open_start(stem: Path) -> Path:
    """A stream with open GOPs, cut at its second keyframe: the pictures shown before it have lost what they need."""
    source = clips.make(stem.with_name(f"{stem.name}-source.mkv"), **SMALL, gop=20, **x265(open_gop=1))
    target = stem.with_suffix(".mkv")
    with av.open(str(source)) as container, av.open(str(target), "w") as output:
        copy = output.add_stream_from_template(container.streams.video[0], opaque=True)
        keyframes = 0
        for packet in container.demux(video=0):
            keyframes += packet.is_keyframe
            if packet.size and keyframes > 1:
                packet.stream = copy
                output.mux(packet)
    return target


def x264(**params: object) -> dict[str, dict[str, str]]:
    return {"options": {"x264-params": joined(params)}}


def x265(**params: object) -> dict[str, object]:
    return {"codec": "libx265", "options": {"x265-params": joined(params)}}


def joined(params: dict[str, object]) -> str:
    return ":".join(f"{name.replace('_', '-')}={value}" for name, value in params.items())


FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}

INTERLACED = "it may hold interlaced pictures"
LATE_SEEKS = "in MPEG-TS, FFmpeg's seeks land after the keyframe that was asked for"
REFRESH = "intra refresh calls frames keyframes that need the frames before them"

CASES: dict[str, Case] = {
    "x264": Case(made(gop=30), 3),
    "x264-no-b-frames": Case(made(gop=30, bframes=0), 3),
    "x264-no-pyramid": Case(made(gop=30, **x264(b_pyramid="none")), 3),
    "x264-strict-pyramid": Case(made(gop=30, bframes=5, **x264(b_pyramid="strict")), 3),
    "x264-open-gop": Case(made(gop=20, **x264(open_gop=1)), 4),
    "x264-interlaced": Case(made(gop=30, **x264(interlaced=1)), 3, linear=INTERLACED),
    "x264-intra-refresh": Case(made(gop=20, bframes=0, **x264(intra_refresh=1)), 1, seeking=REFRESH),
    "x264-10-bit": Case(made(gop=30, pixel_format="yuv420p10le"), 3),
    "x264-gop-1": Case(made(gop=1), 75),
    "x264-gop-2": Case(made(gop=2), 38),
    "x264-one-gop": Case(made(gop=1000, **x264(scenecut=0)), 1),
    "x264-scene-cuts": Case(scene_cuts, 5),
    "x265-open-gop": Case(made(gop=20, **x265(open_gop=1)), 4),
    "x265-closed-gop": Case(made(gop=20, **x265(open_gop=0)), 4),
    "x265-decodable-leading-pictures": Case(made(gop=20, **x265(open_gop=0, radl=2, min_keyint=20)), 4),
    "x265-gop-3": Case(made(gop=3, **x265(open_gop=1)), 25),
    "x265-long-open-gop": Case(made(gop=200, seconds=20, **x265(open_gop=1, scenecut=0)), 3),
    "x264-long-open-gop": Case(made(gop=200, seconds=20, **x264(open_gop=1, scenecut=0)), 3),
    "x265-temporal-layers": Case(made(gop=20, **x265(temporal_layers=3)), 4),
    "x265-open-gop-mkv": Case(made(".mkv", gop=20, **x265(open_gop=1)), 4),
    "x265-open-gop-ts": Case(made(".ts", gop=20, **x265(open_gop=1)), 4, seeking=LATE_SEEKS),
    "mpeg4": Case(made(gop=20, codec="mpeg4", bframes=2), 4),
    "mjpeg": Case(made(codec="mjpeg"), 75),
    "vp9": Case(made(".webm", gop=20, codec="libvpx-vp9"), 4),
    "av1": Case(made(gop=20, codec="libsvtav1"), 4),
    "mkv": Case(made(".mkv", gop=30), 3),
    "mov": Case(made(".mov", gop=30), 3),
    "ts": Case(made(".ts", gop=30), 3, seeking=LATE_SEEKS),
    "flv": Case(made(".flv", gop=30), 3),
    "fragmented": Case(moved(container=FRAGMENTED, gop=20), 4),
    "fragmented-open-gop": Case(moved(container=FRAGMENTED, gop=20, **x265(open_gop=1)), 4),
    "two-streams": Case(two_streams),
    "variable-rate": Case(retimed(".mp4", lambda number: number + 3 * (number // 3))),
    "late-start": Case(moved(late=5, gop=30), 3),
    "late-start-ts": Case(moved(".ts", late=5, gop=30), 3, seeking=LATE_SEEKS),
    "edit-list": Case(moved(late=-0.5, container={"avoid_negative_ts": "disabled"}, gop=30), 3),
    "odd-dimensions": Case(made(gop=30, width=129, height=71, pixel_format="yuv444p"), 3),
    "rotated": Case(rotated),
    "repeated-times": Case(
        retimed(".mkv", lambda number: number - number % 2, bframes=0),
        linear="some of its timestamps are repeated",
        seeking="frames are found by their time, and two frames have the same",
    ),
    "changing-parameters": Case(
        changing_parameters, linear="its parameters change on the way", seeking=f"{LATE_SEEKS}, to other parameters"
    ),
    "open-start": Case(
        open_start,
        linear="it does not begin with a frame that can be decoded on its own",
        seeking="pictures that cannot be decoded are counted as frames",
    ),
    "mpeg2-ts": Case(
        made(".ts", gop=20, codec="mpeg2video"),
        linear="nothing is known here of how mpeg2video orders its frames",
        seeking=LATE_SEEKS,
    ),
    "one-frame": Case(made(seconds=0.04), 1),
}
