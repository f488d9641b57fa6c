"""A video's packets: when each is shown, which are keyframes, and which no other frame needs."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from vdlab import nal
from vdlab.demux import opened, packets, readable_file
from vdlab.errors import VideoError
from vdlab.spans import span

NO_TIMESTAMP = int(np.iinfo(np.int64).min)
"""Stands in `PacketIndex.pts` and `.dts` for a timestamp that the container does not give."""

TIMED_CONTAINERS = frozenset(("mp4", "matroska", "mpegts", "flv"))
"""FFmpeg's names of containers that keep when each frame is shown. For others, such as AVI, FFmpeg works it out
from when frames are decoded, and can be wrong."""


@dataclass(frozen=True, eq=False)
class PacketIndex:
    """What one demuxing pass says of every packet of a video stream, in decoding order.

    Arrays have shape [packets], are read-only, and count time in units of `time_base` seconds.
    """

    path: Path
    stream_index: int
    codec: str
    """FFmpeg's name of the codec: "h264", "hevc", "av1", ...; "unknown" where FFmpeg cannot decode it."""
    container: str
    """FFmpeg's names of the container's format: "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts", ..."""
    time_base: Fraction
    pts: np.ndarray
    """int64: when the frame is shown; `NO_TIMESTAMP` where the container does not say."""
    dts: np.ndarray
    """int64: when the packet is decoded; `NO_TIMESTAMP` where the container does not say."""
    duration: np.ndarray
    """int64: how long the frame is shown; 0 where the container does not say."""
    size: np.ndarray
    """int64: bytes."""
    keyframe: np.ndarray
    """bool: what the container calls a keyframe."""
    hidden: np.ndarray
    """bool: decoded but never shown, because the container's edit list cuts it away."""
    disposable: np.ndarray | None
    """bool: no other frame needs it; None where the codec is neither H.264 nor HEVC."""
    start: np.ndarray
    """bool: decoding may begin here; what is shown from this frame on needs nothing before it. In H.264 and HEVC
    the stream's own word, elsewhere the container's keyframes."""
    fresh: np.ndarray
    """bool: a start before which a decoder forgets everything. One that is not fresh, as in open GOPs, goes on
    counting from what came before, so it may only follow on what it was encoded after."""
    doubt: str
    """What in the stream itself speaks against decoding a part of it; empty for nothing."""

    @property
    def num_frames(self) -> int:
        """How many frames are shown."""
        return int(np.count_nonzero(~self.hidden))

    @property
    def shown(self) -> np.ndarray:
        """int64 [num_frames]: where in decoding order the shown packets are, in presentation order."""
        positions = np.flatnonzero(~self.hidden)
        return positions[np.argsort(self.pts[positions], kind="stable")]

    @property
    def keyframe_numbers(self) -> np.ndarray:
        """int64 [shown keyframes]: the frame numbers of the keyframes, in presentation order from 0."""
        return np.flatnonzero(self.keyframe[self.shown])

    @property
    def gop_lengths(self) -> np.ndarray:
        """int64 [keyframes]: packets from each keyframe to the next one or the end, in decoding order.

        What comes before the first keyframe belongs to no GOP and is not counted.
        """
        starts = np.flatnonzero(self.keyframe)
        return np.diff(np.append(starts, len(self.pts)))

    @property
    def disposable_share(self) -> float | None:
        """Share of the packets that no other frame needs, 0 to 1; None where the codec is not understood."""
        return None if self.disposable is None else float(self.disposable.mean())


def scan(path: str | os.PathLike[str], stream_index: int | None = None) -> PacketIndex:
    """Index the packets of a video stream in one demuxing pass; nothing is decoded.

    The last few indices stay in memory and are used again while size and modification time are the same.

    Args:
        path: a local video file.
        stream_index: which stream of the container; None takes the one FFmpeg (and TorchCodec) thinks best.

    Raises:
        VideoError: the file is missing or no video, its stream holds no packets, or reading it fails.
    """
    absolute = readable_file(path)
    status = absolute.stat()
    return _scan(absolute, status.st_size, status.st_mtime_ns, stream_index)


def forget() -> None:
    """Have the next `scan` of any file read it again."""
    _scan.cache_clear()


