"""Decode a video of any length in batches: in order, in parallel, with a bounded number of frames in memory."""

import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from joblib import cpu_count

from vdlab.copies import CopyError
from vdlab.errors import SettingsError
from vdlab.frames import GROUP_BYTES, allocate, copy_pixels
from vdlab.sampling import sampling_step
from vdlab.stretches import Stretch, stretches
from vdlab.truth import linear_frames
from vdlab.video import Video, as_video

if TYPE_CHECKING:
    from torchcodec import FrameBatch
    from torchcodec.decoders import VideoDecoder


def stream(
    video: Video | str | os.PathLike[str],
    fps: float = 2,
    batch_size: int = 64,
    *,
    workers: int | None = None,
    ahead: int | None = None,
) -> Iterator["FrameBatch"]:
    """Decode sampled frames in batches, in the order in which they are shown, while the caller uses the last batch.

    The frames are those of `vdlab.decode(video, fps=fps)`, true ones, without the scan of the whole file that exact
    seeking needs: packets are read as they are wanted, cut at keyframes, and each stretch is copied in memory and
    decoded by one of `workers` threads. A video that cannot be cut with certainty is decoded from the first frame
    to the last, by FFmpeg's threads. The step between frames follows from the rate in the file's header.

    Never more than `ahead` batches are decoded or being decoded, beside the one that the caller has. Ending the
    loop early ends the work and its threads.

    Args:
        video: a video, or the path of one.
        fps: target sampling rate, in frames per second of video.
        batch_size: frames a batch; the last one may have fewer.
        workers: threads; the CPUs this process may use if None.
        ahead: batches; two for each worker if None. A stretch is decoded by one worker, so where it gives more
            frames than fit into a batch (dense sampling, keyframes far apart), a larger number keeps more of them busy.

    Returns:
        A generator of batches: uint8 `[N, 3, H, W]`, pts and durations in seconds, float64 `[N]`.

    Raises:
        VideoError: the video is unusable; or, on the way, reading it fails.
        SettingsError: `fps`, `batch_size`, `workers` or `ahead` makes no sense.
        RuntimeError: on the way, TorchCodec could not decode a frame.
    """
    count = cpu_count() if workers is None else workers
    bound = 2 * count if ahead is None else ahead
    for name, number in (("batch size", batch_size), ("number of workers", count), ("number of batches ahead", bound)):
        if number < 1:
            raise SettingsError(f"the {name} is {number}; it must be at least 1")
    opened = as_video(video, "approximate")
    return _stream(opened, sampling_step(opened.average_fps, fps), batch_size, count, bound)


def _stream(video: Video, step: int, batch_size: int, workers: int, ahead: int) -> Iterator["FrameBatch"]:
    delivered = 0
    try:
        with closing(in_parts(video, step, batch_size, workers, ahead)) as batches:
            for batch in batches:
                yield batch
                del batch  # the caller's alone: while the next is waited for, nothing here keeps it in memory
                delivered += 1
    except CopyError:
        yield from linearly(video, step, batch_size, workers, skip=delivered)


def linearly(video: Video, step: int, batch_size: int, threads: int, skip: int) -> Iterator["FrameBatch"]:
    """Batches from a decode of every frame, without those that have been delivered: right for any file."""
    batch, filled = allocate(video, batch_size), 0
    for number, frame in enumerate(linear_frames(video, threads=threads)):
        if number % step or number // step < skip * batch_size:
            continue
        copy_pixels(batch.data[filled], frame.data)
        batch.pts_seconds[filled] = frame.pts_seconds
        batch.duration_seconds[filled] = frame.duration_seconds
        filled += 1
        if filled == batch_size:
            yield batch
            batch, filled = allocate(video, batch_size), 0
    if filled:
        yield batch[:filled]


@dataclass(eq=False)
class Lane:
    """A stretch whose pieces are decoded one after another, by one worker at a time, with one decoder."""

    stretch: Stretch
    todo: deque["Piece"] = field(default_factory=deque)
    busy: bool = False
    decoder: "VideoDecoder | None" = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, eq=False)
