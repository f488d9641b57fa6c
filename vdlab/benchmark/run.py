"""One run of a setting: cold, timed, traced or watched; its frames compared with the reference."""

import gc
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter_ns

from torchcodec import FrameBatch

from vdlab.benchmark.memory import watch
from vdlab.benchmark.plan import Step
from vdlab.benchmark.results import Peak, Run, Setting, Trace, Verdict
from vdlab.benchmark.timing import timed
from vdlab.benchmark.trace import trace
from vdlab.correctness import Comparison, compare
from vdlab.errors import one_line
from vdlab.notes import collected
from vdlab.strategies import Strategy, find
from vdlab.tracing import recording
from vdlab.truth import check_truth
from vdlab.video import Video
from vdlab.video.index import forget
from vdlab.workers import end_workers


def run_once(
    step: Step, video: Video, indices: list[int], reference: FrameBatch | None
) -> tuple[Run, FrameBatch | None]:
    """Run a setting once, timed, and compare what it returns with the reference, untimed.

    Returns:
        The run, and its frames; None for the frames where it failed.
    """
    setting = step.setting
    strategy = find(setting.strategy)
    video = replace(video, ffmpeg_threads=setting.ffmpeg_threads)
    phase = "timed" if step.kind == "timed" else "warmup"
    about = {**asdict(setting), "round": step.round, "phase": phase, "frames": len(indices)}
    try:
        if step.kind == "warmup" and step.round == 1:
            cool(video.path, strategy)
        if strategy.prepare and phase == "timed":
            strategy.prepare(setting.workers)
        with collected() as notes:
            call = timed(lambda: strategy.decode(video, indices, setting.workers))
        frames, comparison = compared(call.result, reference, indices)
    except (Exception, SystemExit) as error:
        return Run(**about, verdict="failed", detail=reason(error)), None
    run = Run(
        **about,
        verdict=verdict_of(comparison, strategy.tolerance),
        seconds=call.seconds,
        cpu_seconds=call.cpu_seconds,
        detail="" if comparison.identical else str(comparison),
        differing=comparison.differing,
        first_differing=comparison.first,
        largest_difference=comparison.largest,
        notes="; ".join(notes),
    )
    return run, frames


def trace_once(setting: Setting, video: Video, indices: list[int], reference: FrameBatch) -> tuple[Trace, str]:
    """Run a warm setting once and record what its workers do when.

    Returns:
        The trace, and in words how its frames differ from the reference's; empty where they do not.

    Raises:
        Exception: whatever the strategy raises.
    """
    strategy = find(setting.strategy)
    video = replace(video, ffmpeg_threads=setting.ffmpeg_threads)
    if strategy.prepare:
        strategy.prepare(setting.workers)
    gc.collect()
    with recording() as marks:
        begin = perf_counter_ns()
        result = strategy.decode(video, indices, setting.workers)
        end = perf_counter_ns()
    _, comparison = compared(result, reference, indices)
    differs = verdict_of(comparison, strategy.tolerance) == "differs"
    caller = (os.getpid(), threading.get_ident())
    return trace(setting, marks, begin, end, caller), str(comparison) if differs else ""


def peak_once(setting: Setting, video: Video, indices: list[int], warm: bool) -> Peak:
    """Run a setting once and watch its memory.

    Args:
        warm: it ran just before, with as many workers; else it does now, unwatched.

    Raises:
        MachineError: the system does not say how much memory processes share.
        Exception: whatever the strategy raises.
    """
    strategy = find(setting.strategy)
    video = replace(video, ffmpeg_threads=setting.ffmpeg_threads)
    if strategy.prepare:
        strategy.prepare(setting.workers)
    if not warm:
        strategy.decode(video, indices, setting.workers)
    memory = watch(video, indices, setting.strategy, setting.workers)
    return Peak(**asdict(setting), peak_bytes=memory.peak_bytes, result_bytes=memory.result_bytes)


def cool(path: Path, strategy: Strategy) -> None:
    """Take away what earlier runs have left that makes a run of this video quick, as far as it can be without root."""
    if strategy.prepare:
        end_workers()
    forget()
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file, suppress(OSError):  # not every file system can
            os.fsync(file.fileno())  # what still has to be written is not dropped
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def compared(result: object, reference: FrameBatch | None, indices: Sequence[int]) -> tuple[FrameBatch, Comparison]:
    """What a strategy returned, in main memory, and how it compares with the reference; with itself if None.

    Raises:
        TypeError: it is no batch of frames.
    """
    if not isinstance(result, FrameBatch):
        raise TypeError(f"returned {type(result).__name__}, not a FrameBatch")
    # Those of a GPU are copied, after the clock has stopped.
    frames = FrameBatch(result.data.cpu(), result.pts_seconds.cpu(), result.duration_seconds.cpu())
    return frames, compare(frames, frames if reference is None else reference, indices)


def verdict_of(comparison: Comparison, tolerance: int) -> Verdict:
    """`close` only where nothing but pixels differs, and none by more than `tolerance`."""
    if comparison.identical:
        return "identical"
    return "close" if comparison.what == "pixels" and comparison.largest <= tolerance else "differs"


def why_it_differs(run: Run, video: Video, indices: list[int], frames: FrameBatch, until: int) -> str:
    """Whether it is the strategy that is wrong or the reference, from holding the strategy against the truth.

    Empty where that cannot be told, as for other libraries, whose colours are never quite the true ones.
    """
    if find(run.strategy).tolerance or len(frames) != len(indices):
        return ""
    check = check_truth(video, indices, frames, max(until, run.first_differing + 1))
    if check.error:
        return ""
    if not check.wrong:
        return f"all {check.checked} of its frames that were checked are the true ones: the reference is wrong"
    seeking = "; approximate seeking can land elsewhere from another starting point, use --seek-mode exact"
    return f"{check.wrong} of its {check.checked} frames that were checked are not the true ones" + (
        seeking if video.seek_mode == "approximate" else ""
    )


def reason(error: BaseException) -> str:
    """Why a run failed, in a line."""
    return f"{type(error).__name__}: {one_line(error)}"
