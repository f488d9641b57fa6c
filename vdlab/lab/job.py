"""A sweep in the background, and the moving bar in front of it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from vdlab.benchmark.sweep import Inspect, Progress, sweep
from vdlab.lab.clock import Clock, report, seconds_left, share
from vdlab.lab.settings import Settings, sweep_arguments
from vdlab.results.records import Results
from vdlab.video import Video

TICK_SECONDS = 0.25


@dataclass
class Job:
    """One sweep on its way.

    Attributes:
        clock: for how much is done, by time.
        cancel: set to end it after the current run.
        ended: set once everything has been told.
        last: what the sweep reported last.
        results: what came out; None while it runs, and where it could not start.
    """

    clock: Clock
    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    last: Progress | None = None
    results: Results | None = None


def start(
    settings: Settings,
    video: Video,
    seconds: float,
    on_progress: Callable[[Progress], None],
    on_tick: Callable[[Job], None],
    on_end: Callable[[Job, Exception | None], None],
    inspect: Inspect | None = None,
    folder: Path | None = None,
) -> Job:
    """Start a sweep in a thread and return at once.

    Charts are drawn in the sweep's own thread between two runs, so that drawing never falls into a timed one.

    Args:
        seconds: how long it is expected to take.
        on_progress: called before every step, and at the end, with everything measured so far.
        on_tick: called four times a second, to move the bar.
        on_end: called once, with what ended the sweep if it was an error.
        inspect: called with the frames of every run.
        folder: where the results are kept, whole after every run.
    """
    now = monotonic()
    job = Job(Clock(now, now, seconds))

    def progressed(progress: Progress) -> None:
        job.last = progress
        on_progress(progress)
        report(job.clock, monotonic(), progress.seconds_left)
        on_tick(job)

    def work() -> None:
        failure = None
        try:
            job.results = sweep(
                video,
                **sweep_arguments(settings),
                save=folder,
                progress=progressed,
                cancel=job.cancel,
                inspect=inspect,
            )
        except Exception as error:
            failure = error
        finally:
            done.set()
            ticker.join()
            try:
                on_end(job, failure)
            finally:
                job.ended.set()

    def tick() -> None:
        while not done.wait(TICK_SECONDS):
            on_tick(job)

    done = threading.Event()
    ticker = threading.Thread(target=tick, name="vdlab progress", daemon=True)
    ticker.start()
    threading.Thread(target=work, name="vdlab sweep", daemon=True).start()
    return job


def status(job: Job) -> tuple[float, str]:
    """The share done, 0 to 1, and in words: what runs now, done, left, and the time left."""
    now = monotonic()
    done = share(job.clock, now)
    if job.last is None:
        return done, "getting ready"
    wait = "cancelling after this one, " if job.cancel.is_set() else ""
    running = f"{wait}{job.last.running or 'finishing'}"
    time = _seconds(seconds_left(job.clock, now))
    if job.last.results.plan.repeats == "auto":  # how many runs are to come, nobody knows yet
        return done, f"{running} · {job.last.done} done · at most {time} left"
    return done, f"{running} · {job.last.done} done · {job.last.total - job.last.done} left · about {time} left"


def _seconds(value: float) -> str:
    whole = max(1, round(value))
    return f"{whole} s" if whole < 90 else f"{whole // 60}:{whole % 60:02} min"
