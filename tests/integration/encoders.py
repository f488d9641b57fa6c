"""The videos of the encoder matrix: what real encoders write, and what containers do to it."""

from collections.abc import Callable
from pathlib import Path

import av
from decoded import remuxed

from vdlab import clips

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


def variable_rate(stem: Path) -> Path:
    """Every third frame is shown four times as long as the others."""
    source = clips.make(stem.with_name(f"{stem.name}-source.mp4"), **SMALL)
    target = stem.with_suffix(".mp4")
    with av.open(str(source)) as container, av.open(str(target), "w") as output:
        stream = container.streams.video[0]
        copy = output.add_stream_from_template(stream, opaque=True)
        frame = round(1 / (stream.average_rate * stream.time_base))

        def later(time: int) -> int:
            number = time // frame
            return time + 3 * frame * (number // 3)

        for packet in container.demux(stream):
            if packet.size:
                shown = later(packet.pts)
                packet.dts = later(packet.dts) - 9 * frame
                packet.pts = shown
                packet.stream = copy
                output.mux(packet)
    return target


def rotated(stem: Path) -> Path:
    """A quarter turn, as telephones write it: a matrix in the track's header."""
    path = clips.make(stem.with_suffix(".mp4"), **SMALL)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    turn = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    data[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in turn)
    path.write_bytes(data)
    return path


def x264(**params: object) -> dict[str, dict[str, str]]:
    return {"options": {"x264-params": joined(params)}}


def x265(**params: object) -> dict[str, object]:
    return {"codec": "libx265", "options": {"x265-params": joined(params)}}


def joined(params: dict[str, object]) -> str:
    return ":".join(f"{name.replace('_', '-')}={value}" for name, value in params.items())


FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}

VIDEOS: dict[str, Callable[[Path], Path]] = {
    "x264": made(gop=30),
    "x264-no-b-frames": made(gop=30, bframes=0),
    "x264-no-pyramid": made(gop=30, **x264(b_pyramid="none")),
    "x264-strict-pyramid": made(gop=30, bframes=5, **x264(b_pyramid="strict")),
    "x264-open-gop": made(gop=20, **x264(open_gop=1)),
    "x264-interlaced": made(gop=30, **x264(interlaced=1)),
    "x264-intra-refresh": made(gop=20, bframes=0, **x264(intra_refresh=1)),
    "x264-10-bit": made(gop=30, pixel_format="yuv420p10le"),
    "x264-gop-1": made(gop=1),
    "x264-gop-2": made(gop=2),
    "x264-one-gop": made(gop=1000, **x264(scenecut=0)),
    "x264-scene-cuts": made(**x264(scenecut=200, min_keyint=2)),
    "x265-open-gop": made(gop=20, **x265(open_gop=1)),
    "x265-closed-gop": made(gop=20, **x265(open_gop=0)),
    "x265-gop-3": made(gop=3, **x265(open_gop=1)),
    "x265-temporal-layers": made(gop=20, **x265(temporal_layers=3)),
    "x265-open-gop-mkv": made(".mkv", gop=20, **x265(open_gop=1)),
    "x265-open-gop-ts": made(".ts", gop=20, **x265(open_gop=1)),
    "mpeg4": made(gop=20, codec="mpeg4", bframes=2),
    "mjpeg": made(codec="mjpeg"),
    "vp9-webm": made(".webm", gop=20, codec="libvpx-vp9"),
    "av1": made(gop=20, codec="libsvtav1"),
    "mkv": made(".mkv", gop=30),
    "mov": made(".mov", gop=30),
    "ts": made(".ts", gop=30),
    "flv": made(".flv", gop=30),
    "fragmented": moved(container=FRAGMENTED, gop=20),
    "fragmented-open-gop": moved(container=FRAGMENTED, gop=20, **x265(open_gop=1)),
    "two-streams": two_streams,
    "variable-rate": variable_rate,
    "late-start": moved(late=5, gop=30),
    "late-start-ts": moved(".ts", late=5, gop=30),
    "edit-list": moved(late=-0.5, container={"avoid_negative_ts": "disabled"}, gop=30),
    "odd-dimensions": made(gop=30, width=129, height=71, pixel_format="yuv444p"),
    "rotated": rotated,
}
