"""Make a clip: the scene, encoded with PyAV."""

import math
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

from vdlab.clips import scene
from vdlab.errors import SettingsError
from vdlab.machine.files import written_whole

NOISE = 4.5
"""Standard deviation of the default noise: that of a camera in a room."""

ENCODER_THREADS = 4
"""Encoders cut their work by the number of threads and so write other bytes for another number. A fixed
one keeps the number of CPUs out of it."""

DEFAULT_OPTIONS = {
    # Without it x264's macroblock tree is approximate, and differs from run to run at some widths.
    "libx264": {"x264-params": "cpu-independent=1"},
    "libx265": {"x265-params": "log-level=none"},
    # Without these two the built-in encoders aim at 200 kbit/s.
    "mpeg4": {"flags": "+qscale", "global_quality": str(4 * 118)},
    "mjpeg": {"flags": "+qscale", "global_quality": str(4 * 118)},
}
"""Encoder options that hold unless the caller says otherwise."""

WITH_B_FRAMES = ("libx264", "libx265", "mpeg4", "mpeg2video")


def make(
    path: str | os.PathLike[str],
    *,
    width: int = 640,
    height: int = 360,
    fps: float | Fraction = 25,
    seconds: float = 13.8,
    codec: str = "libx264",
    gop: int | None = None,
    bframes: int | None = None,
    noise: float = NOISE,
    seed: int = 0,
    options: dict[str, str] | None = None,
    pixel_format: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Encode a synthetic clip with its frame number drawn on every frame; return its path.

    On one machine, with the same versions of the libraries, the same arguments give the same bytes.

    Args:
        path: where to; the suffix decides the container (.mp4, .mkv, .mov, .ts, .webm, ...).
        width: pixels.
        height: pixels.
        fps: frames a second.
        seconds: length; rounded to a whole number of frames.
        codec: FFmpeg's name of an encoder, such as libx264, libx265, mpeg4, libvpx-vp9, libsvtav1, mjpeg.
        gop: most frames from one keyframe to the next; None leaves it to the encoder (250 for x264 and x265).
        bframes: most B-frames in a row; None leaves it to the encoder (3 for x264, 4 for x265).
        noise: standard deviation of the noise, in steps of 8-bit brightness; 0 for none.
        seed: what the noise is drawn from, and where the picture begins.
        options: further options of the encoder, as on FFmpeg's command line: {"crf": "30"}.
        pixel_format: FFmpeg's name of one; None takes the encoder's first (yuv420p for most).
        progress: called after each frame with the frames done and the frames in all.

    Raises:
        SettingsError: a setting, or the combination of them, that cannot be encoded.
        VDLabError: the file cannot be written.
    """
    target = Path(os.path.abspath(path))
    rate = _frame_rate(fps)
    count = _frame_count(seconds, rate)
    _check_numbers(width, height, noise, seed, gop, bframes)
    encoder = _encoder(codec)
    chosen_format = _pixel_format(encoder, pixel_format, width, height)
    settings = _encoder_options(codec, gop, bframes, options)
    os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 takes no other hint to keep its banner to itself

    with written_whole(target) as aside:
        try:
            with av.open(str(aside), "w") as container:
                stream = container.add_stream(codec, rate=rate, width=width, height=height, options=settings)
                assert isinstance(stream, VideoStream)  # as `_encoder` has made sure
                stream.pix_fmt = chosen_format
                stream.codec_context.time_base = 1 / rate
                stream.codec_context.thread_count = ENCODER_THREADS
                # PyAV's own choice, slice threads, would have x264 cut every frame into slices.
                stream.codec_context.thread_type = "FRAME"
                stream.codec_context.open()
                _check_all_understood(stream, codec)
                for number, picture in enumerate(scene.frames(width, height, rate, count, noise, seed)):
                    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                    frame.pts = number
                    container.mux(stream.encode(frame))
                    if progress:
                        progress(number + 1, count)
                container.mux(stream.encode(None))
        except av.FFmpegError as error:
            if isinstance(error, OSError):  # of the file, not of the settings
                raise
            raise SettingsError(f"{codec} cannot encode {target.name} with these settings: {error.strerror}") from error
        except ValueError as error:  # PyAV's own: an unknown suffix, a codec its container cannot hold
            raise SettingsError(f"cannot make {target.name} with {codec}: {error}") from error
    return target


def _frame_rate(fps: float | Fraction) -> Fraction:
    if not (isinstance(fps, Fraction) or math.isfinite(fps)) or not 0 < fps <= 1000:
        raise SettingsError(f"fps must be above 0 and at most 1000, not {fps}")
    # 29.97 and its like are multiples of 1/1001 in every container.
    return Fraction(fps).limit_denominator(1001)


def _frame_count(seconds: float, rate: Fraction) -> int:
    if not math.isfinite(seconds) or seconds <= 0:
        raise SettingsError(f"seconds must be above 0, not {seconds}")
    return max(1, round(seconds * rate))


def _check_numbers(width: int, height: int, noise: float, seed: int, gop: int | None, bframes: int | None) -> None:
    if not (16 <= width <= 16384 and 16 <= height <= 16384):
        raise SettingsError(f"width and height must be 16 to 16384 pixels, not {width}x{height}")
    for name, number, least in (("noise", noise, 0), ("seed", seed, 0), ("gop", gop, 1), ("bframes", bframes, 0)):
        if number is not None and not (math.isfinite(number) and number >= least):
            raise SettingsError(f"{name} must be {least} or more, not {number}")


def _encoder(codec: str) -> av.Codec:
    try:
        encoder = av.Codec(codec, "w")
    except ValueError as error:
        raise SettingsError(f"no encoder is called {codec!r}; libx264 is the usual one") from error
    if encoder.type != "video":
        raise SettingsError(f"{codec!r} encodes {encoder.type}, not video; libx264 is the usual one")
    return encoder


def _pixel_format(encoder: av.Codec, wanted: str | None, width: int, height: int) -> str:
    known = [pixel_format.name for pixel_format in encoder.video_formats or ()]
    name = wanted or (known[0] if known else "yuv420p")
    if known and name not in known:
        raise SettingsError(f"{encoder.name} has no pixel format {name!r}; it has {', '.join(known)}")
    layout = av.VideoFormat(name, 2, 2)
    for side, length, halved in (
        ("width", width, layout.chroma_width(2) == 1),
        ("height", height, layout.chroma_height(2) == 1),
    ):
        if halved and length % 2:
            raise SettingsError(f"{name} needs an even {side}, not {length}; yuv444p takes odd ones")
    return name


def _encoder_options(
    codec: str, gop: int | None, bframes: int | None, options: dict[str, str] | None
) -> dict[str, str]:
    settings = dict(DEFAULT_OPTIONS.get(codec, {}))
    if gop is not None:
        settings["g"] = str(gop)
    if bframes is not None:
        if codec not in WITH_B_FRAMES:
            raise SettingsError(f"{codec} has no setting for B-frames; {', '.join(WITH_B_FRAMES)} have")
        settings["bf"] = str(bframes)
    for name, value in (options or {}).items():
        joined = name in ("x264-params", "x265-params") and name in settings
        settings[name] = f"{settings[name]}:{value}" if joined else value
    return settings


def _check_all_understood(stream: VideoStream, codec: str) -> None:
    """FFmpeg leaves the options that an encoder does not know, and says nothing of them."""
    unknown = ", ".join(stream.codec_context.options)
    if unknown:
        raise SettingsError(f"{codec} has no option called {unknown}")
