"""A video: one file, and what its best video stream says of itself."""

import os
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import numpy as np
from msgspec import Meta

from vdlab.errors import VideoError, check_choice, harmless
from vdlab.notebook import facts
from vdlab.notes import note
from vdlab.video.index import FIRST_PACKETS, PacketIndex, read_header, rows, scan
from vdlab.video.source import Source, as_source, missing_bytes, open_demuxer, opened

SeekMode = Literal["approximate", "exact"]
SEEK_MODES: tuple[SeekMode, ...] = ("approximate", "exact")

Resize = int | tuple[int, int] | None
"""What becomes of a decoded frame's size: its shorter side, (height, width), or None for nothing."""

Damaged = Literal["raise", "skip"]

FRAME_THREADS = frozenset(("h264", "hevc", "vp9", "mpeg4"))
"""Codecs in which each of FFmpeg's threads decodes a frame. Those of others work on one frame, or are not FFmpeg's."""

WITHHOLDING = frozenset(("h264", "av1", "vp8", "vp9"))
"""Codecs whose decoders, in all versions of FFmpeg, give out no frame before they have met a keyframe."""


@dataclass(frozen=True)
class VideoFacts:
    """What a report says of a video: plain values, as in `Video`."""

    path: str
    codec: str
    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]
    average_fps: Annotated[float, Meta(gt=0)]
    num_frames: Annotated[int, Meta(ge=1)]
    duration_seconds: Annotated[float, Meta(ge=0)]
    bit_rate: Annotated[float, Meta(ge=0)] | None = None
    stream_index: Annotated[int, Meta(ge=0)] = 0

    @property
    def name(self) -> str:
        """The file's name without its folder, which names the person and tells nobody else anything."""
        return Path(self.path).name

    @property
    def facts(self) -> dict[str, str]:
        """What people read of it; nothing of what is not known, or is 0."""
        known = {
            "File": self.name,
            "Picture": f"{self.width} x {self.height} pixels",
            "Codec": self.codec,
            "Length": self.duration_seconds and f"{self.duration_seconds:,.1f} s",
            "Frames": f"{self.num_frames:,}",
            "Frame rate": self.average_fps and f"{self.average_fps:g} fps",
            "Bit rate": self.bit_rate and f"{self.bit_rate / 1000:,.0f} kbit/s",
        }
        return {name: value for name, value in known.items() if isinstance(value, str)}

    def _repr_html_(self) -> str:
        return facts(self.name, self.facts)