@lru_cache(maxsize=16)
@span("starting")
def _scan(path: Path, size: int, mtime_ns: int, stream_index: int | None) -> PacketIndex:
    with opened(path, stream_index) as (container, stream):
        codec = codec_name(stream)
        look = picture_reader(codec, stream)
        rows, pictures = [], []
        for packet in packets(container, stream):
            rows.append(_row(packet))
            if look:
                pictures.append(look(packet))
        if not rows:
            raise VideoError(f"{path} holds no video frames")
        numbers = np.array(rows, dtype=np.int64)
        keyframe = numbers[:, 4].astype(bool)
        return PacketIndex(
            path=path,
            stream_index=stream.index,
            codec=codec,
            container=container.format.name,
            time_base=stream.time_base,
            pts=_frozen(numbers[:, 0]),
            dts=_frozen(numbers[:, 1]),
            duration=_frozen(numbers[:, 2]),
            size=_frozen(numbers[:, 3]),
            keyframe=_frozen(keyframe),
            hidden=_frozen(numbers[:, 5].astype(bool)),
            disposable=_disposable(codec, pictures),
            start=_frozen(np.array([picture.start for picture in pictures]) if pictures else keyframe),
            fresh=_frozen(np.array([picture.fresh for picture in pictures]) if pictures else keyframe),
            doubt=stream_doubt(container, codec, stream, numbers[:, 6].any(), pictures),
        )


def codec_name(stream: VideoStream) -> str:
    """FFmpeg's name of a stream's codec, whichever decoder reads it; "unknown" where none can."""
    context = stream.codec_context
    return context.codec.canonical_name if context else "unknown"


def _row(packet: av.Packet) -> tuple[int, int, int, int, bool, bool, bool]:
    pts = NO_TIMESTAMP if packet.pts is None else packet.pts
    dts = NO_TIMESTAMP if packet.dts is None else packet.dts
    return pts, dts, packet.duration or 0, packet.size, packet.is_keyframe, packet.is_discard, packet.is_corrupt


class Picture(NamedTuple):
    """What an H.264 or HEVC packet says of itself: as in `PacketIndex`, but for `unreferenced`, which counts
    within the temporal layer only, and `parameters_known`: it carries none but those in the stream's header."""

    layer: int
    unreferenced: bool
    start: bool
    fresh: bool
    parameters_known: bool


def picture_reader(codec: str, stream: VideoStream) -> Callable[[av.Packet], Picture] | None:
    """What reads a packet; None for codecs other than H.264 and HEVC."""
    if codec not in ("h264", "hevc"):
        return None
    extradata = stream.codec_context.extradata or b""
    length_bytes = nal.length_size(codec, extradata)

    def look(packet: av.Packet) -> Picture:
        units = nal.units(memoryview(packet), length_bytes)
        layer = (0, nal.h264_disposable(units)) if codec == "h264" else nal.hevc_layer(units)
        start = packet.is_keyframe and nal.may_start(codec, units)
        fresh = start and nal.starts_afresh(codec, units)
        known = all(unit in extradata for unit in nal.parameter_sets(codec, units))
        return Picture(*layer, start, fresh, known)

    return look


def stream_doubt(
    container: InputContainer, codec: str, stream: VideoStream, damaged: bool, pictures: list[Picture]
) -> str:
    """What in the file, the stream's header and the packets read so far speaks against decoding a part of it."""
    if TIMED_CONTAINERS.isdisjoint(container.format.name.split(",")):
        return "its container does not keep when frames are shown"
    if damaged:
        return "it holds damaged packets"
    if not all(picture.parameters_known for picture in pictures):
        return "its parameters change on the way"
    if codec == "h264":
        sets = nal.extradata_units(codec, stream.codec_context.extradata or b"")
        sequences = [unit for unit in sets if nal.unit_type(codec, unit) == nal.H264_SEQUENCE]
        if not sequences:
            return "its parameters are not in its header"
        if not all(nal.h264_frames_only(unit) for unit in sequences):
            return "it may hold interlaced pictures"
    return ""


def _disposable(codec: str, pictures: list[Picture]) -> np.ndarray | None:
    if codec not in ("h264", "hevc"):
        return None
    layers = np.array([picture.layer for picture in pictures])
    unreferenced = np.array([picture.unreferenced for picture in pictures])
    # Pictures of higher temporal layers may refer to those of lower ones, so only the highest layer counts.
    return _frozen((layers == layers.max()) & unreferenced)


def _frozen(array: np.ndarray) -> np.ndarray:
    """A compact copy that cannot be written to: the index is shared by all who scan the same file."""
    compact = np.ascontiguousarray(array)
    compact.setflags(write=False)
    return compact
