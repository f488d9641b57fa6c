"""A sweep: many settings measured in one sitting, in interleaved rounds, each run checked against the reference."""

import gc
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Literal

from torchcodec import FrameBatch

from vdlab import __version__
from vdlab.benchmark import cautions
from vdlab.benchmark.counting import count_work
from vdlab.benchmark.plan import USUAL, make_plan
from vdlab.benchmark.rounds import Schedule, Step, steps_of, ways
from vdlab.benchmark.runner import Runner, VideoRunner
from vdlab.errors import VDLabError
from vdlab.machine.describe import describe
from vdlab.notes import note
from vdlab.results.records import PRACTICAL, Plan, Results, Run, StrategyFacts
from vdlab.results.store import Keeper
from vdlab.video import SeekMode, Video, as_video
from vdlab.video.video import VideoFacts


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        results: everything measured so far.
        running: what runs next, in words; empty at the end.
        done, total: steps; with `repeats="auto"` the total grows as rounds are added.
        seconds_left: an estimate; None until something has been measured. With `repeats="auto"`, at most so many.
    """

    results: Results
    running: str
    done: int
    total: int
    seconds_left: float | None


Observer = Callable[[Progress], None]
"""Called before every step, and at the end."""

Inspect = Callable[[Run, FrameBatch, FrameBatch], None]


def sweep(
    video: Video | str | Path,
    *,
    fps: Sequence[float] | float = 2,
    strategies: Sequence[str] = USUAL,
    workers: Mapping[str, Sequence[int]] | Sequence[int] | None = None,
    ffmpeg_threads: Sequence[int] = (1, 2),
    repeats: int | Literal["auto"] = "auto",
    budget_seconds: float = 120,
    warmup: int = 1,
    seek_mode: SeekMode = "approximate",
    truth: bool | int | None = None,
    trace: bool = True,
    memory: bool = True,
    seed: int | None = None,
    control: bool = True,
    practical: float = PRACTICAL,
    save: str | Path | None = None,
    progress: Observer | None = None,
    cancel: threading.Event | None = None,
    inspect: Inspect | None = None,
) -> Results:
    """Measure every strategy at every number of workers and every sampling rate.

    For each rate, a reference is decoded once: by the sequential strategy, or where that cannot be trusted by the
    nearest way that can, see `Results.references`. Then come `warmup` and `repeats` rounds; a round runs every setting
    once, each time in another order, so that a slow minute of the machine touches all alike, and the one that leads
    twice, which shows how much of a difference is noise. Runs during which other processes used the CPUs are repeated
    at the end of their round, as long as that takes no longer than the rounds; the first ones are kept as `disturbed`.
    The first warm-up round is the cold start, see `Run`.
    After the rounds every setting is run once more to record what its workers do when, and once to watch its memory:
    neither touches a timed run. Of every run, warm-ups too, each frame's time is held against the packet index, and
    its pixels are compared with the reference's. A strategy that fails becomes a row that says so, and the sweep goes
    on without it.

    Args:
        video: a video, or the path of one.
        fps: target sampling rates, in frames per second of video.
        strategies: names; the sequential one is always measured, because speedups are relative to it. Where it fails
            there are none.
        workers: worker counts, for all strategies or, in a mapping, for each by name; 1, 2, 4 ... up to the CPUs
            allowed where None or no entry says otherwise.
        ffmpeg_threads: threads of each decoder, for the strategies that take both numbers.
        repeats: timed rounds. With "auto", at least three, then more until it is settled how each strategy compares
            with sequential and the fastest with the runner-up, which is looked at after 5, 8, 13 ... rounds, or the
            budget is spent.
        budget_seconds: for the whole sweep with `repeats="auto"`, divided among the sampling rates; what is under way
            is finished.
        warmup: untimed rounds before them.
        seek_mode: how decoders find frames: `approximate` or `exact`.
        truth: check the reference against a slow decode without seeking: True, up to a frame number, or False. None
            does so where the packets leave a doubt that times do not settle, see
            `vdlab.benchmark.rounds.frames_to_check`.
        trace: record a timeline of every setting: `Results.traces`.
        memory: measure the peak memory of every setting: `Results.peaks`.
        seed: of the order of settings in each round; None draws one, which the plan of the results keeps.
        control: enter the setting that leads after the warm-ups a second time in every round, see `Results.noise`.
        practical: the difference that counts, as a fraction; a smaller one is none that anybody would choose by.
        save: a folder; `results.json` and `results.csv` in it are rewritten after every step. What an earlier sweep
            left there is renamed. Where the disk fills up meanwhile, the sweep goes on, and a note says what is not
            there.
        progress: called before every step, and at the end.
        cancel: an event; once set, the sweep ends after the current step.
        inspect: called after every run that returned frames, untimed, with the run, its frames and the reference's.
            Both batches belong to the sweep: what is to be kept of them is to be copied.

    Returns:
        Results with every run that ended. Cut short by `cancel` or by Ctrl-C, they are what there was until
        then, and `finished` is None.

    Raises:
        VideoError, SettingsError: the video or a setting is unusable; nothing has run.
        VDLabError: the results cannot be written to `save`, or another sweep writes there; nothing has run.
    """
    video = as_video(video, seek_mode)
    plan = make_plan(
        video,
        fps=fps,
        strategies=strategies,
        workers=workers,
        ffmpeg_threads=ffmpeg_threads,
        repeats=repeats,
        budget_seconds=budget_seconds,
        warmup=warmup,
        seek_mode=seek_mode,
        truth=truth,
        trace=trace,
        memory=memory,
        seed=seed,
        control=control,
        practical=practical,
    )
    return saving(lambda observers: measure(video, plan, observers, cancel, inspect), save, progress)


def saving(run: Callable[[list[Observer]], Results], save: str | Path | None, progress: Observer | None) -> Results:
    """What `run` returns for these observers: one that writes the results to a folder, if any, and the caller's.

    Raises:
        VDLabError: they cannot be written there, or another sweep writes there; nothing has run.
    """
    others = [] if progress is None else [progress]
    if save is None:
        return run(others)
    with Keeper(save) as keeper:

        def keep(progress: Progress) -> None:
            keeper.keep(progress.results)
            if keeper.lacking and progress.done == 0:
                raise VDLabError(keeper.lacking)

        results = run([keep, *others])
    if keeper.lacking:
        note(f"{keeper.lacking}; the results that were returned have all of them")
    return results


def measure(
    video: Video,
    plan: Plan,
    observers: Sequence[Observer] = (),
    cancel: threading.Event | None = None,
    inspect: Inspect | None = None,
    expected: Callable[[Step], float] | None = None,
) -> Results:
    """Measure what is planned; arguments, results and errors are those of `sweep`.

    Args:
        expected: how long a step may take, in seconds, for as long as none like it has been done.
    """
    results = begun(video.about(), plan)
    runner = VideoRunner(video, results)
    schedule = Schedule(plan, steps_of(plan, video), expected)
    # Last, or strategies that need an index of the packets would find it made when they are first run.
    go_through(runner, schedule, observers, cancel, inspect, lambda: count_work(results, video, runner.indices))
    return results


def begun(video: VideoFacts, plan: Plan) -> Results:
    """The results of a sweep that begins now."""
    chosen = map(ways(plan.frames).find, plan.strategies)
    return Results(
        video=video,
        machine=describe(),
        plan=plan,
        version=__version__,
        started=now(),
        strategies={one.name: StrategyFacts(one.title, one.source, one.origin) for one in chosen},
    )


def go_through(
    runner: Runner,
    schedule: Schedule,
    observers: Sequence[Observer] = (),
    cancel: threading.Event | None = None,
    inspect: Inspect | None = None,
    at_the_end: Callable[[], None] = lambda: None,
) -> None:
    """Do one step after the other, until the last, a cancel or Ctrl-C: what has been measured stays in the results.

    Args:
        at_the_end: called where every step was done.
    """
    results, done, cancel = runner.results, 0, cancel or threading.Event()

    def tell(running: str, done: int, seconds_left: float | None) -> None:
        results.cautions = cautions.found(runner.seen)
        for observer in observers:
            observer(Progress(results, running, done, len(schedule.steps), seconds_left))

    with frozen_garbage():
        try:
            for done, step in enumerate(schedule.steps):  # which grow meanwhile, behind this step
                if runner.skips(step):  # without a word: telling takes longer
                    schedule.ended(done, 0.0, results)
                    continue
                tell(str(step), done, schedule.seconds_left(done))
                if cancel.is_set():
                    break
                start = perf_counter()
                ran = runner.do(step, cancel)
                schedule.ended(done, perf_counter() - start, results)
                if ran is not None and inspect is not None:
                    inspect(*ran)
                del ran  # or its frames would lie beside the next run's
            else:
                results.plan = replace(results.plan, looks=schedule.looks)
                at_the_end()
                results.finished = now()
        except KeyboardInterrupt:
            pass  # what has been measured is returned, as after a cancel
    tell("", done if results.finished is None else len(schedule.steps), 0.0)


@contextmanager
def frozen_garbage() -> Iterator[None]:
    """Else the collection before every run would walk through all of torch, for longer than short runs take."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def now() -> str:
    """ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
