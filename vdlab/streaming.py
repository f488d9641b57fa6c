"""Decode a video of any length in batches: in order, in parallel, with a bounded number of frames in memory."""

import os
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from joblib.externals.loky import cpu_count

from vdlab.gops.batches import Rows, SizeChange, resized_size, size_change
from vdlab.gops.feeding import AHEAD_BYTES, Contradiction, Feeder
from vdlab.gops.linear import linear_frames
from vdlab.gops.segments import Segment, segments
from vdlab.machine.stopping import Stopped
from vdlab.machine.workers import check_count, check_workers
from vdlab.notes import note
from vdlab.strategies.needed_memory import batches_that_fit
from vdlab.video import Resize, Video, as_video
from vdlab.video.index import PacketIndex, windows
from vdlab.video.sampling import sampling_step
from vdlab.video.video import Damaged

if TYPE_CHECKING:
    from torchcodec import Frame, FrameBatch

Batches = Generator["FrameBatch", None, None]

MOST_BYTES = 64 * 2**20
"""Packets of a segment are held in memory while it is decoded; one with more is no segment to stream."""

MOST = 10**9
"""Frames a batch, and batches; whether so many fit is another question."""


def stream(
    video: Video | str | os.PathLike[str] | bytes | BinaryIO,
    fps: float = 2,
    batch_size: int = 64,
    *,
    workers: int | None = None,
    ahead: int | None = None,
    resize: Resize = None,
    damaged: Damaged = "raise",
) -> Iterator["FrameBatch"]:
    """Decode sampled frames in batches, in the order in which they are shown, while the caller uses the last batch.

    The frames are those of `vdlab.decode(video, fps=fps)`, found without reading the whole file first: packets are
    indexed window by window, no further than the batches ahead need, and each window's segments are decoded as
    `decode` does. Where something speaks against that, the rest is decoded from the first frame on by FFmpeg's threads.

    Never more than `ahead` batches are decoded or being decoded, beside the one that the caller has. Ending the
    loop early ends the work and its threads.

    Args:
        video: a video, or what one is opened from: a path, bytes or a file object.
        fps: target sampling rate, in frames per second of video.
        batch_size: frames a batch; the last one may have fewer.
        workers: threads; the CPUs this process may use if None.
        ahead: batches; two for each worker if None, or fewer where memory is short. A segment is decoded by one worker,
            so where it gives more frames than fit into a batch (dense sampling, few keyframes), a larger number keeps
            more of them busy.
        resize, damaged: as for `vdlab.decode`. Frames that are skipped make no row: batches stay full.

    Returns:
        A generator of batches: uint8 `[N, 3, H, W]`, pts and durations in seconds, float64 `[N]`.

    Raises:
        VideoError: the video is unusable; or, on the way, reading it fails or a frame does not decode.
        SettingsError: `fps`, `batch_size`, `workers`, `ahead` or `resize` makes no sense, or what is held takes more
            memory than there is.
    """
    used = cpu_count() if workers is None else check_workers(workers)
    resized_size(resize, 1, 1)
    opened = replace(as_video(video, "approximate", damaged), resize=resize, damaged=damaged)
    size = check_count(batch_size, "batch size", 1, MOST, f"{MOST:,}")
    if ahead is not None:
        ahead = check_count(ahead, "number of batches ahead", 1, MOST, f"{MOST:,}")
    held = batches_that_fit(opened, size, used, ahead)
    return _stream(opened, sampling_step(opened.average_fps, fps), size, used, held)


def _stream(video: Video, step: int, batch_size: int, workers: int, ahead: int) -> Iterator["FrameBatch"]:
    delivered = 0
    try:
        with closing(_in_parallel(video, step, batch_size, workers, ahead)) as batches:
            for batch in _of_one_size(video, batches):
                yield batch
                del batch  # the caller's alone: while the next is waited for, nothing here keeps it in memory
                delivered += 1
    except (Contradiction, SizeChange) as error:
        if not isinstance(error, SizeChange):
            note(f"streamed by linear, from the first frame on, because it cannot be decoded in segments: {error}")
        yield from _of_one_size(video, _linearly(video, step, batch_size, workers, skip=delivered))


def _of_one_size(video: Video, batches: Iterator["FrameBatch"]) -> Iterator["FrameBatch"]:
    """The batches as they are.

    Raises:
        SizeChange: one has frames of another size than the first.
    """
    shape = None
    for batch in batches:
        shape = shape or batch.data.shape[1:]
        if batch.data.shape[1:] != shape:
            raise size_change(video, batch.data.shape, batch.pts_seconds[0].item())
        yield batch
        del batch


def _linearly(video: Video, step: int, batch_size: int, threads: int, skip: int) -> Iterator["FrameBatch"]:
    """Batches from a decode of every frame, without those that have been delivered: right for any file."""
    rows, filled = Rows(video, batch_size), 0
    wanted = range(0, video.num_frames, step)
    missing = len(wanted)
    for came, (_, frame) in enumerate(linear_frames(video, wanted, threads=threads)):
        missing -= 1
        if came < skip * batch_size:
            continue
        rows.put(filled, frame, frame.duration_seconds)
        filled += 1
        if filled == batch_size:
            yield rows.finished()
            rows, filled = Rows(video, batch_size), 0
    if filled:
        yield rows.finished()
    if missing:
        note(f"{video.path}: {missing} of {len(wanted)} frames do not decode and were left out")


