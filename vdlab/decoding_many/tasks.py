"""Many videos on a cluster, some in each task."""

import pickle
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from time import monotonic

import numpy as np

from vdlab.decoding_many.jobs import Each, Outcome, Outcomes, finished, may_be_held, named, opened
from vdlab.errors import MachineError, SettingsError, VideoError, one_line
from vdlab.gops.batches import Arrays, packed, unpacked
from vdlab.machine.clusters import Cluster
from vdlab.notes import collected
from vdlab.video.collection import Wanted
from vdlab.video.source import as_source

RECENT = 64
"""How large the next task is follows from what so many videos have taken."""

TASK_SECONDS = 1.0
"""Tasks on a cluster are to take so long: below that, handing them out counts; above, a worker that is lost does."""

LOOK_SECONDS = 1.0
"""How often somebody looks whether the cluster is still there."""

NO_WORKERS_SECONDS = 60
"""After so long without any worker, a cluster is given up."""


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
        self.most_bytes = may_be_held(max(1, self.width))
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

    def _look(self, error: BaseException | None = None) -> None:
        """See whether the cluster is there, also by the error of a task, and how many workers it has.

        Raises:
            MachineError: it is gone, or has had no workers for long.
        """
        why = self.cluster.gone(error)
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
        self._look(error)
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
