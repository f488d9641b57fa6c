"""The packet index: what one pass through a video says of every packet; nothing is decoded for it."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from vdlab.errors import VideoError, harmless, one_line
from vdlab.machine import ffmpeg
from vdlab.notebook import facts
from vdlab.tracing.spans import span
from vdlab.video import picture
from vdlab.video.picture import Picture
from vdlab.video.pictures import reader
from vdlab.video.sampling import sound_rate
from vdlab.video.source import Source, as_source, open_decoder, open_demuxer, opened, packets, readable_file

NO_TIMESTAMP = int(np.iinfo(np.int64).min)
"""Stands in `PacketIndex.pts` and `.dts` for a timestamp that the container does not give."""

NO_TIMES = "its container does not keep when frames are shown"
LOST_TIMES = "decoders lose the times of program streams"
REPEATED = "some of its timestamps are repeated"

SOUND = frozenset((NO_TIMES, LOST_TIMES, REPEATED, picture.CHANGED, picture.NOT_IN_HEADER))
"""Doubts of files that need not be damaged."""

FIRST_PACKETS = 100
"""So many say how fast frames follow each other where the header does not."""

WINDOW_PACKETS = 64
"""A window of a stream has at least so many, where a start comes then."""

MADE_UP_TIMES = frozenset(
    ("avi", "dirac", "h261", "h263", "h264", "hevc", "m4v", "mjpeg", "mpegvideo", "obu", "rawvideo", "vc1", "vvc")
)
"""FFmpeg's names of containers, and of raw streams, that do not keep when frames are shown. What FFmpeg says of them is
worked out from when they are decoded, and wrong where that order is another."""

LONGEST_WINDOW = 20_000
"""Packets. Where no start comes in so many, a stream is not cut."""


class Header(NamedTuple):
    """What a file says of its video stream before the first packet.

    Attributes:
        stream_index: index of the stream in the file, counted over all streams, of sound too.
        codec: FFmpeg's name of the codec: "h264", "hevc", "av1", ...; "unknown" where FFmpeg cannot decode it.
        container: FFmpeg's names of the container's format: "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts", ...
        time_base: seconds a unit of time.
        rate: frames per second on average, rounded to a rate that videos have.
        bit_rate: of the stream, in bits per second; None where the file does not say.
        size: (height, width) of its frames before any rotation; zeros where the file does not say.
    """

    stream_index: int
    codec: str
    container: str
    time_base: Fraction
    rate: Fraction
    bit_rate: int | None
    size: tuple[int, int] = (0, 0)

    @property
    def mp4(self) -> bool:
        """Whether it is MP4 or MOV, whose index of keyframes says when they are decoded, not when they are shown."""
        return "mp4" in self.container.split(",")

    @property
    def seekable(self) -> bool:
        """Whether the container knows where its keyframes are, and FFmpeg's seek is known to end there."""
        return self.mp4 or "matroska" in self.container.split(",")


class Row(NamedTuple):
    """What the container and the packet itself say of a packet; times in units of the time base."""

    pts: int
    dts: int
    duration: int
    size: int
    keyframe: bool
    hidden: bool
    damaged: bool
    picture: Picture


