"""A sweep: many settings measured in one sitting, in interleaved rounds, each run checked against the reference."""

import gc
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Literal

from joblib import cpu_count
from torchcodec import FrameBatch

from vdlab import __version__
from vdlab.benchmark import cautions
from vdlab.benchmark.counting import count_work
from vdlab.benchmark.plan import Step, counts_by_strategy, plan
from vdlab.benchmark.reference import LINEAR, decode_reference, linear_reference
from vdlab.benchmark.rounds import LOOKS, first_rounds, further_steps
from vdlab.benchmark.run import peak_once, reason, run_once, trace_once
from vdlab.benchmark.truth import check_truth, frames_to_check
from vdlab.errors import MachineError
from vdlab.machine.activity import Vitals, vitals
from vdlab.machine.describe import describe
from vdlab.machine.files import make_folder
from vdlab.results.records import REFERENCE, Results, Run, Setting, Truth
from vdlab.strategies import find
from vdlab.video import SeekMode, Video, as_video
from vdlab.video.sampling import sample

USUAL = ("sequential", "ffmpeg-threads", "processes", "threads", "pruned-threads")
"""What is measured unless the caller chooses: the tutorial's four, and the one that does the least work."""

Inspect = Callable[[Run, FrameBatch, FrameBatch], None]


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


def sweep(
    video: Video | str | Path,
    *,
    fps: Sequence[float] | float = 2,
    strategies: Sequence[str] = USUAL,
    workers: Mapping[str, Sequence[int]] | Sequence[int] | None = None,
    ffmpeg_threads: Sequence[int] = (1, 2),
    repeats: int | Literal["auto"] = 3,
    budget_seconds: float = 120,
    warmup: int = 1,
    seek_mode: SeekMode = "approximate",
    truth: bool | int | None = None,
    trace: bool = True,
    memory: bool = True,
    save: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    inspect: Inspect | None = None,
) -> Results:
    """Measure every strategy at every number of workers and every sampling rate.

    For each rate, a reference is decoded once: by the sequential strategy, or where that cannot be trusted by the
    nearest way that can, see `Results.references`. Then come `warmup` and `repeats` rounds; a round runs every setting
    once, so that a slow minute of the machine touches all alike. The first warm-up round is the cold start, see `Run`.
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
            with sequential and the fastest with the runner-up, or the budget is spent.
        budget_seconds: for the whole sweep with `repeats="auto"`, shared by the sampling rates; what is under way
            is finished.
        warmup: untimed rounds before them.
        seek_mode: how decoders find frames: `approximate` or `exact`.
        truth: check the reference against a slow decode without seeking: True, up to a frame number, or False. None
            does so where the packets leave a doubt that times do not settle, see `vdlab.benchmark.truth.frames_to_check`.
        trace: record a timeline of every setting: `Results.traces`.
        memory: measure the peak memory of every setting: `Results.peaks`.
        save: a folder; `results.json` and `results.csv` in it are rewritten after every step.
        progress: called before every step, and at the end.
        cancel: an event; once set, the sweep ends after the current step.
        inspect: called after every run that returned frames, untimed, with the run, its frames and the reference's.
            Both batches belong to the sweep: what is to be kept of them is to be copied.

    Returns:
        Results with every run that ended. Cut short by `cancel` or by Ctrl-C, they are what there was until
        then, and `finished` is None.

    Raises:
        VideoError, SettingsError: the video or a setting is unusable; nothing has run.
        VDLabError: the results cannot be written to `save`.
    """
    video = as_video(video, seek_mode)
    rates = [fps] if isinstance(fps, int | float) else list(dict.fromkeys(fps))
    indices = {rate: sample(video, rate) for rate in rates}
    names = list(dict.fromkeys([REFERENCE, *strategies]))
    counts = counts_by_strategy(names, workers)
    inner = list(dict.fromkeys(ffmpeg_threads))
    first = first_rounds(repeats, budget_seconds)
    until = frames_to_check(video, truth)
    asked = (warmup, first, until > 0, trace, memory)
    steps = [step for rate in rates for step in plan(names, counts, inner, rate, *asked)]
    folder = None if save is None else make_folder(save)
    results = Results(
        video=video.about(),
        machine=describe(),
        settings={
            "fps": rates,
            "strategies": names,
            "workers": sorted({count for name in names if find(name).parallel for count in counts[name]}) or [1],
            "workers_by_strategy": counts,
            "ffmpeg_threads": inner,
            "repeats": repeats,
            "budget_seconds": budget_seconds if repeats == "auto" else None,
            "looks": len(LOOKS) if repeats == "auto" else 1,
            "warmup": warmup,
            "seek_mode": video.seek_mode,
            "truth": truth,
            "trace": trace,
            "memory": memory,
        },
        version=__version__,
        started=_now(),
        warnings=cautions.busy_machine(cpu_count()),
        sources={name: find(name).source for name in names},
        titles={name: find(name).title for name in names},
    )

    def report(done: int, running: str, seconds_left: float | None) -> None:
        if folder is not None:
            keep(results, folder)
        if progress is not None:
            progress(Progress(results, running, done, len(steps), seconds_left))

    watched: list[tuple[Run, Vitals, Vitals]] = []
    gc.collect()
    gc.freeze()  # or the collection before every run would walk through all of torch, for longer than short runs take
    try:
        began = perf_counter()
        took: dict[tuple, float] = {}
        work = perform(steps, video, indices, until, results, inspect)
        for done, step in enumerate(steps):
            left = estimate(steps[done:], took)
            if repeats == "auto" and any(later.kind == "timed" for later in steps[done:]):
                left = max(left or 0.0, budget_seconds - (perf_counter() - began))
            report(done, str(step), left)
            if cancel is not None and cancel.is_set():
                break
            before, runs, start = vitals(), len(results.runs), perf_counter()
            next(work)
            took[step.kind, step.setting] = perf_counter() - start
            if step.kind == "timed" and len(results.runs) > runs:
                watched.append((results.runs[-1], before, vitals()))
            if repeats == "auto" and step.kind == "timed":
                rate = step.setting.fps
                same = [step for step in steps if step.setting.fps == rate]
                later = [step for step in steps[done + 1 :] if step.setting.fps == rate]
                if not any(step.kind == "timed" for step in later):
                    share = budget_seconds * (rates.index(rate) + 1) / len(rates)
                    share -= perf_counter() - began + estimate(later, took)
                    steps[done + 1 : done + 1] = further_steps(results, same, took, share)
        else:
            # Last, or strategies that need an index of the packets would find it made when they are first run.
            settings = dict.fromkeys(run.setting for run in results.runs if run.verdict != "failed")
            results.work = count_work(video, indices, list(settings), cpu_count())
            results.finished = _now()
    except KeyboardInterrupt:
        pass  # what has been measured is returned, as after a cancel
    finally:
        gc.unfreeze()
    results.cautions += cautions.oversubscribed(results, cpu_count()) + cautions.of_runs(results)
    results.cautions += cautions.of_vitals(watched)
    report(len(steps), "", 0.0)
    return results


