"""A video: one file, and what its best video stream says of itself."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av

from vdlab.demux import opened
from vdlab.errors import SettingsError, VideoError

SeekMode = Literal["approximate", "exact"]
SEEK_MODES: tuple[SeekMode, ...] = ("approximate", "exact")


@dataclass(frozen=True)
class Video:
    """One file, its best video stream's metadata, and how decoders are to seek in it.

    Attributes:
        path: absolute path of the file.
        codec: FFmpeg's name of the codec, such as `h264`.
        width, height: pixels of a decoded frame, after any rotation the file asks for.
        average_fps: frames per second, averaged over the stream.
        num_frames: what the header says in `approximate` mode, what a scan of the packets counts in `exact` mode.
        duration_seconds: length of the stream, in seconds.
        bit_rate: of the stream, in bits per second; None where the file does not say.
        stream_index: index of the stream in the file, counted over streams of every kind.
        seek_mode: how TorchCodec finds a frame. `approximate` computes its timestamp from the frame rate;
            `exact` scans the whole file first, so that frame i is always frame i.
        ffmpeg_threads: for strategies that take it, how many threads FFmpeg may use in each decoder.
    """

    path: Path
    codec: str
    width: int
    height: int
    average_fps: float
    num_frames: int
    duration_seconds: float
    bit_rate: float | None
    stream_index: int
    seek_mode: SeekMode
    ffmpeg_threads: int = 1

    @classmethod
    def open(cls, path: str | os.PathLike[str], seek_mode: SeekMode = "approximate") -> "Video":
        """Read a file's metadata and decode its first frame, so that what opens can be decoded.

        Raises:
            VideoError: the file is missing, not readable, not a video, or ends before its header says.
            SettingsError: `seek_mode` is neither `approximate` nor `exact`.
        """
        if seek_mode not in SEEK_MODES:
            raise SettingsError(f"seek mode {seek_mode!r} does not exist; choose {' or '.join(SEEK_MODES)}")
        with opened(path) as (container, _):
            absolute = Path(container.name)
            _check_end(absolute, container)
        return cls(absolute, **_metadata(absolute, seek_mode), seek_mode=seek_mode)

    def seeking(self, seek_mode: SeekMode) -> "Video":
        """The same video, opened anew where `seek_mode` is another: the number of frames can depend on it."""
        return self if seek_mode == self.seek_mode else Video.open(self.path, seek_mode)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one decoded frame: three colours of one byte each for every pixel."""
        return 3 * self.width * self.height


def as_video(video: Video | str | os.PathLike[str], seek_mode: SeekMode) -> Video:
    """A `Video` in `seek_mode`, whether given one or a path."""
    return video.seeking(seek_mode) if isinstance(video, Video) else Video.open(video, seek_mode)


def _check_end(path: Path, container: av.container.InputContainer) -> None:
    """Raise VideoError where the last packets lie well before the end that the header promises.

    A file cut short in a copy or a download opens like a whole one: its header came first. One seek to the end
    and the packets from there tell the difference without reading the file. Where they do not reach the end, all
    packets are read: containers without an index, such as FLV, cannot be sought in like that.
    """
    if container.duration is None:
        return
    begin = (container.start_time or 0) / av.time_base
    # Matroska counts its duration from zero, whenever the first frame is shown.
    counted_from = 0 if "matroska" in container.format.name else begin
    promised = counted_from + container.duration / av.time_base
    tolerance_seconds = 0.25
    for target in (promised, begin):
        found = max(begin, _last_end(container, target))
        if found >= promised - tolerance_seconds:
            return
    raise VideoError(
        f"{path}: is truncated, its data end at {found - begin:.1f} s of {promised - begin:.1f} s; "
        "copy or download it again"
    )


def _last_end(container: av.container.InputContainer, target: float) -> float:
    """When the last frame ends, in seconds, among the packets from `target` seconds on."""
    found = -math.inf
    try:
        container.seek(int(target * av.time_base), backward=True)
        for packet in container.demux():
            if packet.pts is not None and not packet.is_corrupt:
                found = max(found, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    except av.error.FFmpegError:
        pass  # what could be read until here decides
    return found


def _metadata(path: Path, seek_mode: SeekMode) -> dict[str, object]:
    """What TorchCodec reads from the stream that it will decode."""
    from torchcodec.decoders import VideoDecoder

    try:
        decoder = VideoDecoder(path, seek_mode=seek_mode)
        height, width = decoder.get_frame_at(0).data.shape[-2:]
    except (RuntimeError, ValueError, IndexError, AssertionError, TypeError) as error:
        raise VideoError(f"{path}: TorchCodec cannot decode it: {one_line(error)}") from error
    about = decoder.metadata
    if not about.average_fps or not about.num_frames:
        raise VideoError(f"{path}: does not say its frame rate; try --seek-mode exact")
    return {
        "codec": about.codec or "unknown",
        "width": width,
        "height": height,
        "average_fps": float(about.average_fps),
        "num_frames": int(about.num_frames),
        "duration_seconds": float(about.duration_seconds or about.num_frames / about.average_fps),
        "bit_rate": about.bit_rate,
        "stream_index": decoder.stream_index,
    }


def one_line(error: BaseException) -> str:
    """The first line of an error that says something, short enough for a table."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 200 else text[:199] + "…"