@dataclass(frozen=True, eq=False)
class PacketIndex:
    """What one pass says of every packet of a video stream, or of a window of it, in the order stored.

    Arrays have shape [packets] unless said otherwise, are read-only, and count time in units of `time_base` seconds.
    """

    source: Source
    header: Header
    pts: np.ndarray
    """int64: when the frame is shown; `NO_TIMESTAMP` where the container does not say."""
    dts: np.ndarray
    """int64: when the packet is decoded; `NO_TIMESTAMP` where the container does not say."""
    duration: np.ndarray
    """int64: how long the container says that the frame is shown; 0 where it does not."""
    size: np.ndarray
    """int64: bytes."""
    keyframe: np.ndarray
    """bool: what the container calls a keyframe."""
    hidden: np.ndarray
    """bool: no frame is shown for it: an edit list cuts it away, it is only there for others, or what it needs is
    missing at the beginning of the file."""
    disposable: np.ndarray
    """bool: no other frame needs it."""
    start: np.ndarray
    """bool: decoding may begin here; what is shown from this frame on needs nothing before it."""
    fresh: np.ndarray
    """bool: a start which, with all that is stored after it, needs nothing before it. Others, as in open GOPs, are
    followed by leading pictures: stored after the start, shown before it, and in need of what came before."""
    frame_type: np.ndarray
    """str: I, P or B, and ? for what is not known."""
    reads: np.ndarray
    """uint8: of AV1, a bit for each of the decoder's eight slots whose frames it may need; else 0."""
    writes: np.ndarray
    """uint8: of AV1, a bit for each slot that it fills; else 0."""
    shown: np.ndarray
    """int64 [num_frames]: the positions of the packets whose frames are shown, in the order shown."""
    timed: bool
    """Whether the container says of every frame when it is shown."""
    doubt: str
    """What speaks against decoding segments of it on their own, completing "it cannot be decoded in segments: "; empty
    for nothing."""

    def __repr__(self) -> str:
        name = harmless(self.source.path.name)
        return f"<PacketIndex of {name}: {len(self.pts):,} packets, {len(self.shown):,} frames>"

    def _repr_html_(self) -> str:
        types = [f"{(self.frame_type == letter).sum():,} {letter}" for letter in sorted(set(self.frame_type))]
        known = {
            "Packets": f"{len(self.pts):,}, {self.size.sum():,} bytes",
            "Frames shown": f"{len(self.shown):,}",
            "Starts": f"{self.start.sum():,}, {self.fresh.sum():,} of them fresh",
            "Keyframes": f"{self.keyframe.sum():,}",
            "Disposable": f"{self.disposable.sum():,}",
            "Types": ", ".join(types),
            "Doubt": self.doubt,
        }
        return facts(f"Packets of {self.source.path}", known)

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)  # the index is everybody's who scans the same file

    @property
    def known(self) -> bool:
        """Whether packets of its codec say what others need of them."""
        return bool((self.frame_type != "?").any())

    @property
    def maybe_damaged(self) -> bool:
        """Whether the packets themselves contradict each other, or some are missing."""
        return self.known and bool(self.doubt) and self.doubt not in SOUND

    @property
    def num_frames(self) -> int:
        """How many frames are shown."""
        return int(np.count_nonzero(~self.hidden))

    @cached_property
    def times(self) -> np.ndarray:
        """float64 [num_frames]: when each frame is shown, in seconds.

        Where the container does not say, frames are shown in their order at the times at which packets are decoded;
        where it does not keep those either, one after the other at the average rate.
        """
        if self.timed:
            return self.seconds(self.pts[self.shown])
        decoded = self.dts[~self.hidden]
        if (decoded != NO_TIMESTAMP).all() and (np.diff(decoded) > 0).all():
            return self.seconds(decoded)
        return np.arange(self.num_frames) / float(self.header.rate)

    @cached_property
    def durations(self) -> np.ndarray:
        """float64 [num_frames]: how long each frame is shown, in seconds: until the next one is.

        What the container says counts where there is no next one, or it is shown no later; and where the container
        does not say, what a frame takes at the average rate.
        """
        said = self.seconds(self.duration[self.shown])
        said[said <= 0] = 1 / float(self.header.rate)
        until_next = self.seconds(np.diff(self.pts[self.shown])) if self.timed else np.diff(self.times)
        return np.append(np.where(until_next >= 0, until_next, said[:-1]), said[-1:])

    @property
    def keyframe_numbers(self) -> np.ndarray:
        """int64 [shown keyframes]: the frame numbers of the keyframes, in the order shown, from 0."""
        return np.flatnonzero(self.keyframe[self.shown])

    @property
    def gop_lengths(self) -> np.ndarray:
        """int64 [keyframes]: packets from each keyframe to the next one or the end, in the order stored.

        What comes before the first keyframe belongs to no GOP and is not counted.
        """
        starts = np.flatnonzero(self.keyframe)
        return np.diff(np.append(starts, len(self.pts)))

    def seconds(self, units: np.ndarray) -> np.ndarray:
        """Times in seconds, to the last bit as TorchCodec computes them: multiplied first, then divided."""
        base = self.header.time_base
        return units.astype(np.float64) * base.numerator / base.denominator


def scan(video: Source | str | os.PathLike[str] | bytes | BinaryIO) -> PacketIndex:
    """Index the packets of a file's best video stream, which TorchCodec decodes too, in one pass; nothing is decoded.

    The last few indices of files stay in memory and are used again while size and modification time are the same; one
    that the source holds counts as it is.

    Args:
        video: a local video file, bytes or a file object.

    Raises:
        VideoError: the file is missing or no video, its stream holds no packets, or reading it fails.
    """
    source = as_source(video)
    if source.data is not None and source.index is None:
        # Of a twin, or the bytes would live on in a circle once nobody needs them any more.
        source.index = _scan(Source(source.path, source.data))
    if source.index is not None:
        return source.index
    readable_file(source.path)  # it may have vanished since it was opened
    status = source.path.stat()
    return _scan_file(str(source.path), status.st_size, status.st_mtime_ns)


def forget() -> None:
    """Have the next `scan` of any file read it again."""
    _scan_file.cache_clear()


