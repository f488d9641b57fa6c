"""Many videos in the threads of this process."""

import atexit
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic

import numpy as np
import torch

from vdlab.decoding_many.jobs import Each, Job, Outcome, Outcomes, finished, may_be_held, named, opened
from vdlab.gops.batches import reuse_memory
from vdlab.machine.stopping import Stopped, stop_by
from vdlab.notes import collected
from vdlab.video.collection import Wanted

AHEAD = 16
"""For every worker: so many videos may be done with and not yet taken, however small their results are."""

LEAVING_SECONDS = 0.9
"""So long is waited for threads that nobody needs any more; none of them does anything after that either."""


class Threads:
    """Videos on their way through the threads of this process.

    Whoever is free takes what is next: a section of a long video that somebody has opened; a video that has been opened
    and for whose frames there is room; or a file to open.
    """

    def __init__(self, wanted: list[Wanted], each: Each, workers: int, ordered: bool) -> None:
        self.wanted, self.each, self.workers, self.ordered = wanted, each, workers, ordered
        self.most_bytes = may_be_held(workers)
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
        reuse_memory()
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
