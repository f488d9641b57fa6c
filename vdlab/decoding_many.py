"""Decode a collection of videos, on the CPUs of this machine or on a cluster."""

import atexit
import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import fmean, median
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from joblib.externals.loky import cpu_count

from vdlab.decoding import check_indices, checked
from vdlab.errors import MachineError, SettingsError, VDLabError, VideoError, check_choice, one_line
from vdlab.gops.batches import Arrays, packed, resized_size, room, size_change, unpacked
from vdlab.machine.clusters import Cluster, active_cluster
from vdlab.machine.free_memory import free_memory
from vdlab.machine.stopping import Stopped, stop_by
from vdlab.machine.workers import check_workers
from vdlab.notes import collected, note
from vdlab.strategies import Strategy, find
from vdlab.strategies.auto import auto, sections
from vdlab.strategies.needed_memory import check_memory, frame_bytes
from vdlab.video import Resize, Video, sample
from vdlab.video.collection import VideoInput, Videos, Wanted, wanted_of
from vdlab.video.index import scan
from vdlab.video.source import as_source

if TYPE_CHECKING:
    from torchcodec import FrameBatch

Each = Callable[["FrameBatch"], Any] | None

AHEAD_BYTES = 256 * 2**20
"""For every worker: what is decoded, or being decoded, and not yet taken by the caller is held in memory."""

AHEAD = 16
"""For every worker: so many videos may be done with and not yet taken, however small their results are."""

SECTION_SECONDS = 1.0
"""A video that takes twice as long or longer is decoded by several workers, so much at a time."""

LEAVING_SECONDS = 0.9
"""So long is waited for threads that nobody needs any more; none of them does anything after that either."""

RECENT = 64
"""How large the next task is follows from what so many videos have taken."""

TASK_SECONDS = 1.0
"""Tasks on a cluster are to take so long: below that, handing them out counts; above, a worker that is lost does."""

LOOK_SECONDS = 1.0
"""How often somebody looks whether the cluster is still there."""

NO_WORKERS_SECONDS = 60
"""After so long without any worker, a cluster is given up."""


@dataclass
class Outcome:
    """What became of a video.

    Attributes:
        result: its frames, or what `each` made of them.
        error: why there is none.
        notes: what is to be said of it besides.
        size: bytes of the result.
        seconds: how long it took, all in all.
    """

    result: Any = None
    error: VDLabError | None = None
    notes: list[str] = field(default_factory=list)
    size: int = 0
    seconds: float = 0.0


def decode_many(
    videos: Videos,
    *,
    fps: float | None = None,
    count: int | None = None,
    seconds: Sequence[float] | None = None,
    indices: Sequence[int] | None = None,
    resize: Resize = None,
    each: Each = None,
    workers: int | None = None,
    ordered: bool = False,
    errors: Literal["raise", "yield"] = "raise",
) -> Iterator[tuple[VideoInput, Any]]:
    """Decode frames of many videos, while the caller uses those that are done.

    The frames are those of `vdlab.decode`. Every worker decodes a video with a decoder of its own; long videos are
    decoded by several, section by section, and so is the last one. Not more than a quarter of the free memory, and
    256 MB a worker, is held in results that the caller has not taken yet, but for a single video that needs more:
    workers wait. Ending the loop early ends them.

    Inside `joblib.parallel_config("dask")` or `("ray")` the same happens on that cluster, whose workers must see the
    files under the same names. Frames then travel, which takes longer than many are worth: `each` makes something
    small of them first.

    Args:
        videos: a folder, a pattern such as `clips/**/*.mp4`, a manifest (a CSV or Parquet file with a column `path`
            and, if there, `seconds` or `indices` of its own for a row), or a list of paths, bytes or file objects.
        fps, count, seconds, indices: which frames, as for `vdlab.decode`: one of them.
        resize: as for `vdlab.decode`.
        each: is called with the frames of a video where these are, in the worker's thread or process; what it returns
            is yielded, and the frames are let go. Several calls run at a time.
        workers: threads; the CPUs this process may use if None. On a cluster, how many tasks run at a time there; all
            that it can if None.
        ordered: yield in the order listed, not as videos are done with.
        errors: what becomes of a video that cannot be decoded, or with which `each` fails: `raise` ends everything,
            `yield` yields the error where frames would be, and a note says at the end how many there were.

    Returns:
        A generator of pairs: the video as it was listed, a `Path`, bytes or file object; and its frames as a
        `FrameBatch`, what `each` returned, or a `VDLabError`.

    Raises:
        SettingsError: there are no videos, or it is not said which frames.
        VDLabError: on the way, of the first video with an error.
        MachineError: the cluster is gone.
        KeyboardInterrupt: it says how many are done.
    """
    check_choice("errors", errors, ("raise", "yield"))
    if each is not None and not callable(each):
        raise SettingsError(f"each={each!r} is no function; give one that takes a FrameBatch")
    resized_size(resize, 1, 1)
    wanted = wanted_of(videos, fps=fps, count=count, seconds=seconds, indices=indices, resize=resize)
    cluster = active_cluster()
    if cluster is not None:
        outcomes = Tasks(cluster, wanted, each, workers, ordered).outcomes()
    else:
        outcomes = Threads(wanted, each, cpu_count() if workers is None else check_workers(workers), ordered).outcomes()
    return _yielded(wanted, outcomes, errors)