@lru_cache(maxsize=16)
def _scan_file(path: str, size: int, mtime_ns: int) -> PacketIndex:
    return _scan(as_source(path))


@span("starting")
def _scan(source: Source) -> PacketIndex:
    with opened(source, probe=False) as (container, stream):
        read = rows(container, stream)
        first = list(islice(read, FIRST_PACKETS))
        header = read_header(container, stream, first)
        return index_of(source, header, chain(first, read), beginning=True)


def windows(source: Source) -> Iterator[tuple[int, PacketIndex, int, int]]:
    """Index a video bit by bit, no further ahead than the next start.

    Yields:
        The position of a window's first packet in the file; the window's index; and of its shown frames which are its
        own: from the first number up to, not including, the second. The others, shown before its first start or from
        the next window's start on, are its neighbours'.

    Raises:
        VideoError: the file is no video, or reading it fails.
    """
    with opened(source, probe=False) as (container, stream):
        read = rows(container, stream)
        first = list(islice(read, FIRST_PACKETS))
        header = read_header(container, stream, first)
        begin, start = 0, 0  # `start`: where in `held` the next window begins
        held: list[Row] = []
        for row in chain(first, read, [None]):
            if start and (row is None or row.pts > held[start].pts or row.picture.start):
                index = index_of(source, header, held, beginning=begin == 0)
                yield begin, index, *_own(index, begin > 0, start)
                begin, held, start = begin + start, held[start:], 0
            if row is None or len(held) > LONGEST_WINDOW:
                break
            if row.picture.start and len(held) >= WINDOW_PACKETS:
                start = len(held)
            held.append(row)
        index = index_of(source, header, chain(held, read), beginning=begin == 0)
        yield begin, index, *_own(index, begin > 0, None)


def _own(index: PacketIndex, after_another: bool, start: int | None) -> tuple[int, int]:
    """Which of a window's shown frames are its own: from its first start on, up to the next window's first."""
    pts = index.pts[index.shown]
    first = np.searchsorted(pts, index.pts[0]) if after_another else 0
    return int(first), len(pts) if start is None else int(np.searchsorted(pts, index.pts[start]))


def read_header(container: InputContainer, stream: VideoStream, first: Sequence[Row]) -> Header:
    """What a file says of its video stream; `first` are the first rows, for what it does not say."""
    base = stream.time_base or Fraction(1)
    times = [row.pts for row in first if row.pts != NO_TIMESTAMP]
    took = (max(times) - min(times)) * base if times else None
    rate = stream.average_rate or ((len(times) - 1) / took if took else stream.guessed_rate) or Fraction(25)
    context = stream.codec_context
    bit_rate, size = (context.bit_rate, (context.height, context.width)) if context else (None, (0, 0))
    return Header(stream.index, _codec(stream), container.format.name, base, sound_rate(rate), bit_rate or None, size)


def _codec(stream: VideoStream) -> str:
    """FFmpeg's name of the codec, whichever decoder reads it."""
    return stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"


def rows(container: InputContainer, stream: VideoStream) -> Iterator[Row]:
    """Read a stream's packets one after the other.

    Raises:
        VideoError: reading fails.
    """
    context, codec = stream.codec_context, _codec(stream)
    look = reader(codec, context.extradata or b"") if context else None
    only_fresh = codec == "h264" and _loses_the_last_frames()
    unknown = f"nothing is known here of how {codec} orders its frames"
    for packet in packets(container, stream):
        key = packet.is_keyframe
        said = look(memoryview(packet)) if look else Picture("?", key, key, doubt=unknown)
        if only_fresh and said.start != said.fresh:
            said = said._replace(start=said.fresh)
        yield Row(
            NO_TIMESTAMP if packet.pts is None else packet.pts,
            NO_TIMESTAMP if packet.dts is None else packet.dts,
            packet.duration or 0,
            packet.size,
            packet.is_keyframe,
            packet.is_discard,
            packet.is_corrupt,
            said,
        )


