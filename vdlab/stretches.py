"""A video cut at its keyframes while it is read: no index comes first, and no more is held than one stretch."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import numpy as np
import torch
from av.container import InputContainer
from av.video.stream import VideoStream

from vdlab.copies import TICKS_PER_SECOND, CopyError, mux, seconds
from vdlab.demux import opened, packets
from vdlab.packets import codec_name, picture_reader, stream_doubt
from vdlab.planning import SMALLEST_MPEG4_FRAME, WHOLE_PACKETS
from vdlab.video import Video

LONGEST_BYTES = 64 * 2**20
LONGEST_PACKETS = 20_000
"""A stretch is held in memory, so it must end somewhere."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Consecutive wanted frames and, as a file in memory, all that must be decoded for them.

    Attributes:
        numbers: the wanted frames' numbers in the video, ascending.
        pts_seconds, duration_seconds: float64 [frames]: when each is shown, and for how long.
        data: the file.
        copied: the wanted frames' numbers in the file.
        clock: when each is shown in the file, in seconds; it tells whether the right frame came out.
    """

    numbers: list[int]
    pts_seconds: torch.Tensor
    duration_seconds: torch.Tensor
    data: bytes
    copied: list[int]
    clock: list[float]


@dataclass(frozen=True, eq=False)
class _Packet:
    """A packet, and what the video says of it: in a copy it gets other times."""

    packet: av.Packet
    pts: int
    duration: int
    start: bool
    hidden: bool
    disposable: bool


@dataclass(eq=False)
class _Run:
    """What is decoded from one start on: its packets, then the next start and the leading pictures of that."""

    packets: list[_Packet] = field(default_factory=list)
    size: int = 0

    @property
    def begin(self) -> int:
        """When the start is shown."""
        return self.packets[0].pts

    def add(self, packet: _Packet) -> None:
        self.packets.append(packet)
        self.size += packet.packet.size
        if self.size > LONGEST_BYTES or len(self.packets) > LONGEST_PACKETS:
            raise CopyError(f"no keyframe comes for {len(self.packets):,} frames")


def stretches(video: Video, step: int) -> Iterator[Stretch]:
    """Yield the stretches that hold every `step`-th frame, in order, reading no further than each needs.

    Frames are counted as they are shown. What is shown before a keyframe is decoded before it or, as a leading
    picture, right after it: once the first frame after those has been read, the count is final.

    Raises:
        CopyError: something in the stream speaks against decoding it in parts.
        VideoError: reading fails.
    """
    with opened(video.path, video.stream_index) as (container, stream):
        codec = codec_name(stream)
        doubt = stream_doubt(container, codec, stream, False, [])
        if codec not in WHOLE_PACKETS:
            doubt = f"nothing is known here of how {codec} orders its frames"
        if doubt:
            raise CopyError(doubt)
        first = 0
        for run, end in _runs(_packets(container, stream, codec)):
            shown = _shown(run, end)
            offset = -first % step
            if offset < len(shown):
                yield _copied(stream, run, shown[offset::step], range(first + offset, first + len(shown), step))
            first += len(shown)


def _packets(container: InputContainer, stream: VideoStream, codec: str) -> Iterator[_Packet]:
    """The packets of the stream, each looked at once."""
    look = picture_reader(codec, stream)
    for packet in packets(container, stream):
        picture = look(packet) if look else None
        if packet.pts is None:
            raise CopyError("some of its frames have no timestamp")
        if packet.is_corrupt:
            raise CopyError("it holds damaged packets")
        if picture and not picture.parameters_known:
            raise CopyError("its parameters change on the way")
        if codec == "mpeg4" and packet.size < SMALLEST_MPEG4_FRAME:
            raise CopyError("some of its packets may hold no frame")
        yield _Packet(
            packet,
            packet.pts,
            packet.duration or 0,
            start=picture.start if picture else packet.is_keyframe,
            hidden=packet.is_discard,
            disposable=codec == "h264" and picture.unreferenced,
        )


def _runs(found: Iterator[_Packet]) -> Iterator[tuple[_Run, float]]:
    """Yield each run, and when the first frame of the next one is shown."""
    run = following = None  # `following` is the next run, while its leading pictures still come in
    for packet in found:
        if packet.start:
            if following:
                yield run, following.begin
                run = following
            if run is None:
                run = _Run()
            else:
                following = _Run()
                following.add(packet)
        elif run is None:
            raise CopyError("it does not begin with a frame that can be decoded on its own")
        elif following and packet.pts < following.begin:
            following.add(packet)
        elif following:
            yield run, following.begin
            run, following = following, None
        elif packet.pts < run.begin:
            raise CopyError("frames after a keyframe are shown among those before it")
        run.add(packet)
    if following:
        yield run, following.begin
        run = following
    if run:
        yield run, math.inf


def _shown(run: _Run, end: float) -> list[int]:
    """The positions in the run of the frames that are its own, in the order in which they are shown."""
    late = [packet for packet in run.packets if packet.pts > end or (packet.pts == end and not packet.start)]
    if late:
        raise CopyError("frames before a keyframe are shown after it")
    own = [n for n, packet in enumerate(run.packets) if run.begin <= packet.pts < end and not packet.hidden]
    own.sort(key=lambda position: run.packets[position].pts)
    if len({run.packets[position].pts for position in own}) < len(own):
        raise CopyError("some of its timestamps are repeated")
    return own


def _copied(stream: VideoStream, run: _Run, wanted: list[int], numbers: range) -> Stretch:
    """A stretch with the wanted frames of a run, given by position.

    Nothing is copied that is decoded after the last of them, nor H.264's disposable frames that nobody wants.
    """
    asked = set(wanted)
    kept = [n for n in range(max(wanted) + 1) if n in asked or not run.packets[n].disposable]
    order = sorted(kept, key=lambda position: run.packets[position].pts)
    rank = {position: number for number, position in enumerate(order)}
    shown_at = [len(kept) + rank[position] for position in kept]
    starts = [position == 0 for position in kept]
    data = mux(stream, [run.packets[n].packet for n in kept], starts, range(len(kept)), shown_at)
    base = stream.time_base
    return Stretch(
        list(numbers),
        seconds(np.array([run.packets[n].pts for n in wanted]), base),
        seconds(np.array([run.packets[n].duration for n in wanted]), base),
        data,
        [rank[n] for n in wanted],
        [(len(kept) + rank[n]) / TICKS_PER_SECOND for n in wanted],
    )
