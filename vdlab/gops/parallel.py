"""Decode the wanted frames of a video segment by segment, on several workers, into one batch."""

from collections.abc import Sequence

import numpy as np
from joblib.externals.loky import cpu_count
from torchcodec import Frame, FrameBatch

from vdlab.gops.batches import Rows, SizeChange
from vdlab.gops.feeding import Contradiction, feed
from vdlab.gops.linear import linear_frames
from vdlab.gops.segments import Segment, planned
from vdlab.notes import note
from vdlab.video import Video
from vdlab.video.index import PacketIndex
from vdlab.video.video import FRAME_THREADS

MOST_FFMPEG_THREADS = 32


def decode_linearly(video: Video, indices: Sequence[int], threads: int, device: str = "cpu") -> FrameBatch:
    """Decode frames from the first on, see `vdlab.gops.linear`."""
    rows = Rows(video, len(indices), device)
    _linearly(video, np.asarray(indices), np.arange(len(indices)), rows, threads)
    return rows.finished()


def decode_segments(
    video: Video,
    indices: Sequence[int],
    workers: int,
    prune: bool,
    device: str = "cpu",
    todo: Sequence[Segment] | None = None,
) -> FrameBatch:
    """Decode frames in parallel where the stream is understood; what is not, or comes out otherwise, linearly.

    Args:
        indices: frame numbers in any order, repeats allowed.
        prune: leave out what nobody needs.
        todo: the segments, where somebody has planned them already.

    Raises:
        VideoError: a frame does not decode.
    """
    index = video.index
    if index.doubt or not len(indices):
        if index.doubt:
            note(f"decoded by linear, from the first frame on, because it cannot be decoded in segments: {index.doubt}")
        return decode_linearly(video, indices, workers, device)
    rows = Rows(video, len(indices), device)
    todo = planned(index, indices, workers, prune) if todo is None else todo
    numbers = np.asarray(indices, dtype=np.int64)

    def deliver(segment: Segment, which: int, frame: Frame) -> None:
        row = int(segment.rows[which])
        try:
            rows.put(row, frame, float(index.durations[numbers[row]]))
        except SizeChange as error:  # seen out of order, it says the wrong time
            raise Contradiction("its frames change their size") from error

    _ = index.durations  # worked out once, before workers ask for it
    threads = ffmpeg_threads(index, todo, workers)
    for seek in (True, False):
        todo, reason = feed(index, todo, deliver, workers, threads, seek, device)
        if not reason:
            return rows.finished()
    note(f"decoded by linear, from the first frame on, because it cannot be decoded in segments: {reason}")
    if rows.mixed:
        return decode_linearly(video, indices, workers, device)
    left = np.sort(np.concatenate([segment.rows for segment in todo]))
    rows.filled[left] = False
    _linearly(video, numbers[left], left, rows, workers)
    return rows.finished()


def ffmpeg_threads(index: PacketIndex, todo: Sequence[Segment], workers: int) -> int:
    """How many threads FFmpeg gets in each decoder, for the CPUs that would have no segment to decode.

    | workers | segments                                                | threads |
    |---------|---------------------------------------------------------|---------|
    | 1 or 2  | fewer than 2 a worker, and one has over 55 % of the bytes | 2 a worker, in one decoder |
    | 3 more  | fewer than 4 a worker                                   | 2 a worker, at most 32 |
    | any     | more                                                    | 1       |

    Codecs whose threads all work on one frame get one thread: a second one costs more than it gains.
    """
    if index.header.codec not in FRAME_THREADS or workers == 1 or not todo:
        return 1
    sizes = [segment.size for segment in todo]
    if workers == 2:
        return 2 * workers if len(sizes) < 2 * workers and max(sizes) > 0.55 * sum(sizes) else 1
    return min(2 * workers, MOST_FFMPEG_THREADS) if len(sizes) < 4 * workers else 1


def _linearly(video: Video, numbers: np.ndarray, to: np.ndarray, rows: Rows, threads: int) -> None:
    """Decode frames linearly, each to its row of a batch or its several."""
    wanted: dict[int, list[int]] = {}
    for number, row in zip(numbers.tolist(), to.tolist(), strict=True):
        wanted.setdefault(number, []).append(row)
    for number, frame in linear_frames(video, wanted, threads=max(1, min(threads, cpu_count()))):
        for row in wanted[number]:
            rows.put(row, frame, frame.duration_seconds)
    missing = int(np.count_nonzero(~rows.filled))
    if missing:
        note(f"{video.path}: {missing} of {rows.count} frames do not decode and were left out")
