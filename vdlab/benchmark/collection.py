"""A sweep of a collection: loaders measured side by side on some of its videos, each run checked."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Literal

from joblib.externals.loky import cpu_count
from numpy.random import default_rng

from vdlab.benchmark.anatomy import with_spent
from vdlab.benchmark.cautions import Failure
from vdlab.benchmark.choosing import FEWEST, LOOKED_AT, MOST, Chosen, choose, look, seconds_a_video
from vdlab.benchmark.loading import Right, load_once, peak_of, right_frames, waited, wanted_small
from vdlab.benchmark.plan import USUAL_LOADERS, make_plan
from vdlab.benchmark.rounds import FEWEST as FEWEST_ROUNDS
from vdlab.benchmark.rounds import Schedule, Step, conditions, settings_of, share_ends, steps_of
from vdlab.benchmark.run import reason
from vdlab.benchmark.runner import Ran, Runner
from vdlab.benchmark.sweep import Observer, begun, go_through, saving
from vdlab.errors import SettingsError
from vdlab.loaders import LOADERS
from vdlab.machine.workers import check_count
from vdlab.results.records import CASES, PRACTICAL, Frames, Peak, Plan, Reference, Results, Run
from vdlab.video.collection import VideoInput, Videos, Wanted, wanted_of

LOOKING = 0.1
"""Of the budget, for opening files to see what there is; as much again for timing what goes into a video."""


def sweep_collection(
    videos: Videos,
    *,
    fps: Sequence[float] | float = 2,
    loaders: Sequence[str] = USUAL_LOADERS,
    workers: Mapping[str, Sequence[int]] | Sequence[int] | None = None,
    ffmpeg_threads: Sequence[int] = (1,),
    frames: Sequence[Frames] = tuple(CASES),
    sample: int | Literal["auto", "all"] = "auto",
    using_seconds: float | None = None,
    repeats: int | Literal["auto"] = "auto",
    budget_seconds: float = 120,
    warmup: int = 1,
    memory: bool = True,
    seed: int | None = None,
    control: bool = True,
    practical: float = PRACTICAL,
    save: str | Path | None = None,
    progress: Observer | None = None,
    cancel: threading.Event | None = None,
) -> Results:
    """Measure every loader on a collection: how many videos a second, and what holds them up.

    Some of its videos stand for all: several hundred, drawn at random, are opened, and of each codec, size and length
    so many are measured as it has of all, see `Results.collection`. Each case of what becomes of the frames is
    measured by itself, as `vdlab.sweep` measures a video: in interleaved rounds, over one video after the other, see
    `Results.only`. The warm-ups compare a hash of every video's pixels, all runs compare the times of frames.

    Args:
        videos: a folder, a pattern, a manifest or a list, as for `vdlab.decode_many`.
        fps: target sampling rates, in frames per second of video.
        loaders: names; one-by-one is always measured, because speedups are relative to it.
        workers: worker counts, for all loaders or, in a mapping, for each by name; the CPUs allowed if None.
        ffmpeg_threads: threads of each decoder, for the loaders that take both numbers.
        frames: what becomes of them: `stay` where they are decoded, come back `small`, come back `whole`.
        sample: how many videos are measured; `auto` takes as many as the budget has room for.
        using_seconds: how long somebody who uses the frames takes for each video, as a training step does: then each
            setting is also run for him, and `Measurement.waited` says how long he waits. None does not.
        repeats, budget_seconds, warmup, memory, seed, control, practical, save, progress, cancel: as for `vdlab.sweep`;
            the budget is divided among the cases too, and there is at least one warm-up.

    Returns:
        Results with every run that ended.

    Raises:
        VideoError, SettingsError: no video can be opened, or a setting makes no sense; nothing has run.
        VDLabError: the results cannot be written to `save`, or another sweep writes there; nothing has run.
    """
    unknown = [case for case in frames if case not in CASES]
    if unknown or not frames:
        raise SettingsError(f"frames={list(frames)} will not do; choose from {', '.join(CASES)}")
    plan = make_plan(
        None,
        fps=fps,
        strategies=loaders,
        workers=[cpu_count()] if workers is None else workers,
        ffmpeg_threads=ffmpeg_threads,
        repeats=repeats,
        budget_seconds=budget_seconds,
        warmup=max(1, warmup),
        seek_mode="exact",
        truth=False,
        trace=False,
        memory=memory,
        seed=seed,
        control=control,
        practical=practical,
        frames=frames,
        using_seconds=using_seconds,
    )
    wanted = wanted_of(videos, fps=plan.fps[0])
    chosen = chosen_of(wanted, named(videos, len(wanted)), plan, sample, budget_seconds)
    return saving(lambda observers: measure_collection(chosen, plan, observers, cancel), save, progress)


def named(videos: Videos, count: int) -> str:
    """What a collection is called: by its folder, pattern or manifest, or by how many videos were listed."""
    return str(Path(videos).absolute()) if isinstance(videos, str | os.PathLike) else f"{count:,} videos"


def chosen_of(wanted: list[Wanted], name: str, plan: Plan, sample: int | str, budget_seconds: float) -> Chosen:
    """The videos to measure, within so many seconds where it is left to be found how many.

    Raises:
        VideoError: none can be opened.
        SettingsError: `sample` is no number.
    """
    order, began = default_rng(plan.seed), perf_counter()
    seconds, most_looked_at = (float("inf"), len(wanted)) if sample == "all" else (LOOKING * budget_seconds, LOOKED_AT)
    looked = look(wanted, seconds, order, most_looked_at)
    if sample == "all":
        most = len(looked)
    elif sample == "auto":
        room = (1 - 2 * LOOKING) * budget_seconds / (seconds_a_video(looked) * passes(plan))
        most = min(MOST, max(FEWEST, int(room)))
    else:
        most = check_count(sample, "number of videos", 1, MOST, f"{MOST:,}")
    return replace(choose(looked, len(wanted), most, name, order), seconds=perf_counter() - began)


def passes(plan: Plan) -> float:
    """How many times as long as one video after the other, with one thread, a sweep takes at the least."""
    rounds = FEWEST_ROUNDS if plan.repeats == "auto" else plan.repeats
    once = plan.warmup + plan.memory + (plan.using_seconds is not None)
    found = float(len(plan.fps))  # for the references
    for condition in conditions(plan):
        settings = settings_of(plan, *condition)
        parallel = [min(cpu_count(), setting.workers * setting.ffmpeg_threads) for setting in settings]
        found += sum((rounds + once) / count for count in parallel) + plan.control * rounds / max(parallel)
    return found


def measure_collection(
    chosen: Chosen, plan: Plan, observers: Sequence[Observer] = (), cancel: threading.Event | None = None
) -> Results:
    """Measure what is planned; arguments, results and errors are those of `sweep_collection`."""
    results, began = begun(chosen.facts, plan), perf_counter() - chosen.seconds
    results.collection = with_spent(chosen.collection, chosen.looked, LOOKING * (plan.budget_seconds or float("inf")))
    with loaders_ended(plan):
        schedule = Schedule(plan, steps_of(plan, None), began=began)
        go_through(CollectionRunner(chosen, results, began), schedule, observers, cancel)
    return results


@contextmanager
def loaders_ended(plan: Plan) -> Iterator[None]:
    """Let go of what loaders have brought up, such as worker processes and clusters, once all is done."""
    try:
        yield
    finally:
        for end in filter(None, (LOADERS[name].end for name in plan.strategies)):
            end()


class CollectionRunner(Runner):
    """Runs loaders on the videos that were chosen.

    Args:
        began: when the budget's time did, on the clock of `perf_counter`.
    """

    def __init__(self, chosen: Chosen, results: Results, began: float) -> None:
        super().__init__(results)
        self._listed, self._budget_began = [one.wanted for one in chosen.looked], began
        self._all_right: dict[float, dict[VideoInput, Right]] = {}  # by sampling rate
        self._right: dict[VideoInput, Right] = {}

    @property
    def referenced(self) -> bool:
        """Whether anything can be compared."""
        return any(not one.error for one in self._right.values())

    def reference(self, fps: float) -> None:
        """Decode the videos once, whatever becomes of their frames."""
        known = fps in self._all_right
        self._right = self._all_right[fps] if known else right_frames(self._wanted(fps))
        if not known:
            self._all_right[fps] = self._right
            because = "" if self.referenced else next(one.error for one in self._right.values())
            strategy = "sequential" if self.referenced else ""
            self.results.references.append(Reference(fps, strategy, "exact", because))

    def skips(self, step: Step) -> bool:
        """No memory is watched any more once the time is over, which takes longer than a run."""
        spent = perf_counter() - self._budget_began
        if step.kind != "memory" or spent < share_ends(self.results.plan, step.setting.condition):
            return super().skips(step)
        assert step.setting.frames  # a loader's setting says what becomes of its frames
        late = Failure("late", None, f"there was no time left to watch memory where {CASES[step.setting.frames]}")
        if late not in self.seen.failures:
            self.seen.failures.append(late)
        return True

    def _wanted(self, fps: float, frames: Frames = "whole") -> list[Wanted]:
        """What is wanted at a sampling rate, unless a manifest says for itself which frames."""
        return wanted_small([replace(one, fps=fps) if one.fps is not None else one for one in self._listed], frames)

    def once(self, step: Step, began: float) -> tuple[Run, Ran | None]:
        """Run a loader once."""
        return load_once(step, self._for(step), self._right, began), None

    def look(self, step: Step) -> None:
        """Run a loader for somebody who uses the frames."""
        using = self.results.plan.using_seconds
        assert using is not None  # or there is no such step
        try:
            found = waited(step.setting, self._for(step), self._right, using)
        except (Exception, SystemExit) as error:
            what = f"it is not known how long it is waited for, because that run failed: {reason(error)}"
            self.seen.failures.append(Failure("using", step.setting, what))
            return
        self.results.of(step.setting).waited = found

    def peak(self, step: Step) -> Peak:
        """Run a loader once and watch its memory."""
        return peak_of(step.setting, self._for(step), self._right)

    def _for(self, step: Step) -> list[Wanted]:
        assert step.setting.frames  # a loader's setting says what becomes of its frames
        return self._wanted(step.setting.fps, step.setting.frames)