def perform(
    steps: Sequence[Step],
    video: Video,
    indices: dict[float, list[int]],
    until: int,
    results: Results,
    inspect: Inspect | None = None,
) -> Iterator[Step]:
    """Do one step after another, add what it found to `results`, and yield it once it is done.

    `steps` may grow meanwhile, behind the step that was yielded last.

    Only one reference is in memory at a time, beside the frames of the run that is compared with it. A setting
    that failed is not run again, and none is run where no strategy gives a reference: nothing could be checked.
    """
    reference: FrameBatch | None = None
    given_up: set[Setting] = set()
    unwatchable = False
    traced: Setting | None = None  # in the step before
    for step in steps:
        rate = step.setting.fps
        match step.kind:
            case "reference":
                reference = None  # give the last rate's memory back before the next one's is taken
                found, reference, run = decode_reference(video, indices[rate], rate)
                results.references.append(found)
                if reference is None:
                    results.runs.append(run)
            case "truth" if reference is not None and results.references[-1].strategy != LINEAR:
                reference = held_against_truth(results, video, indices[rate], reference, until)
            case "warmup" | "timed" if reference is not None and step.setting not in given_up:
                run, frames = run_once(step, video, indices[rate], reference)
                results.runs.append(run)
                if run.verdict == "failed":
                    given_up.add(step.setting)
                if inspect is not None and frames is not None:
                    inspect(run, frames, reference)
                del frames  # or they would lie beside the next run's
            case "trace" if reference is not None and step.setting not in given_up:
                if add_trace(results, step.setting, video, indices[rate], reference):
                    traced = step.setting
            case "memory" if reference is not None and step.setting not in given_up and not unwatchable:
                try:
                    add_peak(results, step.setting, video, indices[rate], just_ran=traced == step.setting)
                except MachineError as error:
                    unwatchable = True
                    results.cautions.append(cautions.no_peaks(str(error)))
        yield step


def add_trace(results: Results, setting: Setting, video: Video, indices: list[int], reference: FrameBatch) -> bool:
    """Trace a setting; returns whether it went well. A caution says where not, and where its frames differ for once."""
    try:
        trace, difference = trace_once(setting, video, indices, reference)
    except (Exception, SystemExit) as error:
        results.cautions.append(cautions.untraced(setting, reason(error)))
        return False
    results.traces.append(trace)
    if difference and not any(run.setting == setting and run.verdict == "differs" for run in results.runs):
        results.cautions.append(cautions.traced_otherwise(setting, difference))
    return True


def add_peak(results: Results, setting: Setting, video: Video, indices: list[int], just_ran: bool) -> None:
    """Measure a setting's peak memory, or leave a caution.

    Raises:
        MachineError: it cannot be measured on this machine.
    """
    try:
        results.peaks.append(peak_once(setting, video, indices, just_ran))
    except MachineError:
        raise
    except (Exception, SystemExit) as error:
        results.cautions.append(cautions.unwatched(setting, reason(error)))


def held_against_truth(
    results: Results, video: Video, indices: list[int], reference: FrameBatch, until: int
) -> FrameBatch:
    """Check the last reference; where it is wrong, and frames decoded without seeking can be had, those replace it."""
    used = results.references[-1]
    check = check_truth(video, indices, reference, until)
    sentence = check.sentence(used.seek_mode)
    results.truths.append(
        Truth(used.fps, sentence, check.checked, check.sampled, check.wrong, check.first, check.error)
    )
    if check.wrong:
        because = (
            f"{check.wrong} of the frames of sequential with {used.seek_mode} seeking that were checked are not those "
            "of a decode without seeking"
        )
        better, frames, _ = linear_reference(video, indices, used.fps, because)
        if frames is not None:
            results.references[-1] = better
            return frames
    return reference


def estimate(steps: Sequence[Step], took: dict[tuple, float]) -> float | None:
    """Seconds that `steps` will take, each as long as the like step took, or as the average step so far."""
    if not took:
        return None
    average = mean(took.values())

    def seconds(step: Step) -> float:
        like = ((kind, step.setting) for kind in (step.kind, "timed", "warmup"))
        return next((took[key] for key in like if key in took), average)

    return sum(map(seconds, steps))


def keep(results: Results, folder: Path) -> None:
    """Write what has been measured so far: a crash later loses none of it."""
    results.save(folder / "results.json")
    results.save_csv(folder / "results.csv")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
