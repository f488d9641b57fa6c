"""The strategy for those who do not want to choose, by a model with few constants, all of them measured.

Feeding packets decodes less, but Python holds its lock for a while for every packet that is fed, and only one thread
can. `VideoDecoder` holds it for no packet, but decodes whatever lies between. Where frames are small, or workers many,
the lock decides.

Measured on two CPUs of an AMD EPYC, x264's default output, microseconds a packet to decode and convert: 64x64 31,
160x90 74, 320x180 215, 640x360 800, 1280x720 3,100. That is a constant and so much a pixel. The other codecs were
measured at one or two of these sizes; where they are not known, it matters little, for only small frames are in doubt.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import numpy as np
from joblib.externals.loky import cpu_count

from vdlab.gops.parallel import ffmpeg_threads
from vdlab.gops.segments import Segment, planned
from vdlab.strategies.registry import Strategy, find
from vdlab.video import Video
from vdlab.video.index import PacketIndex
from vdlab.video.video import unseen

PACKET = 16.0
"""Microseconds that any packet takes to decode, however small its frame."""

PIXEL = {"h264": 3.5e-3, "hevc": 1.9e-3, "av1": 2.3e-3, "vp9": 4.4e-3}
"""Microseconds of decoding for every pixel of a frame."""

OTHER_PIXEL = 2e-3

LOCK = 55.0
"""Microseconds for which Python's lock is held for a packet that is fed: sending it, receiving, bookkeeping."""

READ = 4.5
"""Microseconds, under the same lock, for a packet that is read."""

THREADS_BEGIN = 25_000.0
"""Microseconds until joblib's threads have opened their decoders and are done with."""


def auto(video: Video, indices: Sequence[int], workers: int, beside: int = 1) -> tuple[Strategy, int]:
    """The fastest strategy that is safe for these frames, and its number of workers; nothing is measured.

    That is `linear` where something speaks against decoding segments of the file, and mostly `pruned-threads`, which
    decodes the least. Where frames are so small, or workers so many, that Python's lock would hold up those who feed
    packets, or where there is nothing to leave out, it is `threads` or `sequential`, but only where it is known that a
    seek ends at the right place. More workers than CPUs are never used.

    Args:
        beside: so many videos are decoded at a time, and wait for one another's lock.
    """
    index = video.index
    used = max(1, min(workers, cpu_count()))
    if index.doubt:
        return find("linear"), used
    todo = planned(index, indices, used, prune=True)
    pixels = prod(video.stored_size)
    found = {"pruned-threads": fed_microseconds(index, todo, used, ffmpeg_threads(index, todo, used), pixels, beside)}
    if index.header.seekable and video.damaged == "raise" and not unseen(video):
        found["sequential"] = seeking_microseconds(index, indices, 1, pixels)
        if used > 1:
            found["threads"] = seeking_microseconds(index, indices, used, pixels)
    return find(min(found, key=found.__getitem__)), used


def fed_microseconds(
    index: PacketIndex, todo: Sequence[Segment], workers: int, threads: int, pixels: int, beside: int
) -> float:
    """How long segments take that are fed to `workers` decoders of `threads` FFmpeg threads each."""
    packets = sum(len(segment.packets) for segment in todo)
    busy = [_decoding(index, segment, pixels) for segment in todo]
    spread = max(sum(busy) / workers, max(busy) / min(threads, workers)) + LOCK * packets / workers
    return READ * int(todo[-1].packets[-1]) + max(spread, LOCK * packets * beside)


def seeking_microseconds(index: PacketIndex, indices: Sequence[int], workers: int, pixels: int) -> float:
    """How long the same frames take where `VideoDecoder` seeks for them, in one thread or over `workers` chunks."""
    todo = planned(index, indices, 1, prune=False)
    alone = sum(_decoding(index, segment, pixels) for segment in todo)
    if workers == 1:
        return alone
    # A chunk begins in the middle of a GOP, which it decodes from its keyframe on.
    return THREADS_BEGIN + alone / workers + alone * (1 - 1 / workers) / len(todo)


def sections(video: Video, indices: Sequence[int], seconds: float) -> list[np.ndarray]:
    """The rows of the result, int64, cut where segments begin into sections that take some `seconds` each to decode; a
    single one where that is all, or where nothing can be decoded on its own or found without reading what is before."""
    index, pixels = video.index, prod(video.stored_size)
    rows = np.arange(len(indices))
    if index.doubt or not index.header.seekable or len(index.pts) * (pixels * OTHER_PIXEL + PACKET) < seconds * 1e6:
        return [rows]
    todo = planned(index, indices, 1, prune=True)
    ends = np.cumsum([_decoding(index, segment, pixels) for segment in todo])
    number = (ends // (seconds * 1e6)).astype(np.int64)
    borders = np.flatnonzero(np.diff(number)) + 1
    return [
        np.concatenate([segment.rows for segment in todo[begin:end]])
        for begin, end in pairwise([0, *borders.tolist(), len(todo)])
    ]


def _decoding(index: PacketIndex, segment: Segment, pixels: int) -> float:
    """Microseconds to decode a segment: by its bytes, for large packets take longer, and its packets."""
    whole = len(index.pts) * pixels * PIXEL.get(index.header.codec, OTHER_PIXEL)
    return whole * segment.size / max(1, int(index.size.sum())) + PACKET * len(segment.packets)
