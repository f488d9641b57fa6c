"""Packets read once, in order, and fed to the decoders of several workers: the one way in which frames are decoded
in parallel here. What is not fed is not decoded.

A packet is opaque in Python: nothing says whether it really is the one that the index means. That is seen at the other
end: frames come out in the order shown, and each must carry the next time that is expected of what was fed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from queue import SimpleQueue
from threading import Barrier

import numpy as np
from torchcodec import Frame
from torchcodec.decoders import ColorConverter, Packet, RawFrame, VideoPacketDecoder

from vdlab.errors import one_line
from vdlab.gops.segments import Segment
from vdlab.machine.stopping import go_on
from vdlab.tracing.spans import span
from vdlab.video.index import PacketIndex
from vdlab.video.source import open_decoder, open_demuxer

AHEAD_BYTES = 48 * 2**20
"""Packets read and not decoded yet are held in memory: no more than this, beside what is being decoded."""

FEW_PACKETS = 2_000
"""Of a short video: all of it is read, in some milliseconds, before the first worker begins."""

SEEK_BYTES = 2 * 2**20
"""Reading on costs less than a seek where the next packet is nearer than this."""

Deliver = Callable[[Segment, int, Frame], None]
"""Takes a segment, which of its wanted frames it is, and the frame."""


class Contradiction(RuntimeError):
    """What came out of a decoder is not what the index says. Completes "it cannot be decoded in segments: "."""


class Feeder:
    """One reader, and workers with a decoder each.

    Used as a context manager: leaving it cancels what has not begun, and waits for what has.

    Args:
        index: of the file.
        workers: how many segments are decoded at a time.
        ffmpeg_threads: of each decoder.
        device: where frames are decoded and converted.
    """

    def __init__(self, index: PacketIndex, workers: int, ffmpeg_threads: int = 1, device: str = "cpu") -> None:
        self.demuxer = open_demuxer(index.source, index.header.stream_index)
        self.position = 0
        self._held: dict[int, Packet] = {}
        self._decoders: SimpleQueue[tuple[VideoPacketDecoder, ColorConverter]] = SimpleQueue()
        for _ in range(workers):
            decoder = open_decoder(index.source, self.demuxer, ffmpeg_threads, device)
            self._decoders.put((decoder, ColorConverter(device)))
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="vdlab-decode")
        # All threads are started before the first has work: starting one takes milliseconds beside another that works.
        begun = Barrier(workers + 1)
        for _ in range(workers if workers > 1 else 0):
            self._pool.submit(begun.wait)
        if workers > 1:
            begun.wait()

    def __enter__(self) -> "Feeder":
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def read(self, segment: Segment, offset: int = 0, hold_from: int | None = None) -> list[Packet]:
        """The packets of a segment; segments must be read in the order stored.

        Args:
            offset: position in the file of the packet that the segment calls 0.
            hold_from: packets from this position on are held for the next segment, which may overlap with this one.

        Raises:
            Contradiction: the file ends before, or cannot be read so far.
        """
        first = int(segment.packets[0]) + offset
        self._held = {position: packet for position, packet in self._held.items() if position >= first}
        wanted = (segment.packets + offset).tolist()
        found = []
        for position in wanted:
            while self.position <= position:
                packet = self._next()
                if self.position == position or (hold_from is not None and self.position >= hold_from):
                    self._held[self.position] = packet
                self.position += 1
            found.append(self._held[position])
        if hold_from is None:
            self._held = {}
        return found

    def seek(self, seconds: float, position: int) -> None:
        """Jump to the packet at `position`, or so it is hoped: whether it is shows when its frame comes out."""
        try:
            self.demuxer.seek(seconds)
        except RuntimeError as error:
            raise Contradiction(one_line(error)) from error
        self.position, self._held = position, {}

    def submit(self, segment: Segment, packets: list[Packet], deliver: Deliver) -> "Future[Segment]":
        """Have a worker decode a segment."""
        return self._pool.submit(self.decode, segment, packets, deliver)

    def decode(self, segment: Segment, packets: list[Packet], deliver: Deliver) -> Segment:
        """Decode a segment in this thread.

        Raises:
            Contradiction: a frame comes out at another time than expected, or not at all; or the decoder refuses a
                packet. Wanted frames before that are delivered.
        """
        decoder, converter = self._decoders.get()
        try:
            with span("decoding", len(segment.wanted)):
                for which, frame in decoded(segment, packets, decoder, converter):
                    deliver(segment, which, frame)
            return segment
        finally:
            decoder.reset()
            self._decoders.put((decoder, converter))

    def _next(self) -> Packet:
        try:
            return next(self.demuxer)
        except StopIteration:
            raise Contradiction("reading it again ends early") from None
        except RuntimeError as error:
            raise Contradiction(one_line(error)) from error


def decoded(
    segment: Segment, packets: Iterable[Packet], decoder: VideoPacketDecoder, converter: ColorConverter
) -> Iterator[tuple[int, Frame]]:
    """Feed the packets to a decoder, look at the time of every frame, and yield the wanted ones in RGB.

    Raises:
        Contradiction: see `Feeder.decode`.
    """
    times, wanted = segment.times.tolist(), segment.wanted.tolist()
    begin = times[0]
    came = which = 0
    for raw in _raw_frames(packets, decoder):
        if raw.pts_seconds < begin and not came:
            continue  # a leading picture that nobody asked for
        if came == len(times) or raw.pts_seconds != times[came]:
            raise Contradiction(f"a frame came out at {raw.pts_seconds:.3f} s that belongs elsewhere")
        if which < len(wanted) and wanted[which] == came:
            try:
                frame = converter.convert(raw)
            except RuntimeError as error:
                raise Contradiction(one_line(error)) from error
            while which < len(wanted) and wanted[which] == came:
                yield which, frame
                which += 1
            if which == len(wanted):
                return
        came += 1
    if which < len(wanted):
        raise Contradiction(f"the frame at {times[came]:.3f} s did not come out")


def _raw_frames(packets: Iterable[Packet], decoder: VideoPacketDecoder) -> Iterator[RawFrame]:
    try:
        for packet in packets:
            go_on()
            yield from decoder.decode(packet)
        yield from decoder.drain()
    except RuntimeError as error:
        raise Contradiction(one_line(error)) from error


def _read_all(
    feeder: Feeder, index: PacketIndex, todo: Sequence[Segment], seek: bool
) -> Iterator[tuple[Segment, list[Packet]]]:
    """Read the packets of all segments, in the order stored."""
    seek = seek and index.header.seekable
    ends = np.append(0, np.cumsum(index.size))
    for number, segment in enumerate(todo):
        first = int(segment.packets[0])
        if seek and first > feeder.position and ends[first] - ends[feeder.position] > SEEK_BYTES:
            feeder.seek(segment.start_seconds, first)
        following = todo[number + 1 : number + 2]
        yield segment, feeder.read(segment, hold_from=int(following[0].packets[0]) if following else None)


def feed(
    index: PacketIndex,
    todo: Sequence[Segment],
    deliver: Deliver,
    workers: int,
    ffmpeg_threads: int,
    seek: bool,
    device: str = "cpu",
) -> tuple[list[Segment], str]:
    """Decode segments, given in the order stored, with `workers` workers.

    Args:
        seek: jump over what nobody needs where the container knows how.

    Returns:
        The segments that were not decoded to their end, and why; none, and an empty reason, where all was well.
    """
    unfinished = {id(segment): segment for segment in todo}
    running: dict[Future[Segment], int] = {}
    reason = ""
    with Feeder(index, min(workers, len(todo)), ffmpeg_threads, device) as feeder:

        def wait_until_few(limit: int) -> None:
            """Wait until no more than `limit` bytes are with the workers."""
            while running and sum(running.values()) > limit:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    del running[future]
                    del unfinished[id(future.result())]

        try:
            if workers == 1 or len(todo) == 1:
                for segment, packets in _read_all(feeder, index, todo, seek):
                    del unfinished[id(feeder.decode(segment, packets, deliver))]
            else:
                read: Iterable[tuple[Segment, list[Packet]]] = _read_all(feeder, index, todo, seek)
                if sum(segment.size for segment in todo) <= AHEAD_BYTES and len(index.pts) <= FEW_PACKETS:
                    # Largest first: whatever is taken last, while other workers are done already, should be short.
                    read = sorted(read, key=lambda pair: pair[0].size, reverse=True)
                for segment, packets in read:
                    wait_until_few(AHEAD_BYTES)
                    running[feeder.submit(segment, packets, deliver)] = segment.size
                wait_until_few(-1)
        except Contradiction as error:
            reason = str(error)
        finally:
            for future in running:
                future.cancel()
    for future in running:
        if not future.cancelled():
            with suppress(Contradiction):
                del unfinished[id(future.result())]
    return list(unfinished.values()), reason