class Window:
    """The batches from the next to be delivered on; workers wait until there is room for what they have decoded."""

    def __init__(self, video: Video, batch_size: int, ahead: int) -> None:
        self.video, self.batch_size, self.ahead = video, batch_size, ahead
        self.delivered = 0
        self.bytes_in_work = 0
        self._batches: dict[int, Rows] = {}
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def holds(self, row: int) -> bool:
        """Whether there is room for a row, counted over the whole stream."""
        return row // self.batch_size < self.delivered + self.ahead

    def begin(self, segment: Segment) -> None:
        """Count the bytes of a segment that a worker is given."""
        with self._changed:
            self.bytes_in_work += segment.size

    def end(self, segment: Segment, done: "Future[Segment]") -> None:
        """Note that a segment is done with, or what went wrong."""
        with self._changed:
            self.bytes_in_work -= segment.size
            if not done.cancelled() and self._error is None:
                self._error = done.exception()
            self._changed.notify_all()

    def put(self, row: int, frame: "Frame", duration: float) -> None:
        """Put a frame into its batch, once there is room for that.

        Raises:
            Stopped: there will never be.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._error is not None or self.holds(row))
            if self._error is not None:
                raise Stopped
            number = row // self.batch_size
            if number not in self._batches:
                self._batches[number] = Rows(self.video, self.batch_size)
            rows = self._batches[number]
        rows.put(row % self.batch_size, frame, duration)
        with self._changed:
            self._changed.notify_all()

    def take(self, count: int, may_go_on: Callable[[], bool]) -> "FrameBatch | None":
        """The next batch once `count` of its rows are there; None where the caller may go on before that.

        Raises:
            Contradiction, VideoError: what a worker has raised.
        """

        def complete() -> bool:
            return self.delivered in self._batches and int(self._batches[self.delivered].filled.sum()) >= count

        with self._changed:
            self._changed.wait_for(lambda: self._error is not None or complete() or may_go_on())
            if self._error is not None:
                raise self._error
            if not complete():
                return None
            batch = self._batches.pop(self.delivered).finished()
            self.delivered += 1
            self._changed.notify_all()
        return batch

    def stop(self) -> None:
        """Have those who wait for room wait no longer."""
        with self._changed:
            self._error = self._error or Stopped()
            self._changed.notify_all()


def _in_parallel(video: Video, step: int, batch_size: int, workers: int, ahead: int) -> Batches:
    """Batches whose segments are decoded by `workers` threads; this thread reads the packets.

    Raises:
        Contradiction: something speaks against decoding segments, or came out otherwise.
    """
    window = Window(video, batch_size, ahead)
    with closing(_segments(video, step)) as source:
        coming = next(source, None)
        if coming is None:
            return
        with Feeder(coming[1], workers) as feeder:
            rows = 0

            def may_go_on() -> bool:
                return (
                    coming is not None and window.holds(int(coming[2].rows[0])) and window.bytes_in_work <= AHEAD_BYTES
                )

            try:
                while coming is not None or window.delivered * batch_size < rows:
                    if coming is not None and may_go_on():
                        following = next(source, None)
                        _submit(feeder, window, coming, following)
                        rows = int(coming[2].rows.max()) + 1
                        coming = following
                        continue
                    left = rows - window.delivered * batch_size
                    batch = window.take(batch_size if coming is not None else min(batch_size, left), may_go_on)
                    if batch is not None:
                        yield batch
                        del batch
            finally:
                window.stop()


Coming = tuple[int, PacketIndex, Segment]
"""The position in the file that a window of it begins at, its index, and a segment of it."""


def _segments(video: Video, step: int) -> Generator[Coming, None, None]:
    """The segments for every `step`-th frame, in order, reading no further than each needs; rows count on.

    Raises:
        Contradiction: something speaks against decoding segments of the file.
    """
    number = 0  # of the window's first own frame
    for offset, index, first, end in windows(video.source):
        if index.doubt:
            raise Contradiction(index.doubt)
        local = range(first + -number % step, end, step)
        row = -(-number // step)
        for segment in segments(index, local, prune=True):
            if segment.size > MOST_BYTES:
                raise Contradiction(f"no frame to begin at comes for {segment.size / 1e6:,.0f} MB")
            yield offset, index, replace(segment, rows=segment.rows + row)
        number += end - first


def _submit(feeder: Feeder, window: Window, coming: Coming, following: Coming | None) -> None:
    """Read a segment's packets and hand them to a worker."""
    offset, index, segment = coming
    hold_from = None if following is None else following[0] + int(following[2].packets[0])
    packets = feeder.read(segment, offset, hold_from)
    durations = index.durations[np.searchsorted(index.times, segment.times[segment.wanted])]

    def deliver(segment: Segment, which: int, frame: "Frame") -> None:
        window.put(int(segment.rows[which]), frame, float(durations[which]))

    window.begin(segment)
    feeder.submit(segment, packets, deliver).add_done_callback(lambda done: window.end(segment, done))
