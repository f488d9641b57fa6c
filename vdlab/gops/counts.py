"""How often each packet of a video is sent to a decoder: what the strategies really differ in.

Nothing is decoded here. The numbers follow from the packets and from how TorchCodec seeks, and are the numbers that
FFmpeg's own log shows when the strategies run (tests/gops/test_work.py).
"""

from collections.abc import Sequence

import numpy as np

from vdlab.gops.segments import planned, split
from vdlab.video import SeekMode
from vdlab.video.index import PacketIndex
from vdlab.video.video import FRAME_THREADS

ONE_DECODER = ("sequential", "ffmpeg-threads")
EQUAL_CHUNKS = ("threads", "processes", "shared-memory", "hybrid")
FED = {"keyframe-threads": False, "pruned-threads": True}
"""Strategies that feed packets to decoders, and whether they leave out what nobody needs."""

COUNTED = (*ONE_DECODER, *EQUAL_CHUNKS, *FED)
"""Strategies of which it is known what they decode."""

MOST_REORDERED = 16
"""Frames. Neither H.264 nor HEVC lets a frame be decoded before more than so many that are shown earlier."""


def uncountable(index: PacketIndex, seek_mode: SeekMode) -> str:
    """Why it cannot be said what TorchCodec decodes of a stream when it seeks there itself; empty where it can.

    Strategies that feed packets are another matter: they can be counted wherever the index has no doubt.
    """
    if index.doubt:
        return index.doubt
    if not index.header.seekable:
        return f"it is not known where a seek in {index.header.container.split(',')[0]} ends"
    # FFmpeg looks at a keyframe's presentation time too, but only for closed groups of these two codecs.
    looked_at = index.header.codec in ("h264", "hevc") and index.fresh[index.start].all()
    if seek_mode == "approximate" and index.header.mp4 and reordered(index) and not looked_at:
        return "approximate seeking does not find all of its frames"
    return ""


def times_decoded(
    index: PacketIndex,
    indices: Sequence[int],
    strategy: str,
    workers: int = 1,
    ffmpeg_threads: int = 1,
    seek_mode: SeekMode = "exact",
) -> np.ndarray:
    """int64 [packets]: how often a strategy sends each packet to a decoder, to get at the frames `indices`.

    A decoder gives a frame out once it has been sent as many more as may be shown before it, and those of FFmpeg's
    threads that are still at work. TorchCodec seeks, and begins again at a keyframe, whenever the next wanted frame
    does not follow on the last one and has another keyframe, further away than the frames that the decoder holds
    (`SingleStreamDecoder::can_we_avoid_seeking`). What is
    decoded once, when a file is opened, to see what it holds, is not counted.

    Args:
        index: of a stream without `uncountable`; for strategies that feed packets, without doubt.
        indices: frame numbers in any order, repeats allowed.
        strategy: one of `COUNTED`.
        workers, ffmpeg_threads, seek_mode: as the strategy is called with.
    """
    times = np.zeros(len(index.pts), dtype=np.int64)
    if strategy in FED:
        for segment in planned(index, indices, workers, FED[strategy]):
            times[segment.packets] += 1
        return times
    late = reordered(index)
    flushes = index.fresh if index.header.codec == "hevc" else np.zeros(len(times), dtype=bool)
    inside = {"ffmpeg-threads": workers, "hybrid": ffmpeg_threads}.get(strategy, 1)
    working = inside - 1 if index.header.codec in FRAME_THREADS else 0
    # By decoding times, a frame shown shortly before a keyframe, but after that was decoded, seems to belong to it, and
    # TorchCodec seeks for it: the seek ends at the keyframe before, and all from there on is decoded a second time.
    seek_times = index.dts if seek_mode == "approximate" and index.header.mp4 else index.pts
    for chunk in split(sorted(indices), 1 if strategy in ONE_DECODER else workers):
        times += _sent(index, index.shown[chunk], seek_times, late, working, flushes, seek_mode == "exact")
    return times


def frame_types(index: PacketIndex, numbers: range) -> str:
    """A letter for each of the frames `numbers`, in the order shown.

    `K` is a frame at which decoding may begin. Of the others `I`, `P` and `B` are what the stream says, in small
    letters where no other frame needs them. `?` is any other frame.
    """
    positions = index.shown[list(numbers)]
    letters = index.frame_type[positions].copy()
    disposable = index.disposable[positions]
    letters[disposable] = np.char.lower(letters[disposable])
    letters[index.start[positions]] = "K"
    return "".join(letters.tolist())


def reordered(index: PacketIndex) -> int:
    """The most frames that are decoded before a frame and shown after it."""
    later = np.zeros(len(index.pts), dtype=np.int64)
    for distance in range(1, min(MOST_REORDERED, len(later) - 1) + 1):
        later[distance:] += index.pts[:-distance] > index.pts[distance:]
    return int(later.max())


def _sent(
    index: PacketIndex,
    wanted: np.ndarray,
    seek_times: np.ndarray,
    late: int,
    working: int,
    flushes: np.ndarray,
    exact: bool,
) -> np.ndarray:
    """int64 [packets]: how often each packet is sent to the decoder that returns the frames `wanted`.

    Args:
        wanted: int64: positions of the wanted frames, in the order shown.
        seek_times: int64 [packets]: by which a keyframe is looked up.
        late: how many more frames a decoder waits for before it gives one out.
        working: how many frames its threads are still at work on.
        flushes: bool [packets]: which make it give out all before them, without waiting.
        exact: the keyframes' numbers are known.
    """
    pts, keyframes = index.pts, np.flatnonzero(index.keyframe)
    rank = np.empty(len(pts), dtype=np.int64)
    rank[np.argsort(pts, kind="stable")] = np.arange(len(pts))
    group = np.searchsorted(seek_times[keyframes], pts[wanted], side="right") - 1
    landing = keyframes[np.maximum(0, np.searchsorted(pts[keyframes], pts[wanted], side="right") - 1)]
    flush = np.append(np.flatnonzero(flushes), len(pts))
    next_flush = flush[np.searchsorted(flush[:-1], wanted, side="right")]
    until = np.minimum(np.minimum(rank[wanted] + late, next_flush) + 1 + working, len(pts))
    known = (group[1:] >= 0) & (group[:-1] >= 0)
    if exact:
        jump = rank[keyframes[np.maximum(0, group[1:])]] - rank[wanted[:-1]]
    else:  # the keyframe's number is not known, and the wanted frame's stands for it; both are worked out from times
        jump = np.diff(np.floor(index.seconds(pts[wanted]) * float(index.header.rate)))
    near = (np.diff(group) == 0) | (jump <= late + working)
    follows = (np.diff(rank[wanted]) == 1) | (known & near)
    seeks = np.append(True, ~follows)
    ends = np.append(~follows, True)
    changes = np.zeros(len(pts) + 1, dtype=np.int64)
    np.add.at(changes, landing[seeks], 1)
    np.add.at(changes, until[ends], -1)
    return changes.cumsum()[:-1]