Outcomes = Generator[tuple[int, Outcome], None, None]
"""Of each video, by its number in the collection."""


def _yielded(wanted: list[Wanted], outcomes: Outcomes, errors: str) -> Iterator[tuple[VideoInput, Any]]:
    notes: dict[str, list[str]] = {}
    failed: list[str] = []
    done, name = 0, ""
    try:
        with closing(outcomes):
            for number, outcome in outcomes:
                name = wanted[number].name
                for text in outcome.notes:
                    notes.setdefault(text, []).append(name)
                if outcome.error is not None:
                    failed.append(name)
                    if errors == "raise":
                        raise outcome.error
                done += 1
                yield wanted[number].source, outcome.result if outcome.error is None else outcome.error
                del outcome  # the caller's alone: while the next is waited for, nothing here keeps it in memory
    except KeyboardInterrupt as interrupt:
        last = f", the last one {name}" if name else ""
        interrupt.args = (f"{done:,} of {len(wanted):,} videos are done{last}",)
        raise
    finally:
        for text, names in notes.items():
            note(f"{_listed(names)}: {text}")
        if failed and errors == "yield":
            note(f"{len(failed):,} of {len(wanted):,} videos could not be decoded: {_listed(failed)}")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"


@dataclass(eq=False)
class Job:
    """A video that has been opened.

    Attributes:
        workers: how many the strategy may use for a section.
        sections: the rows of the result that are decoded at a time, int64 each; several only of a long video.
        size: bytes of the frames that are wanted.
        batch: what is decoded so far.
        unfinished: how many sections are not done.
    """

    number: int
    wanted: Wanted
    video: Video
    indices: list[int]
    strategy: Strategy
    workers: int
    sections: list[np.ndarray]
    size: int
    began: float
    batch: "FrameBatch | None" = None
    unfinished: int = 1
    outcome: Outcome = field(default_factory=Outcome)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def decode(self, rows: np.ndarray) -> bool:
        """Decode a section, unless another one has failed; whether it is the last."""
        batch = error = None
        with collected() as notes:
            try:
                if self.outcome.error is None:
                    batch = checked(
                        self.strategy, self.video, [self.indices[row] for row in rows], self.workers, "mend"
                    )
            except Stopped:
                raise
            except BaseException as caught:
                error = named(caught, self.wanted)
        with self.lock:
            self.outcome.notes += [text for text in notes if text not in self.outcome.notes]
            try:
                if batch is not None:
                    self.put(rows, batch)
            except VDLabError as caught:
                error = caught
            self.outcome.error = self.outcome.error or error
            self.unfinished -= 1
            return self.unfinished == 0

    def put(self, rows: np.ndarray, batch: "FrameBatch") -> None:
        """Add the frames of a section; one thread at a time.

        Raises:
            SizeChange: they have another size than those of another section.
        """
        if len(self.sections) == 1:
            self.batch = batch
            return
        if self.batch is None:
            self.batch = room(len(self.indices), *batch.data.shape[-2:])
        if batch.data.shape[1:] != self.batch.data.shape[1:]:
            raise size_change(self.video, batch.data.shape, batch.pts_seconds[0].item())
        for column in ("data", "pts_seconds", "duration_seconds"):
            getattr(self.batch, column)[torch.from_numpy(rows)] = getattr(batch, column)


