"""A copy of a few packets of a video, made in memory: what is not in it cannot be decoded in vain.

The copy has a clock of its own, one tick a frame. Frames are asked for by their number in the copy and recognised
by its clock; when they are really shown is known from the index of the original.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import av
import numpy as np
import torch
from av.container import InputContainer
from av.video.stream import VideoStream
from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.demux import opened, packets
from vdlab.frames import GROUP_BYTES, copy_pixels
from vdlab.packets import NO_TIMESTAMP, PacketIndex
from vdlab.planning import Chunk
from vdlab.spans import span

T = TypeVar("T")

TICKS_PER_SECOND = 90_000
"""Of the copy's clock. Its rate means nothing, but MP4 keeps this one as it is."""


class CopyError(RuntimeError):
    """The copy or its frames are not what the index says. The message completes "it cannot be decoded in parts: "."""


@dataclass(frozen=True, eq=False)
class Copy:
    """Packets of a video as an MP4 file in memory.

    Attributes:
        data: the file.
        numbers: int64 [packets]: the frame number in the copy of each of its packets, in decoding order.
        ticks: int64 [packets]: when each is shown by the copy's clock.
    """

    data: bytes
    numbers: np.ndarray
    ticks: np.ndarray


def decode_chunk(index: PacketIndex, chunk: Chunk, batch: FrameBatch, ffmpeg_threads: int = 1) -> None:
    """Copy a chunk's packets, decode the copy, and write the wanted frames to their rows of `batch`.

    Raises:
        CopyError: the file does not give the packets of the index again, or a frame comes out at another time.
        RuntimeError: TorchCodec cannot decode the copy.
    """
    copy = make(index, chunk.packets)
    decoder = VideoDecoder(copy.data, seek_mode="exact", num_ffmpeg_threads=ffmpeg_threads)
    at = np.searchsorted(chunk.packets, chunk.wanted)
    group = max(1, GROUP_BYTES // batch.data[0].numel())
    for begin in range(0, len(at), group):
        here = at[begin : begin + group]
        frames = decoder.get_frames_at(copy.numbers[here].tolist())
        if frames.pts_seconds.tolist() != [tick / TICKS_PER_SECOND for tick in copy.ticks[here].tolist()]:
            raise CopyError("a frame came out at another time than its packet's")
        if frames.data.shape[1:] != batch.data.shape[1:]:
            raise CopyError(f"a frame came out as {tuple(frames.data.shape[1:])}, not {tuple(batch.data.shape[1:])}")
        with span("copying", len(here)):
            for row, frame in zip(chunk.rows[begin : begin + group].tolist(), frames.data, strict=True):
                copy_pixels(batch.data[row], frame)
    rows = torch.from_numpy(chunk.rows)
    batch.pts_seconds[rows] = seconds(index.pts[chunk.wanted], index.time_base)
    batch.duration_seconds[rows] = seconds(index.duration[chunk.wanted], index.time_base)


def seconds(times: np.ndarray, time_base: Fraction) -> torch.Tensor:
    """Times in units of the time base as seconds, rounded as TorchCodec rounds them: multiplied, then divided."""
    return torch.from_numpy(times.astype(np.float64) * time_base.numerator / time_base.denominator)


@span("starting")
def make(index: PacketIndex, positions: np.ndarray) -> Copy:
    """Copy the packets at `positions`, ascending and beginning at a start, to an MP4 file in memory.

    Raises:
        CopyError: the file does not give the packets of the index again, or MP4 cannot hold them.
    """
    numbers, decoded, shown = clock(index, positions)
    starts = index.start[positions].tolist()
    data = read_again(
        index, positions, lambda stream, found: mux(stream, found, starts, decoded.tolist(), shown.tolist())
    )
    return Copy(data, numbers, shown)


def read_again(index: PacketIndex, positions: np.ndarray, use: Callable[[VideoStream, Iterator[av.Packet]], T]) -> T:
    """What `use` makes of the stream and its packets at `positions`, ascending, read from the file once more.

    Args:
        use: called a second time, with the packets from the first one on, where a seek was led astray.

    Raises:
        CopyError: the file does not give the packets of the index again, or `use` raises it.
    """
    try:
        return _read_again(index, positions, use, seek=True)
    except CopyError:
        return _read_again(index, positions, use, seek=False)


def _read_again(
    index: PacketIndex, positions: np.ndarray, use: Callable[[VideoStream, Iterator[av.Packet]], T], seek: bool
) -> T:
    with opened(index.path, index.stream_index) as (container, stream):
        return use(stream, read(container, stream, index, positions, seek))


def clock(index: PacketIndex, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The frame numbers in the copy of the packets at `positions`, and the ticks when they are decoded and shown.

    Each group of pictures has its own stretch of the copy's clock, twice as long as it has frames: its packets are
    decoded in the first half and shown in the second. So whoever looks for the last start decoded before a
    group's first frame is shown finds that group's, however short it is; in ordinary files that can fail.

    Returns:
        Three arrays, int64 [packets].
    """
    begins = np.flatnonzero(index.start[positions])
    lengths = np.diff([*begins, len(positions)])
    group = np.repeat(np.arange(len(begins)), lengths)
    numbers = np.empty(len(positions), dtype=np.int64)
    numbers[np.argsort(index.pts[positions], kind="stable")] = np.arange(len(positions))
    decoded = np.arange(len(positions)) + begins[group]
    return numbers, decoded, numbers + begins[group] + lengths[group]


def read(
    container: InputContainer, stream: VideoStream, index: PacketIndex, positions: np.ndarray, seek: bool
) -> Iterator[av.Packet]:
    """Yield the packets at `positions`, ascending, checking every one on the way against the index.

    Args:
        seek: jump close to the first one; wherever that lands, the index knows the place.

    Raises:
        CopyError: a packet is not as the index says, or comes after the first one that is looked for.
    """
    first, last = int(positions[0]), int(positions[-1])
    wanted = set(positions.tolist())
    position = None if seek and first else 0
    if position is None:
        time = index.dts[first] if index.dts[first] != NO_TIMESTAMP else index.pts[first]
        container.seek(int(time), stream=stream)
    for packet in packets(container, stream):
        if position is None:
            position = place(index, packet)
            if position is None or position > first:
                break
        if packet.pts != index.pts[position] or packet.size != index.size[position]:
            break
        if position in wanted:
            yield packet
        if position == last:
            return
        position += 1
    raise CopyError("reading it again gives other packets")


def place(index: PacketIndex, packet: av.Packet) -> int | None:
    """The position of a packet met out of the blue; None where it is not clear."""
    if packet.pts is None:
        return None
    (matches,) = np.nonzero((index.pts == packet.pts) & (index.size == packet.size))
    return int(matches[0]) if len(matches) == 1 else None


def mux(
    source: VideoStream,
    found: Iterable[av.Packet],
    starts: Sequence[bool],
    decoded: Sequence[int],
    shown: Sequence[int],
) -> bytes:
    """The packets as an MP4 file, with new times.

    Raises:
        CopyError: MP4 cannot hold them.
    """
    file = io.BytesIO()
    tick = Fraction(1, TICKS_PER_SECOND)
    # Without an edit list, times in the file are times on the clock.
    options = {"use_editlist": "0", "video_track_timescale": str(TICKS_PER_SECOND)}
    try:
        with av.open(file, "w", format="mp4", options=options) as output:
            stream = output.add_stream_from_template(source, opaque=True)
            stream.time_base = tick
            for packet, start, dts, pts in zip(found, starts, decoded, shown, strict=True):
                packet.stream = stream
                packet.time_base = tick
                packet.dts, packet.pts, packet.duration = dts, pts, 1
                packet.is_keyframe = start
                output.mux(packet)
    except (av.FFmpegError, ValueError) as error:
        raise CopyError(f"its packets do not fit into a copy ({error})") from error
    return file.getvalue()
