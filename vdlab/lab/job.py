"""A sweep in the background, and the bar in front of it that moves although steps are reported only as they end."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from vdlab.benchmark.sweep import Observer, Progress
from vdlab.lab.markup import length
from vdlab.results.records import Results

TICK_SECONDS = 0.25
NOTHING = 1e-6  # seconds


@dataclass
class Clock:
    """When the sweep began, and what it last said.

    Attributes:
        started, reported: seconds of one monotonic clock.
        left: seconds that were left at the last report.
        shown: the largest fraction shown so far: a bar never goes back.
    """

    started: float
    reported: float
    left: float
    shown: float = 0.0

    def report(self, now: float, left: float | None) -> None:
        """Take in what a sweep says; None leaves the estimate that was there."""
        self.left = self.seconds_left(now) if left is None else left
        self.reported = now

    def seconds_left(self, now: float) -> float:
        """Seconds left, counted down since the last report.

        The last fifth is approached and never reached: what takes longer than expected slows down and does not stop.
        """
        gone = now - self.reported
        tail = 0.2 * self.left
        if tail < NOTHING or gone <= self.left - tail:
            return max(0.0, self.left - gone)
        return tail * math.exp(-(gone - self.left + tail) / tail)

    def fraction(self, now: float) -> float:
        """How much is done, 0 to 1, by time; never less than was shown before, and 1 only at the end."""
        gone, left = now - self.started, self.seconds_left(now)
        self.shown = max(self.shown, min(0.995, gone / (gone + left) if gone + left > 0 else 0.0))
        return self.shown


@dataclass
class Job:
    """One sweep on its way.

    Attributes:
        what: is measured, in a word.
        clock: for how much is done, by time.
        cancel: set to end it after the current run.
        ended: set once everything has been told.
        last: what the sweep reported last.
        results: what came out; None while it runs, and where it could not start.
        failure: what ended it, if that was an error.
    """

    what: str
    clock: Clock
    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    last: Progress | None = None
    results: Results | None = None
    failure: Exception | None = None


_newest: list[Job] = []
"""The job that was started last in this kernel, by whichever lab: two at once would slow each other down."""


def under_way() -> Job | None:
    """The job that runs in this kernel; None where none does."""
    return next((job for job in _newest if not job.ended.is_set()), None)


def start(
    what: str,
    sweep: Callable[[Observer, threading.Event], Results],
    seconds: float,
    on_progress: Callable[[Progress], None],
    on_tick: Callable[[Job], None],
    on_end: Callable[[Job], None],
) -> Job:
    """Start a sweep in a thread and return at once.

    Charts are drawn in the sweep's own thread between two runs, so that drawing never falls into a timed one.

    Args:
        what: is measured, in a word.
        sweep: does it, given who is to be told how far it is, and what ends it once it is set.
        seconds: how long it is expected to take.
        on_progress: called before every step, and at the end, with everything measured so far.
        on_tick: called four times a second, to move the bar.
        on_end: called once, when it has ended.
    """
    now = monotonic()
    job = Job(what, Clock(now, now, seconds))
    _newest[:] = [job]
    done = threading.Event()

    def progressed(progress: Progress) -> None:
        job.last = progress
        on_progress(progress)
        if progress.running or progress.results.finished:  # else it was cut short: what was left is not done
            job.clock.report(monotonic(), progress.seconds_left)
        on_tick(job)

    def work() -> None:
        try:
            job.results = sweep(progressed, job.cancel)
        except Exception as error:
            job.failure = error
        finally:
            done.set()
            ticker.join()
            try:
                on_end(job)
            finally:
                job.ended.set()

    def tick() -> None:
        while not done.wait(TICK_SECONDS):
            on_tick(job)

    ticker = threading.Thread(target=tick, name="vdlab progress", daemon=True)
    ticker.start()
    threading.Thread(target=work, name="vdlab sweep", daemon=True).start()
    return job


def status(job: Job) -> tuple[float, str]:
    """How much is done, 0 to 1, and in words: what runs now, what is done, and the time left."""
    now = monotonic()
    done = job.clock.fraction(now)
    if job.last is None:
        return done, "cancelling" if job.cancel.is_set() else "getting ready"
    if job.cancel.is_set():
        return done, f"cancelling once this has ended: {job.last.running or 'the last of it'} · {job.last.done} done"
    time = length(max(1, round(job.clock.seconds_left(now))))
    if job.last.results.plan.repeats == "auto":  # how many runs are to come, nobody knows yet
        return done, f"{job.last.running or 'finishing'} · {job.last.done} done · at most {time} left"
    return done, f"{job.last.running or 'finishing'} · {job.last.done} of {job.last.total} done · about {time} left"
