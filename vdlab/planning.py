"""Which packets must be decoded for which frames, and how they are shared out among workers.

Three numbers name a frame. Its *frame number* counts frames in the order in which they are shown; that is what
users ask for. Its *position* counts packets in the order in which they are decoded. Its *row* is where it belongs
in the result.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vdlab.chunking import balanced
from vdlab.packets import NO_TIMESTAMP, PacketIndex

CHUNKS_PER_WORKER = 4
"""More chunks than workers: who is done early takes another, so that all are done at about the same time."""

CHUNK_BYTES = 8 * 2**20
"""A chunk's packets are held in memory while it is decoded, so long videos are cut into more chunks."""

WHOLE_PACKETS = frozenset(("h264", "hevc", "vp9", "av1", "mpeg4", "mjpeg", "prores", "ffv1"))
"""Codecs in which a packet is a frame that is shown, and a keyframe needs nothing before it."""

SMALLEST_MPEG4_FRAME = 16
"""Bytes. MPEG-4 says with less than this that a frame is not coded, and then none comes out of the decoder."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """What one worker decodes at a time.

    Attributes:
        rows: int64 [frames]: where each frame belongs in the result.
        wanted: int64 [frames]: the positions of these frames, in the order in which they are shown.
        packets: int64 [packets]: the positions of all packets that must be decoded for them, ascending.
    """

    rows: np.ndarray
    wanted: np.ndarray
    packets: np.ndarray


@lru_cache(maxsize=16)
def doubt(index: PacketIndex) -> str:
    """Why a part of the stream cannot be decoded on its own with certainty, in words; empty where it can."""
    if index.codec not in WHOLE_PACKETS:
        return f"nothing is known here of how {index.codec} orders its frames"
    if index.doubt:
        return index.doubt
    if (index.pts == NO_TIMESTAMP).any():
        return "some of its frames have no timestamp"
    if len(np.unique(index.pts)) < len(index.pts):
        return "some of its timestamps are repeated"
    if index.codec == "mpeg4" and index.size.min() < SMALLEST_MPEG4_FRAME:
        return "some of its packets may hold no frame"
    if not index.start[0] or index.pts[0] != index.pts.min():
        return "it does not begin with a frame that can be decoded on its own"
    starts = np.flatnonzero(index.start)
    first, last = np.minimum.reduceat(index.pts, starts), np.maximum.reduceat(index.pts, starts)
    if (last[:-1] > first[1:]).any():
        return "frames after a keyframe are shown among those before it"
    return ""


def plan(index: PacketIndex, indices: Sequence[int], chunks: int, prune: bool) -> list[Chunk]:
    """Cut the wanted frames into chunks that begin at keyframes and cost about the same.

    Args:
        index: of a stream without `doubt`.
        indices: frame numbers in any order, repeats allowed.
        chunks: how many to aim for; there are fewer where there are fewer keyframes, and more where the packets
            would be too many to hold in memory.
        prune: leave out disposable frames that nobody asked for.
    """
    if not len(indices):
        return []
    numbers = np.asarray(indices, dtype=np.int64)
    rows = np.argsort(numbers, kind="stable")
    wanted = index.shown[numbers[rows]]
    starts = decoding_starts(index)[wanted]
    borders = [0, *(np.flatnonzero(np.diff(starts)) + 1), len(wanted)]
    runs = [slice(begin, end) for begin, end in itertools.pairwise(borders)]
    packets = [needed(index, starts[run.start], wanted[run], prune) for run in runs]
    room = sum(int(index.size[run].sum()) for run in packets) // CHUNK_BYTES + 1
    groups = balanced([len(run) for run in packets], max(chunks, room))
    # A start that is not fresh cannot follow on a group of which something was left out.
    borders = {group.start for group in groups} | set(np.flatnonzero(~index.fresh[starts[[run.start for run in runs]]]))
    result = []
    for begin, end in itertools.pairwise(sorted(borders | {len(runs)})):
        part = slice(runs[begin].start, runs[end - 1].stop)
        result.append(Chunk(rows[part], wanted[part], np.unique(np.concatenate(packets[begin:end]))))
    return result


def decoding_starts(index: PacketIndex) -> np.ndarray:
    """int64 [packets]: for each packet, the position at which decoding must begin for its frame to be exact.

    That is the last start before it, with one exception: a frame that is decoded after a start but shown before
    it (a leading picture, as in open GOPs) may need what came before, and begins one start earlier.
    """
    starts = np.flatnonzero(index.start)
    group = np.searchsorted(starts, np.arange(len(index.pts)), side="right") - 1
    leading = index.pts < index.pts[starts[group]]
    return starts[group - leading]


def needed(index: PacketIndex, start: int, wanted: np.ndarray, prune: bool) -> np.ndarray:
    """int64: positions of the packets from `start` to the last wanted one, without what can be left out."""
    stop = int(wanted.max()) + 1
    keep = np.ones(stop - start, dtype=bool)
    if prune and index.disposable is not None:
        keep = ~index.disposable[start:stop]
        keep[wanted - start] = True
    return start + np.flatnonzero(keep)
