"""Which packets must be decoded for which frames, and how wanted frames are divided among workers.

Three numbers name a frame. Its *frame number* counts frames in the order shown; that is what users ask for. Its
*position* counts packets in the order stored. Its *row* is where it belongs in the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vdlab.errors import SettingsError
from vdlab.video.index import PacketIndex

SEGMENTS_A_WORKER = 4
"""Segments that overlap are put together up to as many bytes as leave each worker so many segments."""


@dataclass(frozen=True, eq=False)
class Segment:
    """What one worker decodes at a time: from a start up to the last wanted frame that depends on it.

    Attributes:
        rows: int64 [wanted]: where each wanted frame belongs in the result.
        wanted: int64 [wanted]: which of `times` they have, ascending; one that is wanted twice is in it twice.
        packets: int64 [packets]: the positions of what must be decoded, ascending.
        times: float64 [frames]: when each frame of these packets is shown, in seconds, in the order in which they must
            come out of the decoder.
        size: bytes of the packets, which is what decoding them costs.
        start_seconds: when to seek for the first packet.
    """

    rows: np.ndarray
    wanted: np.ndarray
    packets: np.ndarray
    times: np.ndarray
    size: int
    start_seconds: float


def segments(index: PacketIndex, numbers: Sequence[int], prune: bool, together: int = 0) -> list[Segment]:
    """What must be decoded for the wanted frames, one segment a start, in the order stored.

    Args:
        index: of a stream without doubt.
        numbers: frame numbers in any order, repeats allowed; row i of the result is for the i-th of them.
        prune: leave out what neither is wanted nor is needed by what is.
        together: of segments that overlap, as open GOPs do, those are decoded in one that have no more bytes than this
            together: what both need is then decoded once.
    """
    asked = np.asarray(numbers, dtype=np.int64)
    rows = np.argsort(asked, kind="stable")
    wanted = index.shown[asked[rows]]
    starts = decoding_starts(index)[wanted]
    borders = [0, *(np.flatnonzero(np.diff(starts)) + 1).tolist(), len(wanted)] if len(wanted) else [0]
    found: list[Segment] = []
    first = 0  # of the wanted frames, the first that belongs to the segment last found
    for begin, end in pairwise(borders):
        start = int(starts[begin])
        if found and not index.fresh[start] and found[-1].packets[-1] >= start:
            joined = _segment(index, int(starts[first]), rows[first:end], wanted[first:end], prune)
            if joined.size <= together:
                found[-1] = joined
                continue
        found.append(_segment(index, start, rows[begin:end], wanted[begin:end], prune))
        first = begin
    return found


def planned(index: PacketIndex, numbers: Sequence[int], workers: int, prune: bool) -> list[Segment]:
    """The segments for so many workers: one a start, but that those which overlap are decoded as one where there is
    work enough for everybody all the same."""
    return segments(index, numbers, prune, together=int(index.size.sum()) // (SEGMENTS_A_WORKER * workers))


def split(indices: Sequence[int], chunks: int) -> list[list[int]]:
    """Cut `indices` into at most `chunks` consecutive chunks whose lengths differ by at most one.

    Joined, they give `indices` again. None is empty: with more chunks asked for than there are indices, every index is
    a chunk of its own.

    Raises:
        SettingsError: `chunks` is less than one.
    """
    if chunks < 1:
        raise SettingsError(f"{chunks} workers cannot decode anything; ask for at least 1")
    count = min(chunks, len(indices))
    borders = [len(indices) * number // count for number in range(count + 1)] if count else []
    return [list(indices[start:stop]) for start, stop in pairwise(borders)]


def decoding_starts(index: PacketIndex) -> np.ndarray:
    """int64 [packets]: for each packet, the position at which decoding must begin for its frame to be exact.

    That is the last start before it, with one exception: a frame that is stored after a start but shown before it (a
    leading picture, as in open GOPs) may need what came before, and begins one start earlier.
    """
    starts = np.flatnonzero(index.start)
    last = np.maximum(0, np.searchsorted(starts, np.arange(len(index.pts)), side="right") - 1)
    leading = index.pts < index.pts[starts[last]]
    return starts[np.maximum(0, last - leading)]


def needed(index: PacketIndex, start: int, wanted: np.ndarray, prune: bool) -> np.ndarray:
    """int64: positions of the packets, from `start` to the last wanted one, without what can be left out.

    Leading pictures of the start are never needed, because no wanted frame of this start refers to them; those that
    others refer to are decoded all the same where the codec counts them (H.264's frame numbers have no holes).
    """
    stop = int(wanted.max()) + 1
    here = slice(start, stop)
    if prune and index.writes.any():
        return start + np.flatnonzero(closure(index.reads[here], index.writes[here], wanted - start))
    keep = ~index.disposable[here] if prune else np.ones(stop - start, dtype=bool)
    following = np.flatnonzero(index.start[start + 1 : stop])
    until = int(following[0]) + 1 if len(following) else stop - start
    leading = (index.pts[here] < index.pts[start]) & (np.arange(stop - start) < until)
    keep[leading & (index.disposable[here] | (index.header.codec != "h264"))] = False
    keep[wanted - start] = True
    return start + np.flatnonzero(keep)


def closure(reads: np.ndarray, writes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """bool [packets]: what the wanted packets need, by the slots that each reads and fills; found from the end on."""
    keep = np.zeros(len(reads), dtype=bool)
    keep[wanted] = keep[0] = True  # the start also brings the header of the sequence
    slots = 0
    for position in range(len(reads) - 1, -1, -1):
        fills = int(writes[position])
        if keep[position] or fills & slots:
            keep[position] = True
            slots = slots & ~fills | int(reads[position])
    return keep


def _segment(index: PacketIndex, start: int, rows: np.ndarray, wanted: np.ndarray, prune: bool) -> Segment:
    packets = needed(index, start, wanted, prune)
    frames = packets[~index.hidden[packets] & (index.pts[packets] >= index.pts[start])]
    pts = np.sort(index.pts[frames])
    return Segment(
        rows=rows,
        wanted=np.searchsorted(pts, index.pts[wanted]),
        packets=packets,
        times=index.seconds(pts),
        size=int(index.size[packets].sum()),
        # MP4 looks keyframes up by when they are decoded, others by when they are shown.
        start_seconds=float(index.seconds(index.dts[[start]] if index.header.mp4 else index.pts[[start]])[0]),
    )
