"""The strategy for those who do not want to choose, by a model with few constants, all of them measured.

Feeding packets decodes less, but Python holds its lock for a while for every packet that is fed, and only one thread
can. `VideoDecoder` holds it for no packet, but decodes whatever lies between. Where frames are small, or workers many,
the lock decides.

Measured on two CPUs of an AMD EPYC, x264's default output, microseconds a packet to decode and convert: 64x64 31,
160x90 74, 320x180 215, 640x360 800, 1280x720 3,100. That is a constant and so much a pixel. The other codecs were
measured at one or two of these sizes; where they are not known, it matters little, for only small frames are in doubt.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import prod

import numpy as np
from joblib.externals.loky import cpu_count

from vdlab.gops.parallel import decode_segments, ffmpeg_threads
from vdlab.gops.segments import Segment, decoding_starts, planned
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

    Returns:
        The strategy, for these frames alone where segments have been planned for it; and how many workers it gets.
    """
    index = video.index
    used = min(workers, cpu_count()) if workers > 1 else 1
    if index.doubt:
        return find("linear"), used
    seeks = index.header.seekable and video.damaged == "raise" and not unseen(video)
    if seeks and used == 1 and not index.disposable.any() and not index.writes.any():
        return find("sequential"), used  # it decodes the same packets, so there is nothing to plan
    todo = planned(index, indices, used, prune=True)
    pixels = prod(video.stored_size)
    found = {"pruned-threads": fed_microseconds(index, todo, used, ffmpeg_threads(index, todo, used), pixels, beside)}
    if seeks:
        found["sequential"] = seeking_microseconds(index, indices, 1, pixels)
        if used > 1:
            found["threads"] = seeking_microseconds(index, indices, used, pixels)
    best = find(min(found, key=found.__getitem__))
    if best.name == "pruned-threads":
        best = replace(best, decode=partial(decode_segments, prune=True, todo=todo))
    return best, used


def fed_microseconds(
    index: PacketIndex, todo: Sequence[Segment], workers: int, threads: int, pixels: int, beside: int
) -> float:
    """How long segments take that are fed to `workers` decoders of `threads` FFmpeg threads each."""
    packets = sum(len(segment.packets) for segment in todo)
    busy = [_decoding(index, segment.size, len(segment.packets), pixels) for segment in todo]
    spread = max(sum(busy) / workers, max(busy) / min(threads, workers)) + LOCK * packets / workers
    return READ * int(todo[-1].packets[-1]) + max(spread, LOCK * packets * beside)


def seeking_microseconds(index: PacketIndex, indices: Sequence[int], workers: int, pixels: int) -> float:
    """How long the same frames take where `VideoDecoder` seeks for them, in one thread or over `workers` chunks."""
    wanted = index.shown[np.sort(indices)]
    starts = decoding_starts(index)[wanted]
    first = np.flatnonzero(np.diff(starts, prepend=-1))
    ends = np.maximum.reduceat(wanted, first) + 1
    begins = np.maximum(starts[first], np.append(0, ends[:-1]))  # what two GOPs need, as open ones do, is decoded once
    until = np.append(0, np.cumsum(index.size))
    alone = _decoding(index, int((until[ends] - until[begins]).sum()), int((ends - begins).sum()), pixels)
    if workers == 1:
        return alone
    # A chunk begins in the middle of a GOP, which it decodes from its keyframe on.
    return THREADS_BEGIN + alone / workers + alone * (1 - 1 / workers) / len(first)


def sections(video: Video, indices: Sequence[int], seconds: float) -> list[np.ndarray]:
    """The rows of the result, int64, cut where segments begin into sections that take some `seconds` each to decode; a
    single one where that is all, or where nothing can be decoded on its own or found without reading what is before."""
    index, pixels = video.index, prod(video.stored_size)
    rows = np.arange(len(indices))
    if index.doubt or not index.header.seekable or len(index.pts) * (pixels * OTHER_PIXEL + PACKET) < seconds * 1e6:
        return [rows]
    todo = planned(index, indices, 1, prune=True)
    ends = np.cumsum([_decoding(index, segment.size, len(segment.packets), pixels) for segment in todo])
    number = (ends // (seconds * 1e6)).astype(np.int64)
    borders = np.flatnonzero(np.diff(number)) + 1
    return [
        np.concatenate([segment.rows for segment in todo[begin:end]])
        for begin, end in pairwise([0, *borders.tolist(), len(todo)])
    ]


def _decoding(index: PacketIndex, size: int, packets: int, pixels: int) -> float:
    """Microseconds to decode so many packets of so many bytes in all: large ones take longer."""
    whole = len(index.pts) * pixels * PIXEL.get(index.header.codec, OTHER_PIXEL)
    return whole * size / max(1, int(index.size.sum())) + PACKET * packets
