"""Every frame from the first on: no seek, nothing left out; right for any file that decodes at all.

What no seek has touched cannot be misplaced: the n-th frame that comes out is frame n. Only where a decoder gives no
frame for a packet, because it is damaged, do the times tell which one is missing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from itertools import chain

from torchcodec import Frame
from torchcodec.decoders import ColorConverter, Demuxer, Packet, RawFrame

from vdlab.errors import VideoError, one_line
from vdlab.gops.segments import segments
from vdlab.machine.stopping import go_on
from vdlab.tracing.spans import span
from vdlab.video import Video
from vdlab.video.index import PacketIndex
from vdlab.video.source import open_decoder, open_demuxer

Refused = Callable[[Iterable[int], str], None]
"""Told the positions of packets of which one is refused by the decoder, or none can be read, and why."""


def linear_frames(video: Video, wanted: Collection[int] | None = None, threads: int = 1) -> Iterator[tuple[int, Frame]]:
    """Yield the wanted frames with their numbers, in the order in which they come out.

    Args:
        video: with `damaged="skip"`, frames that do not come out are left out.
        wanted: frame numbers; None for all.
        threads: FFmpeg's.

    Raises:
        VideoError: a wanted frame does not decode, or needs a packet that the decoder refuses.
    """
    index = video.index
    numbers = range(index.num_frames) if wanted is None else wanted
    due = set(numbers)
    if not due:
        return
    strict = video.damaged == "raise"
    # Some codecs say with an empty packet that a frame is shown on, and decoders refuse it.
    needs = cache(lambda: _needed(index, sorted(due)) if index.size.all() else set())

    def refused(positions: Iterable[int], why: str) -> None:
        if strict and due and not needs().isdisjoint(positions):
            raise _undecodable(video, min(due), why)

    if not strict or index.maybe_damaged:
        threads = 1  # what FFmpeg paints over what is missing depends on their number
    converter = ColorConverter("cpu")
    known = set(index.times.tolist()) if index.timed else set()
    came = 0
    with span("decoding", len(due)):
        for number, raw in numbered(raw_frames(index, threads, refused), index):
            # Where the stream itself is doubtful, nobody knows what needs a frame that does not come out.
            if number > came and not index.doubt:
                refused(index.shown[came:number].tolist(), "a frame that it needs does not come out of the decoder")
            came = number + 1
            if number in due:
                due.remove(number)
                try:
                    frame = converter.convert(raw)
                except RuntimeError as error:
                    raise VideoError(f"{video.path}: frame {number} has no RGB: {one_line(error)}") from error
                time = frame.pts_seconds if frame.pts_seconds in known else float(index.times[number])
                yield number, Frame(frame.data, time, float(index.durations[number]))
            if not due:
                return
    if strict:
        raise _undecodable(video, min(due), "no frame comes out of the decoder")


def raw_frames(index: PacketIndex, threads: int, refused: Refused) -> Iterator[RawFrame]:
    """Feed all packets to one decoder. One that it refuses is told of and passed over."""
    demuxer = open_demuxer(index.source, index.header.stream_index)
    decoder = open_decoder(index.source, demuxer, threads)
    for position, packet in enumerate(_read(demuxer, index, refused)):
        go_on()
        try:
            frames = decoder.decode(packet)
        except RuntimeError as error:
            # With several threads, what is refused is some packet before.
            refused(range(max(0, position - threads + 1), position + 1), one_line(error))
            continue
        yield from frames
    yield from decoder.drain()


def _read(demuxer: Demuxer, index: PacketIndex, refused: Refused) -> Iterator[Packet]:
    position = 0
    while True:
        try:
            packet = next(demuxer)
        except StopIteration:
            return
        except RuntimeError as error:
            refused(range(position, len(index.pts)), one_line(error))
            return
        yield packet
        position += 1


def numbered(frames: Iterator[RawFrame], index: PacketIndex) -> Iterator[tuple[int, RawFrame]]:
    """Number the frames as they come out: by their times, where no two have the same, and else by counting."""
    times = index.times.tolist() if index.timed else []
    by_time = {time: number for number, time in enumerate(times)}
    if len(by_time) < len(times):
        by_time = {}
    number = -1
    for frame in frames:
        number = by_time.get(frame.pts_seconds, number + 1)
        yield number, frame


def _needed(index: PacketIndex, numbers: list[int]) -> set[int]:
    """The positions of the packets without which these frames are not what they should be."""
    if not index.start.any():
        return set(range(int(index.shown[numbers].max()) + 1))
    needed = segments(index, numbers, prune=not index.doubt)
    return set(chain.from_iterable(segment.packets.tolist() for segment in needed))


def _undecodable(video: Video, number: int, why: str) -> VideoError:
    return VideoError(
        f"{video.path}: frame {number} at {video.index.times[number]:.3f} s does not decode ({why}); copy or download "
        "it again, or leave out what is damaged with damaged='skip'"
    )