@dataclass(frozen=True)
class Video:
    """One file, its best video stream's header, and how its frames are to be decoded.

    Attributes:
        source: where the bytes are.
        codec: FFmpeg's name of the codec, such as `h264`.
        average_fps: frames per second, averaged over the stream, as the header says.
        bit_rate: of the stream, in bits per second; None where the file does not say.
        stream_index: index of the stream in the file, counted over all streams, of sound too.
        seek_mode: how TorchCodec's `VideoDecoder` finds a frame. `approximate` computes its timestamp from the frame
            rate; `exact` scans the whole file first, so that frame i is always frame i.
        ffmpeg_threads: for strategies that take it, how many threads FFmpeg may use in each decoder.
        resize: what becomes of a frame right after its conversion to RGB.
        damaged: whether frames that do not decode are an error or left out.
    """

    source: Source
    codec: str
    average_fps: float
    bit_rate: float | None
    stream_index: int
    seek_mode: SeekMode
    ffmpeg_threads: int = 1
    resize: Resize = None
    damaged: Damaged = "raise"

    def __repr__(self) -> str:
        return f"<Video {harmless(self.path.name)}: {self.codec}, {self.average_fps:g} fps, {self.seek_mode} seeking>"

    def _repr_html_(self) -> str:
        known = {"Seeking": self.seek_mode, "Resize": self.resize, "Damaged": "left out" * (self.damaged == "skip")}
        try:
            return facts(str(self.path), {**self.about().facts, **known})
        except VideoError as error:  # since it was opened, the file was changed or taken away
            return facts(str(self.path), {"Codec": self.codec, **known, "Now": error})

    @classmethod
    def open(
        cls,
        video: Source | str | os.PathLike[str] | bytes | BinaryIO,
        seek_mode: SeekMode = "approximate",
        damaged: Damaged = "raise",
    ) -> "Video":
        """Read a file's header; nothing is decoded.

        Args:
            video: a path, bytes or a file object.
            seek_mode: as in `Video`. With `exact` the packets are indexed at the same opening.
            damaged: with `skip`, a file that is cut short is opened all the same.

        Raises:
            VideoError: the file is missing, not readable, not a video, or lacks bytes that its header promises.
            SettingsError: `seek_mode` or `damaged` is none of its values.
        """
        check_choice("seek_mode", seek_mode, SEEK_MODES)
        check_choice("damaged", damaged, ("raise", "skip"))
        source = as_source(video)
        if seek_mode == "exact":
            header = scan(source).header
        else:
            with opened(source, probe=False) as (container, stream):
                looked_at = 0 if stream.average_rate else FIRST_PACKETS
                header = read_header(container, stream, list(islice(rows(container, stream), looked_at)))
        missing = missing_bytes(source, header.container)
        if missing and damaged == "raise":
            raise VideoError(
                f"{source.path}: is truncated, {missing:,} bytes are missing at its end; copy or download it again, "
                "or take what is there with damaged='skip'"
            )
        if missing:
            note(f"{source.path}: is truncated, {missing:,} bytes are missing at its end; what is there is decoded")
        rate = float(header.rate)
        return cls(source, header.codec, rate, header.bit_rate, header.stream_index, seek_mode, damaged=damaged)

    @property
    def path(self) -> Path:
        """Absolute path of the file; a made-up name for bytes in memory."""
        return self.source.path

    @property
    def input(self) -> str | bytes:
        """What TorchCodec's decoders take: the path as text, or the bytes."""
        return self.source.for_torchcodec

    @property
    def index(self) -> PacketIndex:
        """What is known of its packets; read from the file at the first use."""
        return scan(self.source)

    @property
    def num_frames(self) -> int:
        """How many frames are shown, by the packets and not by the header's word."""
        return self.index.num_frames

    @property
    def duration_seconds(self) -> float:
        """From when the first frame is shown to the end of the last, in seconds."""
        index = self.index
        return float(index.times[-1] - index.times[0] + index.durations[-1])

    @property
    def height(self) -> int:
        """Pixels of a decoded frame, after any rotation the file asks for."""
        return self._size()[0]

    @property
    def width(self) -> int:
        """Pixels of a decoded frame, after any rotation the file asks for."""
        return self._size()[1]

    @property
    def stored_size(self) -> tuple[int, int]:
        """(height, width) of a frame before any rotation the file asks for, known without opening it again where its
        packets have been indexed at the first opening."""
        said = self.index.header.size if self.seek_mode == "exact" else (0, 0)
        return said if all(said) else self._size()

    @property
    def frame_bytes(self) -> int:
        """Bytes of one decoded frame: three colours of one byte each for every pixel."""
        return 3 * self.width * self.height

    def seeking(self, seek_mode: SeekMode) -> "Video":
        """The same video in another seek mode."""
        check_choice("seek_mode", seek_mode, SEEK_MODES)
        return replace(self, seek_mode=seek_mode)

    def about(self) -> VideoFacts:
        """What a report says of the video."""
        return VideoFacts(
            path=str(self.path),
            codec=self.codec,
            width=self.width,
            height=self.height,
            average_fps=self.average_fps,
            num_frames=self.num_frames,
            duration_seconds=self.duration_seconds,
            bit_rate=self.bit_rate,
            stream_index=self.stream_index,
        )

    def _size(self) -> tuple[int, int]:
        if self.source.size is None:
            stream: Any = open_demuxer(self.source, self.stream_index).streams[0]  # a video stream
            header = stream.metadata
            if not header.height or not header.width:
                raise VideoError(f"{self.path}: does not say how large its frames are; it may be damaged")
            self.source.size = (header.height, header.width)
        return self.source.size


def as_video(
    video: Video | Source | str | os.PathLike[str] | bytes | BinaryIO, seek_mode: SeekMode, damaged: Damaged = "raise"
) -> Video:
    """A `Video` in `seek_mode`, whether given one or what one is opened from."""
    return video.seeking(seek_mode) if isinstance(video, Video) else Video.open(video, seek_mode, damaged)


def unseen(video: Video) -> str:
    """Why a frame from the wrong place could pass for the right one although its time is held against the index, in
    words; empty where it could not.

    What completes it is "frames found by seeking cannot be trusted: ".
    """
    index = video.index
    if not index.timed:
        return "the file does not keep when they are shown"
    if (index.keyframe & ~index.start).any():
        return "its container calls frames keyframes that need others"
    if not index.known:
        return f"nothing is known here of how {video.codec} orders its frames"
    if video.codec == "ffv1":
        return "its decoder goes on after a seek from what it decoded before"
    if not index.header.seekable and index.header.codec not in WITHHOLDING:
        return f"a seek in {index.header.container} can end between keyframes, and {video.codec} decodes on from there"
    return ""


def wrong_times(video: Video, indices: "np.ndarray | list[int]", pts_seconds: np.ndarray) -> np.ndarray:
    """bool [N]: which frames carry another time than the packet index gives for the frame that was asked for.

    None can be told where the container keeps no times: then all are False, and `video.index.timed` is too.
    """
    index = video.index
    if not index.timed:
        return np.zeros(len(indices), dtype=bool)
    return np.asarray(pts_seconds) != index.times[np.asarray(indices, dtype=np.int64)]
