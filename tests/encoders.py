"""The videos of the encoder matrix: what real encoders write, and what containers do to it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import scene
from decoded import remuxed

Recipe = Callable[[Path], Path]
"""Makes a video; takes a path without a suffix, returns the file's."""

KEPT = Path(__file__).with_name("files")
"""What no encoder in PyAV's wheel writes; FFmpeg's `testsrc2`, 64x36 at 25 fps for two seconds, by Debian's ffmpeg."""

WIDTH, HEIGHT, RATE, COUNT = 128, 72, 25, 75


@dataclass(frozen=True)
class Case:
    """A video, and what is known to become of it.

    Attributes:
        recipe: makes it.
        frames: how many are shown; None where the encoder decides.
        linear: why it is not decoded in segments, a word of the note that says so; empty where it is.
        timed: whether the container keeps when every frame is shown.
        unseen: why wrong frames of a strategy that seeks may carry the right pts; empty where the check sees all.
        recovery: whether its first start is a recovery point, which older versions of FFmpeg do not begin at.
        error: a word of the VideoError that says why it cannot be decoded as a whole; empty where it can.
    """

    recipe: Recipe
    frames: int | None = COUNT
    linear: str = ""
    timed: bool = True
    unseen: str = ""
    error: str = ""
    recovery: bool = False


os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 takes no other hint to keep its banner to itself

# What is encoded.


@cache
def pictures(
    count: int = COUNT, width: int = WIDTH, height: int = HEIGHT, rate: int = RATE, seed: int = 0
) -> list[np.ndarray]:
    return list(scene.frames(width, height, Fraction(rate), count, 4.5, seed))