def opened(number: int, wanted: Wanted, workers: int = 1, beside: int = 1) -> Job:
    """Open a video, index its packets, and decide how it is decoded.

    Args:
        workers: that are free for it.
        beside: so many videos are decoded at a time.

    Raises:
        VideoError: it is unusable.
        SettingsError: a frame is wanted that it does not have.
    """
    began = monotonic()
    source = as_source(wanted.source)
    source.index = scan(source)  # from now on nobody looks whether the file has changed
    video = replace(Video.open(source, "exact"), resize=wanted.resize)
    if wanted.indices is not None:
        indices = check_indices(video, wanted.indices)
    else:
        indices = sample(video, wanted.fps, count=wanted.count, seconds=wanted.seconds)
    cut = sections(video, indices, SECTION_SECONDS)
    strategy, used = auto(video, indices, 1 if len(cut) > 1 else workers, beside)
    if len(cut) > 1:
        strategy = find(strategy.name)  # what is planned is planned for all frames
    check_memory(strategy, video, len(indices), used)
    size = len(indices) * frame_bytes(video)
    return Job(number, wanted, video, indices, strategy, used, cut, size, began, unfinished=len(cut))


def finished(job: Job, each: Each) -> Outcome:
    """What comes of a video whose frames are there."""
    outcome, batch = job.outcome, job.batch
    job.batch = None
    if outcome.error is None:
        try:
            outcome.result = batch if each is None else each(batch)  # type: ignore[arg-type]  # all frames are there
            outcome.size = size_of(outcome.result)
        except Stopped:
            raise
        except BaseException as error:
            what = getattr(each, "__name__", "each")
            failed = VDLabError(f"{job.wanted.name}: {what} failed: {type(error).__name__}: {one_line(error)}")
            failed.__cause__ = error
            outcome.error = failed
    outcome.seconds = monotonic() - job.began
    return outcome


def size_of(result: Any) -> int:
    """About how many bytes a result holds."""
    if isinstance(result, torch.Tensor | np.ndarray):
        return result.nbytes
    if isinstance(result, list | tuple | set):
        return sum(map(size_of, result))
    if isinstance(result, dict):
        return sum(map(size_of, result.values()))
    return size_of(vars(result)) if hasattr(result, "__dict__") else sys.getsizeof(result)


def named(error: BaseException, wanted: Wanted) -> VDLabError:
    """What went wrong with a video, in one line that names it, and nothing that keeps its frames in memory."""
    if not isinstance(error, VDLabError):
        return VideoError(f"{wanted.name}: cannot be decoded: {type(error).__name__}: {one_line(error)}")
    last = wanted.name.rpartition(os.sep)[2]
    return type(error)(str(error) if last in str(error) else f"{wanted.name}: {error}")