def index_of(source: Source, header: Header, read: Iterable[Row], beginning: bool) -> PacketIndex:
    """The index of these packets.

    Args:
        beginning: they are the first of the file. Else they begin with a start, and leading pictures of it are known
            from the packets before.

    Raises:
        VideoError: there are none.
    """
    found = list(read)
    if not found:
        raise VideoError(f"{source.path}: holds no video frames; choose another file")
    *numbers, pictures = zip(*found, strict=True)
    pts, dts, duration, size = (np.array(column, dtype=np.int64) for column in numbers[:4])
    keyframe, hidden, damaged = (np.array(column, dtype=bool) for column in numbers[4:])
    types, start, fresh, disposable, layer, _, reads, writes, comes, _ = map(np.array, zip(*pictures, strict=True))
    # Pictures of higher temporal layers may refer to those of lower ones, so only the highest layer counts.
    disposable = disposable & (layer == layer.max())
    hidden |= ~comes | (size == 0)  # some codecs say so that a frame is shown on; no decoder gives one for it
    doubts = [one.doubt for one in pictures if one.doubt][:1]
    if damaged.any():
        doubts.append("it holds damaged packets")
    if beginning and (early := _early(pts, start)).any():
        hidden |= early & ~_come_out(source, header, pts, start)
        if (early & ~hidden).any() or not start.any():
            doubts.append("it does not begin with a frame that can be decoded on its own")
    shown = np.flatnonzero(~hidden)
    timed = bool((pts[shown] != NO_TIMESTAMP).all())
    if header.container in MADE_UP_TIMES:  # right only where frames are shown as they are decoded
        timed &= bool((pts[shown] == dts[shown]).all())
    if timed and "matroska" in header.container:
        dts[:] = NO_TIMESTAMP  # Matroska keeps none, and without a decoder FFmpeg's guesses are wrong
    by_pts = shown[np.argsort(pts[shown], kind="stable")] if timed else shown
    orders = [pictures[position].order for position in shown.tolist()]
    in_order = by_pts if doubts and timed else _in_order(shown, orders, by_pts)
    if header.container == "mpeg":
        doubts.append(LOST_TIMES)
    if not timed:
        doubts.append(NO_TIMES)
    elif (np.diff(pts[by_pts]) == 0).any():
        doubts.append(REPEATED)
    elif (in_order != by_pts).any():
        doubts.append("its timestamps contradict the order of its frames")
    return PacketIndex(
        source=source,
        header=header,
        pts=pts,
        dts=dts,
        duration=duration,
        size=size,
        keyframe=keyframe,
        hidden=hidden,
        disposable=disposable,
        start=start,
        fresh=fresh,
        frame_type=types,
        reads=reads.astype(np.uint8),
        writes=writes.astype(np.uint8),
        shown=in_order,
        timed=timed,
        doubt=doubts[0] if doubts else "",
    )


def _in_order(shown: np.ndarray, orders: list[int | None], by_pts: np.ndarray) -> np.ndarray:
    """The positions of the shown packets in the order shown: by the stream's own word, and where it has none by pts.

    Args:
        orders: of the shown packets; None where the codec shows frames in the order stored.
    """
    if None not in orders:
        return shown[np.argsort(np.array(orders, dtype=np.int64), kind="stable")]
    return shown if all(order is None for order in orders) else by_pts


@cache
def _loses_the_last_frames() -> bool:
    """Whether FFmpeg keeps to itself the last frames of an H.264 stream that is decoded from a recovery point on.

    5.1 does, 8.1 does not; those between are taken for older ones. IDR pictures are starts in all of them.
    """
    codecs = ffmpeg.ensure().libraries.get("avcodec", "0")
    return int(codecs.split(".")[0]) < 62


def _early(pts: np.ndarray, start: np.ndarray) -> np.ndarray:
    """bool [packets]: stored or shown before the first start of the file, which is what they may need."""
    first = int(start.argmax()) if start.any() else len(start) - 1
    after = np.flatnonzero(start[first + 1 :])
    until = first + 1 + (int(after[0]) if len(after) else len(start))
    position = np.arange(len(pts))
    return (position < first) | ((position < until) & (pts < pts[first]))


def _come_out(source: Source, header: Header, pts: np.ndarray, start: np.ndarray) -> np.ndarray:
    """bool [packets]: whose frame comes out of a decoder that begins with the file's first packet.

    Decoders withhold frames whose references they have not seen, each codec's by its own rules. So the beginning is
    decoded, as far as the first start is shown; all later ones count as coming out.
    """
    base = header.time_base
    seconds = pts.astype(np.float64) * base.numerator / base.denominator
    until = seconds[start.argmax()] if start.any() else np.inf
    came: list[float] = []
    demuxer = open_demuxer(source, header.stream_index)
    decoder = open_decoder(source, demuxer)
    try:
        for packet in demuxer:
            try:
                came += [frame.pts_seconds for frame in decoder.decode(packet)]
            except RuntimeError:  # refused: it may well be the next one that begins
                continue
            if came and came[-1] >= until:
                break
        else:
            came += [frame.pts_seconds for frame in decoder.drain()]
    except (RuntimeError, ValueError) as error:
        raise VideoError(f"{source.path}: TorchCodec cannot read it: {one_line(error)}") from error
    return (seconds > max(came, default=-np.inf)) | np.isin(seconds, came)