@cache
def five_scenes() -> list[np.ndarray]:
    """Fifteen frames each; encoders that look for cuts put a keyframe where one begins."""
    return [255 - picture if number // 15 % 2 else picture for number, picture in enumerate(pictures())]


@cache
def fade() -> list[np.ndarray]:
    """To black and back: what weighted prediction is for."""
    light = np.abs(np.linspace(-1, 1, COUNT))
    return [(picture * share).astype(np.uint8) for picture, share in zip(pictures(), light, strict=True)]


# How.


def encoded(
    path: Path,
    codec: str = "libx264",
    *,
    images: list[np.ndarray] | None = None,
    rate: Fraction | int = RATE,
    gop: int | None = None,
    bframes: int | None = None,
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    muxing: dict[str, str] | None = None,
    tick: Fraction | None = None,
    when: Callable[[int], int] = lambda number: number,
    aspect: Fraction | None = None,
    audio: tuple[str, float] | None = None,
    pipe: bool = False,
) -> Path:
    """Encode pictures, with audio beside them if asked for.

    Args:
        tick: the time base, in seconds; one frame's time if None.
        when: in ticks, when the n-th picture is shown.
        audio: a codec, and for how many seconds.
        pipe: written as to a pipe: nobody goes back to finish the header.
    """
    settings = {**FASTEST.get(codec, {}), **(options or {})}
    settings |= {"g": str(gop)} if gop is not None else {}
    settings |= {"bf": str(bframes)} if bframes is not None else {}
    images = pictures() if images is None else images
    file = OnlyForward(path) if pipe else str(path)
    with av.open(file, "w", format=FORMATS.get(path.suffix), container_options=muxing or {}) as output:
        stream = output.add_stream(
            codec, rate=rate, width=images[0].shape[1], height=images[0].shape[0], options=settings
        )
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = tick or 1 / Fraction(rate)
        stream.codec_context.thread_count = 1
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        sound = silence(output, *audio) if audio else iter(())
        for number, picture in enumerate(images):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = when(number)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        for packet in sound:
            output.mux(packet)
    if pipe:
        file.close()
    return path


FASTEST = {
    "libx264": {"preset": "veryfast"},
    "libx264rgb": {"preset": "veryfast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libsvtav1": {"preset": "11", "svtav1-params": "lp=1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}

FORMATS = {".mkv": "matroska", ".webm": "webm", ".avi": "avi", ".ts": "mpegts", ".m4v": "m4v"}
"""Where the file has no name to tell it by, or FFmpeg takes the name for another one."""


class OnlyForward:
    """A file that can only be written from its beginning to its end, like a pipe."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.write, self.close = self._file.write, self._file.close


def silence(output: av.container.OutputContainer, codec: str, seconds: float) -> Iterator[av.Packet]:
    """The packets of so many seconds of silence; its stream is added at once."""
    stream = output.add_stream(codec, rate=44_100, layout="mono")

    def packets() -> Iterator[av.Packet]:
        size = stream.codec_context.frame_size or 1024
        for begin in range(0, round(seconds * 44_100), size):
            samples = np.zeros((1, size), np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 44_100, begin, Fraction(1, 44_100)
            yield from stream.encode(frame)
        yield from stream.encode(None)

    return packets()


def joined(params: dict[str, object]) -> str:
    return ":".join(f"{name.replace('_', '-')}={value}" for name, value in params.items())


# Recipes.


def made(suffix: str = ".mp4", codec: str = "libx264", **settings: object) -> Recipe:
    return lambda stem: encoded(stem.with_suffix(suffix), codec, **settings)


def x264(suffix: str = ".mp4", *, gop: int = 30, params: dict[str, object] | None = None, **settings: object) -> Recipe:
    options = {"x264-params": joined(params)} if params else {}
    return made(suffix, "libx264", gop=gop, options=options, **settings)


def x265(suffix: str = ".mp4", *, gop: int = 20, params: dict[str, object] | None = None, **settings: object) -> Recipe:
    options = {"x265-params": joined({"log_level": "none", **(params or {})})}
    return made(suffix, "libx265", gop=gop, options=options, **settings)


def svt(suffix: str = ".mp4", *, gop: int = 20, params: dict[str, object] | None = None, **settings: object) -> Recipe:
    options = {"svtav1-params": joined({"lp": 1, **(params or {})})}
    return made(suffix, "libsvtav1", gop=gop, options=options, **settings)


def kept(name: str) -> Recipe:
    return lambda stem: shutil.copy(KEPT / name, stem.with_name(f"{stem.name}-{name}"))


def moved(recipe: Recipe, suffix: str, **changes: object) -> Recipe:
    """A recipe that copies the packets of another one's file into another container; see `remuxed`."""

    def copied(stem: Path) -> Path:
        source = recipe(stem.with_name(f"{stem.name}-source"))
        return remuxed(source, stem.with_suffix(suffix), **changes)

    return copied


def patched(recipe: Recipe, change: Callable[[bytearray], None]) -> Recipe:
    """A recipe that changes bytes of another one's file."""

    def changed(stem: Path) -> Path:
        path = recipe(stem)
        data = bytearray(path.read_bytes())
        change(data)
        path.write_bytes(data)
        return path

    return changed


# What `remuxed` changes.


def trimmed(seconds: float) -> Callable[[list[av.Packet]], list[av.Packet]]:
    """As `ffmpeg -ss 1.3 -c copy` does: from the keyframe at or before that time, which becomes zero."""

    def change(packets: list[av.Packet]) -> list[av.Packet]:
        at = round(seconds / packets[0].time_base)
        begin = max(number for number, packet in enumerate(packets) if packet.is_keyframe and packet.pts <= at)
        for packet in packets[begin:]:
            packet.pts -= at
            packet.dts -= at
        return packets[begin:]

    return change


def from_keyframe(number: int, more: int = 0) -> Callable[[list[av.Packet]], list[av.Packet]]:
    """From the n-th keyframe on, or a few packets after it."""

    def change(packets: list[av.Packet]) -> list[av.Packet]:
        keyframes = [position for position, packet in enumerate(packets) if packet.is_keyframe]
        return packets[keyframes[number] + more :]

    return change


def flagged(says: Callable[[int, av.Packet], bool]) -> Callable[[list[av.Packet]], list[av.Packet]]:
    """The container calls a packet a keyframe where `says` does."""

    def change(packets: list[av.Packet]) -> list[av.Packet]:
        for number, packet in enumerate(packets):
            packet.is_keyframe = says(number, packet)
        return packets

    return change


def every_tenth_too(number: int, packet: av.Packet) -> bool:
    return packet.is_keyframe or number % 10 == 6


def only_the_first(number: int, packet: av.Packet) -> bool:
    return number == 0


def without(lost: Callable[[int], bool]) -> Callable[[list[av.Packet]], list[av.Packet]]:
    return lambda packets: [packet for number, packet in enumerate(packets) if not lost(number)]


def retimed(when: Callable[[int], int]) -> Callable[[list[av.Packet]], list[av.Packet]]:
    """The n-th frame is shown at `when(n)` frames' time."""

    def change(packets: list[av.Packet]) -> list[av.Packet]:
        order = sorted(packet.pts for packet in packets)
        ticks = order[1] - order[0]
        for number, packet in enumerate(packets):
            packet.pts = (when(order.index(packet.pts)) + 9) * ticks
            packet.dts = when(number) * ticks
        return packets

    return change


# What containers say, by the bytes.


def quarter_turn(clockwise: bool) -> Callable[[bytearray], None]:
    """A turn as telephones write it: a matrix in an MP4 track's header."""
    sine = 0x10000 if clockwise else -0x10000

    def change(data: bytearray) -> None:
        matrix = data.index(b"tkhd") + 4 + 40
        turn = (0, sine, 0, -sine, 0, 0, 0, 0, 0x40000000)
        data[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in turn)

    return change


def no_default_duration(data: bytearray) -> None:
    """Matroska's DefaultDuration becomes a Void of the same length: browsers' recordings have none."""
    at = data.index(b"\x23\xe3\x83\x84")
    data[at : at + 8] = b"\xec\x86" + bytes(6)


# Files of more than one encoding.


def two_streams(stem: Path) -> Path:
    """A small video stream before a larger one: PyAV's first is not TorchCodec's best."""
    target = stem.with_suffix(".mkv")
    sources = [
        encoded(stem.with_name(f"{stem.name}-{width}.mp4"), gop=30, images=pictures(width=width, seed=width))
        for width in (64, 128)
    ]
    with av.open(str(target), "w") as output:
        inputs = [av.open(str(source)) for source in sources]
        streams = [output.add_stream_from_template(container.streams.video[0], opaque=True) for container in inputs]
        streams[0].disposition, streams[1].disposition = av.stream.Disposition(0), av.stream.Disposition.default
        for container, stream in zip(inputs, streams, strict=True):
            for packet in container.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    output.mux(packet)
            container.close()
    return target


def one_after_the_other(suffix: str, *halves: Recipe) -> Recipe:
    """Encodings of 1.4 seconds each, a stream that begins anew every two seconds."""

    def recipe(stem: Path) -> Path:
        target = stem.with_suffix(suffix)
        with av.open(str(target), "w") as output:
            copy = None
            for number, half in enumerate(halves):
                with av.open(str(half(stem.with_name(f"{stem.name}-{number}")))) as container:
                    stream = container.streams.video[0]
                    copy = copy or output.add_stream_from_template(stream, opaque=True)
                    for packet in container.demux(stream):
                        if packet.size:
                            packet.pts += round(2 * number / packet.time_base)
                            packet.dts += round(2 * number / packet.time_base)
                            packet.stream = copy
                            output.mux(packet)
        return target

    return recipe


FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
EACH_FRAGMENTED = {"movflags": "frag_every_frame+empty_moov+default_base_moof"}
NEGATIVE_KEPT = {"avoid_negative_ts": "disabled"}

FULL, BT709, BT601, BT2020, PQ = {"color_range": 2}, {"colorspace": 1}, {"colorspace": 6}, {"colorspace": 9}, 16
ALL_COLOURS = {"color_range": 2, "colorspace": 9, "color_primaries": 9, "color_trc": PQ}

THREE_LAYERS = (
    "ts_number_layers=3:ts_target_bitrate=100,200,400:ts_rate_decimator=4,2,1:ts_periodicity=4:ts_layer_id=0,2,1,2"
    ":ts_layering_mode=3"
)

HALF = pictures(35)
OTHER_SIZE = pictures(35, 160, 90)
SMOOTH = pictures(150, rate=50)
"""Twice as many a second."""


LYING = "the container calls frames keyframes that need others, and the decoder goes on from them"
BETWEEN = "a seek ends between keyframes, and the decoder goes on from there"
PROGRAM_STREAM = "program streams"
NOT_KNOWN = "nothing is known"
UNTIMED = "when frames are shown"
REPEATED = "timestamps are repeated"
PACKED = "a packet holds several pictures"
BEGINNING = "does not begin with"
CHANGES = "change on the way"

H264: dict[str, Case] = {
    "x264": Case(x264()),
    "x264-no-b-frames": Case(x264(bframes=0)),
    "x264-no-pyramid": Case(x264(params={"b_pyramid": "none"})),
    "x264-strict-pyramid": Case(x264(bframes=5, params={"b_pyramid": "strict"})),
    "x264-16-b-frames": Case(x264(gop=60, bframes=16, params={"b_adapt": 0})),
    "x264-open-gop": Case(x264(gop=20, params={"open_gop": 1})),
    "x264-long-open-gop": Case(x264(gop=60, params={"open_gop": 1, "scenecut": 0}, images=SMOOTH), frames=150),
    "x264-interlaced": Case(x264(params={"interlaced": 1})),
    "x264-bottom-first": Case(x264(params={"bff": 1})),
    "x264-fake-interlaced": Case(x264(params={"fake_interlaced": 1})),
    "x264-intra-refresh": Case(x264(gop=20, bframes=0, params={"intra_refresh": 1})),
    "x264-intra-refresh-b-frames": Case(x264(gop=20, bframes=2, params={"intra_refresh": 1})),
    "x264-10-bit": Case(x264(pixel_format="yuv420p10le")),
    "x264-444": Case(x264(pixel_format="yuv444p")),
    "x264-422-10-bit": Case(x264(pixel_format="yuv422p10le")),
    "x264-grey": Case(x264(pixel_format="gray")),
    "x264-rgb": Case(made(codec="libx264rgb", gop=30, pixel_format="rgb24")),
    "x264-lossless": Case(made(gop=30, options={"qp": "0"})),
    "x264-gop-1": Case(x264(gop=1)),
    "x264-gop-2": Case(x264(gop=2)),
    "x264-gop-12": Case(x264(gop=12)),
    "x264-gop-12-no-b-frames": Case(x264(gop=12, bframes=0)),
    "x264-gop-250": Case(x264(gop=250, params={"scenecut": 0})),
    "x264-scene-cuts": Case(x264(gop=250, images=five_scenes(), params={"min_keyint": 5})),
    "x264-weighted": Case(x264(images=fade(), params={"weightp": 2, "weightb": 1})),
    "x264-slices": Case(x264(params={"slices": 4})),
    "x264-no-cabac-one-reference": Case(x264(params={"cabac": 0, "ref": 1})),
    "x264-16-references": Case(x264(params={"ref": 16, "bframes": 3})),
    "x264-zero-latency": Case(made(gop=30, options={"tune": "zerolatency"})),
    "x264-delimiters-and-buffering": Case(
        x264(".ts", params={"aud": 1, "nal_hrd": "vbr", "vbv_maxrate": 500, "vbv_bufsize": 500})
    ),
    "x264-odd-dimensions": Case(x264(images=pictures(width=129, height=71), pixel_format="yuv444p")),
    "x264-wide-pixels": Case(x264(aspect=Fraction(16, 11))),
}

HEVC: dict[str, Case] = {
    "x265": Case(x265(gop=30)),
    "x265-open-gop": Case(x265(params={"open_gop": 1})),
    "x265-closed-gop": Case(x265(params={"open_gop": 0})),
    "x265-decodable-leading-pictures": Case(x265(params={"open_gop": 0, "radl": 2, "min_keyint": 20})),
    "x265-gop-1": Case(x265(gop=1)),
    "x265-gop-3": Case(x265(gop=3, params={"open_gop": 1})),
    "x265-long-open-gop": Case(x265(gop=60, params={"open_gop": 1, "scenecut": 0}, images=SMOOTH), frames=150),
    "x265-temporal-layers": Case(x265(params={"temporal_layers": 3})),
    "x265-no-b-frames": Case(x265(bframes=0)),
    "x265-8-b-frames": Case(x265(gop=40, bframes=8, params={"b_adapt": 0, "rc_lookahead": 20})),
    "x265-10-bit": Case(x265(pixel_format="yuv420p10le")),
    "x265-444": Case(x265(pixel_format="yuv444p")),
    "x265-slices": Case(x265(params={"slices": 2, "wpp": 1})),
    "x265-weighted": Case(x265(images=fade(), params={"weightb": 1})),
    "x265-scene-cuts": Case(x265(gop=250, images=five_scenes(), params={"min_keyint": 5, "scenecut": 40})),
    "x265-mkv": Case(x265(".mkv", params={"open_gop": 1})),
    "x265-ts": Case(x265(".ts", params={"open_gop": 1}), unseen=BETWEEN),
    "x265-fragmented": Case(moved(x265(params={"open_gop": 1}), ".mp4", options=FRAGMENTED)),
    "x265-interlaced": Case(x265(params={"interlace": "tff"})),
    "x265-intra-refresh": Case(x265(bframes=0, params={"intra_refresh": 1})),
    "x265-raw": Case(x265(".hevc"), timed=False, linear=UNTIMED),
}

WEB: dict[str, Case] = {
    "vp8": Case(made(".webm", "libvpx", gop=20)),
    "vp8-hidden-frames": Case(
        made(".webm", "libvpx", gop=40, options={"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good"})
    ),
    "vp8-temporal-layers": Case(made(".webm", "libvpx", gop=40, options={"ts-parameters": THREE_LAYERS})),
    "vp9-temporal-layers": Case(made(".webm", "libvpx-vp9", gop=40, options={"ts-parameters": THREE_LAYERS})),
    "vp8-mkv": Case(made(".mkv", "libvpx", gop=12)),
    "vp9": Case(made(".webm", "libvpx-vp9", gop=20)),
    "vp9-hidden-frames": Case(
        made(".webm", "libvpx-vp9", gop=40, options={"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good"})
    ),
    "vp9-hidden-frames-mp4": Case(
        made(".mp4", "libvpx-vp9", gop=30, options={"auto-alt-ref": "6", "lag-in-frames": "20", "deadline": "good"})
    ),
    "vp9-gop-1": Case(made(".webm", "libvpx-vp9", gop=1)),
    "vp9-444": Case(made(".mkv", "libvpx-vp9", gop=20, pixel_format="yuv444p")),
    "vp9-10-bit": Case(kept("vp9-10-bit.webm"), frames=50),
    "vp9-resilient": Case(made(".webm", "libvpx-vp9", gop=20, options={"error-resilient": "default"})),
    "vp9-no-end": Case(made(".webm", "libvpx-vp9", gop=20, pipe=True)),
    "svt": Case(svt()),
    "svt-gop-1": Case(svt(gop=1)),
    "svt-gop-2": Case(svt(gop=2)),
    "svt-one-gop": Case(svt(gop=250)),
    "svt-low-delay": Case(svt(params={"pred_struct": 1})),
    "svt-open-gop": Case(svt(params={"irefresh_type": 1})),
    "svt-10-bit": Case(svt(pixel_format="yuv420p10le")),
    "svt-film-grain": Case(svt(params={"film_grain": 8})),
    "svt-overlays": Case(svt(gop=60, params={"enable_overlays": 1})),
    "svt-mkv": Case(svt(".mkv")),
    "svt-webm": Case(svt(".webm")),
    "svt-ivf": Case(svt(".ivf")),
    "svt-fragmented": Case(moved(svt(), ".mp4", options=FRAGMENTED)),
    "svt-scene-cuts": Case(svt(gop=250, images=five_scenes(), params={"scd": 1})),
    "libaom": Case(kept("libaom.webm"), frames=50),
    "libaom-gop-2": Case(kept("libaom-g2.mp4"), frames=50),
    "libaom-realtime": Case(kept("libaom-realtime.mkv"), frames=50),
    "libaom-lag-35": Case(kept("libaom-lag35.mp4"), frames=50),
    "libaom-resilient": Case(kept("libaom-er.mp4"), frames=50),
}

OLDER: dict[str, Case] = {
    "mpeg4": Case(made(codec="mpeg4", gop=20, bframes=2)),
    "mpeg4-no-b-frames": Case(made(codec="mpeg4", gop=20)),
    "mpeg4-quarter-pixels": Case(made(codec="mpeg4", gop=20, bframes=2, options={"flags": "+qpel+mv4"})),
    "mpeg4-mkv": Case(made(".mkv", "mpeg4", gop=20, bframes=2)),
    "mpeg4-ts": Case(made(".ts", "mpeg4", gop=20, bframes=2), unseen=BETWEEN),
    "mpeg4-avi": Case(made(".avi", "mpeg4", gop=20, bframes=2), timed=False, linear=UNTIMED),
    "mpeg4-avi-no-b-frames": Case(made(".avi", "mpeg4", gop=20)),
    "mpeg4-raw": Case(made(".m4v", "mpeg4", gop=20, bframes=2), timed=False, linear=UNTIMED),
    "xvid-packed": Case(kept("xvid.avi"), frames=48, timed=False, linear=PACKED),
    "mpeg2-ts": Case(made(".ts", "mpeg2video", gop=20)),
    "mpeg2-open-gop": Case(made(".ts", "mpeg2video", gop=15, bframes=2)),
    "mpeg2-closed-gop": Case(
        made(".ts", "mpeg2video", gop=15, bframes=2, options={"flags": "+cgop", "sc_threshold": "1000000000"})
    ),
    "mpeg2-mkv": Case(made(".mkv", "mpeg2video", gop=15, bframes=2)),
    "mpeg2-mp4": Case(made(".mp4", "mpeg2video", gop=15, bframes=2)),
    "mpeg2-interlaced": Case(made(".ts", "mpeg2video", gop=15, bframes=2, options={"flags": "+ildct+ilme"})),
    "mpeg2-program-stream": Case(made(".mpg", "mpeg2video", gop=15, bframes=2), timed=False, linear=PROGRAM_STREAM),
    "mpeg2-raw": Case(made(".m2v", "mpeg2video", gop=15, bframes=2), timed=False, linear=UNTIMED),
    "mpeg1-program-stream": Case(made(".mpg", "mpeg1video", gop=15, bframes=2), timed=False, linear=PROGRAM_STREAM),
    "mpeg1-mkv": Case(made(".mkv", "mpeg1video", gop=15, bframes=2)),
    "mjpeg": Case(made(codec="mjpeg", pixel_format="yuvj420p")),
    "mjpeg-avi": Case(made(".avi", "mjpeg", pixel_format="yuvj420p")),
    "ffv1-gop-1": Case(made(".mkv", "ffv1", gop=1)),
    "ffv1-gop-5": Case(made(".mkv", "ffv1", gop=5)),
    "ffv1-gop-5-level-1": Case(made(".mkv", "ffv1", gop=5, options={"level": "1"})),
    "prores": Case(made(".mov", "prores_ks", pixel_format="yuv422p10le")),
    "png": Case(made(".mov", "png", pixel_format="rgb24")),
    "apng": Case(made(".apng", "apng", pixel_format="rgb24"), linear=NOT_KNOWN),
    "gif": Case(made(".gif", "gif", pixel_format="rgb8"), linear=NOT_KNOWN),
    "quicktime-animation": Case(made(".mov", "qtrle", gop=20, pixel_format="rgb24"), linear=NOT_KNOWN),
    "huffyuv": Case(made(".avi", "huffyuv", pixel_format="yuv422p")),
    "uncompressed": Case(made(".avi", "rawvideo", pixel_format="yuv420p")),
    "uncompressed-y4m": Case(made(".y4m", "wrapped_avframe")),
    "h263": Case(made(".3gp", "h263", gop=20, images=pictures(width=176, height=144)), linear=NOT_KNOWN),
    "flv1": Case(made(".flv", "flv", gop=20), linear=NOT_KNOWN),
    "wmv2": Case(made(".wmv", "wmv2", gop=20), linear=NOT_KNOWN),
    "msmpeg4": Case(made(".avi", "msmpeg4", gop=20), linear=NOT_KNOWN),
    "svq1": Case(made(".mov", "svq1", gop=20, pixel_format="yuv410p"), linear=NOT_KNOWN),
    "theora": Case(kept("theora.ogv"), frames=24, linear=NOT_KNOWN),
}

CONTAINERS: dict[str, Case] = {
    "mkv": Case(x264(".mkv")),
    "mov": Case(x264(".mov")),
    "ts": Case(x264(".ts")),
    "m2ts": Case(x264(".m2ts")),
    "flv": Case(x264(".flv")),
    "avi": Case(x264(".avi"), timed=False, linear=UNTIMED),
    "avi-no-b-frames": Case(x264(".avi", bframes=0), timed=False, linear=UNTIMED),
    "raw": Case(x264(".h264"), timed=False, linear=UNTIMED),
    "raw-no-b-frames": Case(x264(".h264", bframes=0), timed=False, linear=UNTIMED),
    "mkv-to-a-pipe": Case(x264(".mkv", pipe=True)),
    "mkv-no-default-duration": Case(patched(x264(".mkv", pipe=True), no_default_duration)),
    "ts-to-a-pipe": Case(x264(".ts", pipe=True)),
    "avi-to-a-pipe": Case(made(".avi", "mpeg4", gop=20, pipe=True)),
    "header-first": Case(moved(x264(), ".mp4", options={"movflags": "faststart"})),
    "fragmented": Case(moved(x264(gop=20), ".mp4", options=FRAGMENTED)),
    "fragmented-at-each-frame": Case(moved(x264(gop=20), ".mp4", options=EACH_FRAGMENTED)),
    "fragmented-open-gop": Case(moved(x264(gop=20, params={"open_gop": 1}), ".mp4", options=FRAGMENTED)),
    "ts-one-gop": Case(x264(".ts", gop=250, params={"scenecut": 0})),
    "ts-from-the-middle": Case(moved(x264(".ts", gop=20), ".ts", change=from_keyframe(0, more=7)), frames=None),
    "ts-clock-wraps": Case(moved(x264(".ts"), ".ts", late=2**33 / 90_000 - 3)),
    "two-streams": Case(two_streams),
    "parameters-change": Case(
        one_after_the_other(
            ".ts",
            x264(".ts", images=HALF, bframes=0),
            x264(".ts", images=HALF, params={"ref": 1, "weightp": 0, "cabac": 0}),
        ),
        frames=70,
        linear=CHANGES,
    ),
    "two-sizes": Case(
        one_after_the_other(".ts", x264(".ts", images=HALF), x264(".ts", images=OTHER_SIZE)),
        frames=70,
        linear=CHANGES,
        error="size",
    ),
    "audio": Case(x264(audio=("aac", 3))),
    "audio-longer": Case(x264(audio=("aac", 5))),
    "audio-longer-ts": Case(x264(".ts", audio=("mp2", 5))),
    "audio-longer-mkv": Case(x264(".mkv", audio=("aac", 5))),
    "audio-avi": Case(made(".avi", "mpeg4", gop=20, bframes=2, audio=("mp2", 4)), timed=False, linear=UNTIMED),
    "audio-program-stream": Case(
        made(".mpg", "mpeg2video", gop=15, bframes=2, audio=("mp2", 4)), timed=False, linear=PROGRAM_STREAM
    ),
}

TIMES: dict[str, Case] = {
    "late-start": Case(moved(x264(), ".mp4", late=5)),
    "late-start-mkv": Case(moved(x264(), ".mkv", late=5)),
    "late-start-ts": Case(moved(x264(), ".ts", late=5)),
    "very-late-start": Case(moved(x264(), ".mp4", late=100_000)),
    "negative-start-mkv": Case(moved(x264(), ".mkv", late=-0.5, options=NEGATIVE_KEPT), timed=False, linear=UNTIMED),
    "edit-list": Case(moved(x264(), ".mp4", late=-0.5, options=NEGATIVE_KEPT), frames=None),
    "trimmed-mp4": Case(moved(x264(gop=20), ".mp4", change=trimmed(1.3)), frames=None),
    "trimmed-mkv": Case(moved(x264(gop=20), ".mkv", change=trimmed(1.3)), frames=None),
    "trimmed-ts": Case(moved(x264(gop=20), ".ts", change=trimmed(1.3)), frames=None),
    "trimmed-open-gop-mp4": Case(moved(x265(params={"open_gop": 1}), ".mp4", change=trimmed(1.3)), frames=None),
    "trimmed-open-gop-mkv": Case(moved(x265(params={"open_gop": 1}), ".mkv", change=trimmed(1.3)), frames=None),
    "trimmed-open-gop-ts": Case(
        moved(x264(".ts", gop=20, params={"open_gop": 1}), ".ts", change=trimmed(1.3)), frames=None, recovery=True
    ),
    "open-start-x265": Case(moved(x265(".mkv", params={"open_gop": 1}), ".mkv", change=from_keyframe(1)), frames=None),
    "open-start-x264": Case(
        moved(x264(".mkv", gop=20, params={"open_gop": 1}), ".mkv", change=from_keyframe(1)), frames=None, recovery=True
    ),
    "open-start-mpeg2": Case(
        moved(made(".ts", "mpeg2video", gop=15, bframes=2), ".ts", change=from_keyframe(1)), frames=None
    ),
    "variable-rate": Case(moved(x264(), ".mp4", change=retimed(lambda number: number + 3 * (number // 3)))),
    "variable-rate-mkv": Case(x264(".mkv", tick=Fraction(1, 1000), when=lambda number: 40 * number + 7 * (number % 5))),
    "variable-rate-fractions": Case(
        x264(
            rate=Fraction(30_000, 1001),
            tick=Fraction(1, 90_000),
            when=lambda number: 3003 * (2 * number if number < 30 else 60 + 3 * (number - 30)),
        )
    ),
    "repeated-times": Case(
        moved(x264(bframes=0), ".mkv", change=retimed(lambda number: number - number % 2)),
        linear=REPEATED,
        unseen="two frames have the same time",
    ),
    "one-millisecond-ticks-60-fps": Case(x264(".mkv", rate=60)),
    "one-millisecond-ticks-ntsc": Case(x264(".mkv", rate=Fraction(30_000, 1001))),
    "one-millisecond-ticks-240-fps": Case(x264(".mkv", rate=240)),
    "ntsc": Case(x264(rate=Fraction(24_000, 1001))),
    "fine-ticks": Case(x264(muxing={"video_track_timescale": "10000000"})),
    "coarse-ticks": Case(x264(muxing={"video_track_timescale": "25"})),
    "slow": Case(x264(rate=Fraction(1, 2), images=pictures(20), gop=6), frames=20),
    "last-frame-held": Case(x264(".mkv", when=lambda number: number if number < COUNT - 1 else number + 200)),
    "last-frame-held-mp4": Case(x264(when=lambda number: number if number < COUNT - 1 else number + 200)),
    "one-frame": Case(x264(images=pictures(1)), frames=1),
    "one-frame-webm": Case(made(".webm", "libvpx-vp9", images=pictures(1)), frames=1),
    "one-frame-ts": Case(x264(".ts", images=pictures(1)), frames=1),
    "two-frames": Case(x264(images=pictures(2)), frames=2),
    "lying-keyframes": Case(moved(x264(".mkv"), ".mkv", change=flagged(every_tenth_too))),
    "lying-keyframes-x265": Case(moved(x265(".mkv"), ".mkv", change=flagged(every_tenth_too)), unseen=LYING),
    "lying-keyframes-mp4": Case(moved(x264(), ".mp4", change=flagged(every_tenth_too))),
    "lying-keyframes-vp9": Case(moved(made(".webm", "libvpx-vp9", gop=20), ".webm", change=flagged(every_tenth_too))),
    "lying-keyframes-mpeg4": Case(
        moved(made(codec="mpeg4", gop=20, bframes=2), ".mkv", change=flagged(every_tenth_too)), unseen=LYING
    ),
    "lying-keyframes-ffv1": Case(
        moved(made(".mkv", "ffv1", gop=5), ".mkv", change=flagged(every_tenth_too)), unseen=LYING
    ),
    "lying-keyframes-quicktime": Case(
        moved(made(".mov", "qtrle", gop=20, pixel_format="rgb24"), ".mov", change=flagged(every_tenth_too)),
        linear=NOT_KNOWN,
        unseen="nothing in a packet contradicts the container",
    ),
    "lying-keyframes-svt": Case(moved(svt(), ".mkv", change=flagged(every_tenth_too))),
    "missing-keyframe-flags": Case(moved(x264(".mkv"), ".mkv", change=flagged(only_the_first))),
    "missing-keyframe-flags-x265": Case(moved(x265(".mkv"), ".mkv", change=flagged(only_the_first))),
}

COLOURS: dict[str, Case] = {
    "full-range-x264-mkv": Case(moved(x264(), ".mkv", colours=FULL)),
    "full-range-x264-mp4": Case(moved(x264(), ".mp4", colours=ALL_COLOURS)),
    "full-range-x265-mkv": Case(moved(x265(), ".mkv", colours=FULL)),
    "full-range-vp8-mkv": Case(moved(made(".webm", "libvpx", gop=20), ".mkv", colours=FULL)),
    "full-range-vp9-webm": Case(moved(made(".webm", "libvpx-vp9", gop=20), ".webm", colours=FULL)),
    "full-range-svt-mkv": Case(moved(svt(), ".mkv", colours=FULL)),
    "full-range-mpeg4-mkv": Case(moved(made(codec="mpeg4", gop=20, bframes=2), ".mkv", colours=FULL)),
    "full-range-mpeg2-mkv": Case(moved(made(".mkv", "mpeg2video", gop=15, bframes=2), ".mkv", colours=FULL)),
    "bt709-x264-mkv": Case(moved(x264(), ".mkv", colours=BT709)),
    "bt601-x264-mkv": Case(moved(x264(), ".mkv", colours=BT601)),
    "bt2020-x265-mkv": Case(moved(x265(pixel_format="yuv420p10le"), ".mkv", colours=BT2020)),
    "bt2020-mpeg4-mkv": Case(moved(made(codec="mpeg4", gop=20, bframes=2), ".mkv", colours=BT2020)),
    "all-colours-x264-mkv": Case(moved(x264(), ".mkv", colours=ALL_COLOURS)),
    "all-colours-vp9-mp4": Case(moved(made(".mp4", "libvpx-vp9", gop=20), ".mp4", colours=ALL_COLOURS)),
    "all-colours-mjpeg-mkv": Case(
        moved(made(codec="mjpeg", pixel_format="yuvj420p"), ".mkv", colours={"colorspace": 1})
    ),
    "colours-in-the-stream": Case(
        x264(params={"fullrange": "on", "colormatrix": "bt709", "transfer": "bt709", "colorprim": "bt709"})
    ),
    "colours-contradict": Case(
        moved(x264(params={"fullrange": "off", "colormatrix": "smpte170m"}), ".mkv", colours=ALL_COLOURS)
    ),
    "rotated": Case(patched(x264(), quarter_turn(clockwise=True))),
    "rotated-to-the-left": Case(patched(x265(), quarter_turn(clockwise=False))),
    "wide-pixels-mkv": Case(moved(x264(aspect=Fraction(4, 3)), ".mkv")),
}

CASES: dict[str, Case] = {**H264, **HEVC, **WEB, **OLDER, **CONTAINERS, **TIMES, **COLOURS}