class Piece:
    """Those frames of a stretch that belong in one batch: the lane's `frames` go to the batch's `rows`."""

    lane: Lane
    frames: slice
    number: int
    rows: slice
    done: "Future[None]" = field(default_factory=Future)


def in_parts(video: Video, step: int, batch_size: int, workers: int, ahead: int) -> Iterator["FrameBatch"]:
    """Batches whose stretches are decoded by `workers` threads; this thread reads the packets."""
    stopped = threading.Event()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="vdlab-stream")
    waiting: deque[tuple[FrameBatch, list[Piece]]] = deque()
    delivered = 0
    with closing(stretches(video, step)) as source:
        coming = pieces(source, batch_size)
        piece = next(coming, None)
        try:
            while piece or waiting:
                while piece and piece.number < delivered + ahead:
                    if piece.number == delivered + len(waiting):
                        waiting.append((allocate(video, batch_size), []))
                    batch, parts = waiting[-1]
                    parts.append(piece)
                    submit(pool, piece, batch, stopped)
                    piece = next(coming, None)
                batch, parts = waiting[0]
                for part in parts:
                    part.done.result()
                filled = parts[-1].rows.stop
                waiting.popleft()
                delivered += 1
                del part, parts
                yield batch if filled == batch_size else batch[:filled]
                del batch
        finally:
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)


def pieces(source: Iterator[Stretch], batch_size: int) -> Iterator[Piece]:
    """Cut the stretches where batches end."""
    row = number = 0
    for stretch in source:
        lane, frame, count = Lane(stretch), 0, len(stretch.numbers)
        while frame < count:
            taken = min(count - frame, batch_size - row)
            yield Piece(lane, slice(frame, frame + taken), number, slice(row, row + taken))
            frame, row = frame + taken, row + taken
            if row == batch_size:
                row, number = 0, number + 1


def submit(pool: ThreadPoolExecutor, piece: Piece, batch: "FrameBatch", stopped: threading.Event) -> None:
    """Hand a piece to the worker that has its lane, or to the next one free."""
    lane = piece.lane
    with lane.lock:
        lane.todo.append((piece, batch[piece.rows]))
        idle, lane.busy = not lane.busy, True
    if idle:
        pool.submit(work, lane, stopped)


def work(lane: Lane, stopped: threading.Event) -> None:
    """What a worker does with a lane: decode its pieces until there are no more for now."""
    while True:
        with lane.lock:
            if not lane.todo:
                lane.busy = False
                return
            piece, part = lane.todo.popleft()
        try:
            decode(lane, piece, part, stopped)
            piece.done.set_result(None)
        except BaseException as error:
            piece.done.set_exception(error)


def decode(lane: Lane, piece: Piece, part: "FrameBatch", stopped: threading.Event) -> None:
    """Decode a piece into its part of the batch, group by group, and look at every frame's clock."""
    from torchcodec.decoders import VideoDecoder

    stretch = lane.stretch
    if lane.decoder is None:
        lane.decoder = VideoDecoder(stretch.data, seek_mode="exact")
    group = max(1, GROUP_BYTES // part.data[0].numel())
    for begin in range(piece.frames.start, piece.frames.stop, group):
        if stopped.is_set():
            return
        here = slice(begin, min(begin + group, piece.frames.stop))
        frames = lane.decoder.get_frames_at(stretch.copied[here])
        if frames.pts_seconds.tolist() != stretch.clock[here]:
            raise CopyError("a frame came out at another time than its packet's")
        if frames.data.shape[1:] != part.data.shape[1:]:
            raise CopyError("its frames change their size")
        copy_pixels(part.data[here.start - piece.frames.start : here.stop - piece.frames.start], frames.data)
    part.pts_seconds.copy_(stretch.pts_seconds[piece.frames])
    part.duration_seconds.copy_(stretch.duration_seconds[piece.frames])