class Threads:
    """Videos on their way through the threads of this process.

    Whoever is free takes what is next: a section of a long video that somebody has opened; a video that has been opened
    and for whose frames there is room; or a file to open.
    """

    def __init__(self, wanted: list[Wanted], each: Each, workers: int, ordered: bool) -> None:
        self.wanted, self.each, self.workers, self.ordered = wanted, each, workers, ordered
        self.most_bytes = min(AHEAD_BYTES * workers, free_memory() // 4)
        self.held_bytes = 0  # of videos that are being decoded, and of results that nobody has taken
        self.unopened = deque(range(len(wanted)))
        self.opened: list[Job] = []
        self.sections: deque[tuple[Job, np.ndarray]] = deque()
        self.done: dict[int, Outcome] = {}
        self.taken = self.ended = 0
        self.stop = threading.Event()
        self.changed = threading.Condition()
        self.begun = threading.Barrier(workers + 1)

    def outcomes(self) -> Outcomes:
        """What becomes of each video, as it does or in the order listed."""
        threads = [
            threading.Thread(target=self._work, name=f"vdlab-decode-{number}", daemon=True)
            for number in range(self.workers)
        ]
        atexit.register(self._end, threads)
        try:
            # Every thread has its own number of torch's threads, from when it first asks for it.
            usual = torch.get_num_threads()
            torch.set_num_threads(max(1, usual // self.workers))
            for thread in threads:
                thread.start()
            self.begun.wait()
            torch.set_num_threads(usual)
            for _ in self.wanted:
                with self.changed:
                    self.changed.wait_for(lambda: self.taken in self.done if self.ordered else self.done)
                    number = self.taken if self.ordered else next(iter(self.done))
                    outcome = self.done.pop(number)
                    self.held_bytes -= outcome.size
                    self.taken += 1
                    self.changed.notify_all()
                yield number, outcome
                del outcome
        finally:
            self._end(threads)
            atexit.unregister(self._end)

    def _end(self, threads: list[threading.Thread]) -> None:
        self.stop.set()
        with self.changed:
            self.changed.notify_all()
        until = monotonic() + LEAVING_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - monotonic()))

    def _work(self) -> None:
        torch.get_num_threads()
        self.begun.wait()
        stop_by(self.stop)
        while (task := self._next()) is not None:
            try:
                task()
            except Stopped:
                return

    def _next(self) -> Callable[[], None] | None:
        with self.changed:
            while not self.stop.is_set() and self.ended < len(self.wanted):
                if self.sections:
                    return partial(self._decode, *self.sections.popleft())
                for job in self.opened:
                    if self._room(job):
                        self.opened.remove(job)
                        self.held_bytes += job.size
                        return partial(self._begin, job)
                if self.unopened and not self.opened and len(self.done) < AHEAD * self.workers:
                    return partial(self._open, self.unopened.popleft())
                self.changed.wait()
        return None

    def _room(self, job: Job) -> bool:
        """Whether the frames of a video may be held; those that the caller waits for always may."""
        if self.held_bytes == 0 or (self.ordered and job.number == self.taken):
            return True
        return self.held_bytes + job.size <= self.most_bytes

    def _open(self, number: int) -> None:
        wanted = self.wanted[number]
        with collected() as notes:
            try:
                left = len(self.wanted) - self.ended
                job = opened(number, wanted, max(1, self.workers // left), min(left, self.workers))
                job.outcome.notes = notes
            except Stopped:
                raise
            except BaseException as error:
                self._done(number, Outcome(error=named(error, wanted), notes=notes), 0)
                return
        with self.changed:
            self.opened.append(job)
            self.changed.notify_all()

    def _begin(self, job: Job) -> None:
        with self.changed:
            self.sections.extend((job, rows) for rows in job.sections[1:])
            self.changed.notify_all()
        self._decode(job, job.sections[0])

    def _decode(self, job: Job, rows: np.ndarray) -> None:
        if job.decode(rows):
            self._done(job.number, finished(job, self.each), job.size)

    def _done(self, number: int, outcome: Outcome, held: int) -> None:
        with self.changed:
            self.held_bytes += outcome.size - held
            self.done[number] = outcome
            self.ended += 1
            self.changed.notify_all()


def decode_group(group: Sequence[Wanted], each: bytes) -> list[Outcome]:
    """What becomes of some videos, one after the other, in a task on a cluster.

    Args:
        each: pickled, for workers of Dask lose their connection over what they cannot import.
    """
    function = pickle.loads(each)
    return [decode_alone(wanted, function) for wanted in group]


def decode_alone(wanted: Wanted, each: Each) -> Outcome:
    """What becomes of a video, in this thread; frames ready to travel."""
    began = monotonic()
    with collected() as notes:
        try:
            job = opened(0, wanted)
            job.sections = [np.arange(len(job.indices))]
            job.decode(job.sections[0])
            outcome = finished(job, each)
        except Exception as error:
            outcome = Outcome(error=named(error, wanted), seconds=monotonic() - began)
    outcome.notes += notes
    if outcome.error is None and each is None:
        outcome.result = packed(outcome.result)
    return outcome


class Tasks:
    """Videos on their way through a cluster, in groups that grow to what a task should take."""

    def __init__(self, cluster: Cluster, wanted: list[Wanted], each: Each, workers: int | None, ordered: bool) -> None:
        self.cluster, self.wanted = cluster, wanted
        try:
            self.each = cluster.pickled(each)
        except Exception as error:
            raise SettingsError(f"each={each!r} cannot be sent to {cluster.name} ({one_line(error)})") from error
        self.workers, self.ordered = workers, ordered
        self.width = self._width()
        self.most_bytes = min(AHEAD_BYTES * max(1, self.width), free_memory() // 4)
        self.unsent = deque(range(len(wanted)))
        self.suspects: deque[int] = deque()
        self.tried: set[int] = set()  # the suspects of before, too
        self.running: dict[Future[list[Outcome]], list[int]] = {}
        self.done: dict[int, Outcome] = {}
        self.taken = self.held_bytes = 0  # held: of results that nobody has taken
        # Of the last videos that have come back; the first ones have libraries to import.
        self.seconds: deque[float] = deque(maxlen=RECENT)
        self.sizes: deque[int] = deque(maxlen=RECENT)
        self.worked = monotonic()  # when the cluster last had a worker

    def outcomes(self) -> Outcomes:
        """What becomes of each video, as it does or in the order listed.

        Raises:
            MachineError: the cluster is gone, or has no workers.
        """
        try:
            while self.taken < len(self.wanted):
                while self._send():
                    pass
                if not self.done or (self.ordered and self.taken not in self.done):
                    self._receive()
                    continue
                number = self.taken if self.ordered else next(iter(self.done))
                outcome = self.done.pop(number)
                self.held_bytes -= outcome.size
                self.taken += 1
                yield number, outcome
                del outcome
        finally:
            for future in self.running:
                future.cancel()

    def _width(self) -> int:
        there = self.cluster.width()
        return there if self.workers is None else min(self.workers, there)

    def _send(self) -> bool:
        """Submit a task, if it is time for another one."""
        if self.suspects and self.running:
            return False
        group = [self.suspects.popleft()] if self.suspects else self._following()
        if not group:
            return False
        videos = [sendable(self.wanted[number]) for number in group]
        try:
            self.running[self.cluster.submit(decode_group, videos, self.each)] = group
        except Exception:
            self._look()  # nothing can be submitted to a cluster that is gone
            raise
        return True

    def _following(self) -> list[int]:
        """Take the videos of the next task; none where there is no room for their results."""
        count, expected, most = 1, 0.0, self.width
        if self.seconds:
            fair = len(self.unsent) // (2 * max(1, self.width))
            count = max(1, min(int(TASK_SECONDS / max(median(self.seconds), 1e-6)), fair))
            expected = fmean(self.sizes)
            most = self.width if self.workers else 2 * self.width
        out = sum(map(len, self.running.values())) + count
        if self.running and (len(self.running) >= most or self.held_bytes + expected * out > self.most_bytes):
            return []
        return [self.unsent.popleft() for _ in range(min(count, len(self.unsent)))]

    def _receive(self) -> None:
        ended, _ = wait(self.running, LOOK_SECONDS, FIRST_COMPLETED)
        for future in ended:
            group = self.running.pop(future)
            error = CancelledError() if future.cancelled() else future.exception()
            if error is not None:
                self._failed(group, error)
                continue
            for number, outcome in zip(group, future.result(), strict=True):
                self.seconds.append(outcome.seconds)
                self.sizes.append(outcome.size)
                if isinstance(outcome.result, Arrays):
                    outcome.result = unpacked(outcome.result)
                self._keep(number, outcome)
        if not ended:
            self._look()

    def _keep(self, number: int, outcome: Outcome) -> None:
        self.done[number] = outcome
        self.held_bytes += outcome.size

    def _look(self) -> None:
        """See whether the cluster is there, and how many workers it has.

        Raises:
            MachineError: it is gone, or has had no workers for long.
        """
        why = self.cluster.gone()
        if not why:
            self.width = self._width()
            if self.width:
                self.worked = monotonic()
            elif monotonic() - self.worked > NO_WORKERS_SECONDS:
                why = f"{self.cluster.name} has had no workers for {NO_WORKERS_SECONDS} s; start some"
        if why:
            raise MachineError(f"{why}; {self.taken + len(self.done):,} of {len(self.wanted):,} videos are done")

    def _failed(self, group: list[int], error: BaseException) -> None:
        """A task came to nothing. Each of its videos is tried again with nothing beside it: clusters blame the end of a
        worker on all that it had to do."""
        error = getattr(error, "cause", None) or error  # Ray's errors carry a whole stack as their text
        if isinstance(error, ImportError):
            what = f"{self.cluster.name}'s workers cannot import what they need: {one_line(error)}"
            raise MachineError(f"{what}; install it there, or define each in the notebook or script itself")
        self._look()
        if self.tried.isdisjoint(group):
            self.suspects.extend(group)
            self.tried.update(group)
            return
        (number,) = group
        why = f"its task on {self.cluster.name} came to nothing: {type(error).__name__}: {one_line(error)}"
        self._keep(number, Outcome(error=VideoError(f"{self.wanted[number].name}: {why}")))


def sendable(wanted: Wanted) -> Wanted:
    """The same, but that of a file object the name is sent, or the bytes."""
    if isinstance(wanted.source, Path | bytes):
        return wanted
    source = as_source(wanted.source)
    return replace(wanted, source=source.path if source.data is None else source.data)
