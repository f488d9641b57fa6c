"""One run of a setting: cold, timed, traced or watched; its frames compared with the reference."""

import gc
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from time import perf_counter_ns

from torchcodec import FrameBatch

from vdlab.benchmark.correctness import Comparison, Times, check_times, compare
from vdlab.benchmark.memory import watch
from vdlab.benchmark.plan import Step
from vdlab.benchmark.timing import timed
from vdlab.benchmark.trace import trace
from vdlab.errors import one_line
from vdlab.notes import collected
from vdlab.results.records import Peak, Run, Setting, Trace, Verdict
from vdlab.strategies import Strategy, find
from vdlab.strategies.worker_processes import end_workers
from vdlab.tracing import recording
from vdlab.video import Video
from vdlab.video.index import forget

LENT_TIMES = frozenset(("opencv", "decord", "ffmpeg-cli"))
"""Strategies that take times from the packet index, because their library gives none: these prove nothing."""


def run_once(
    step: Step, video: Video, indices: list[int], reference: FrameBatch | None
) -> tuple[Run, FrameBatch | None]:
    """Run a setting once, timed; then, untimed, check its frames' times and compare them with the reference.

    Args:
        reference: None where it is the reference that is decoded: then the times alone are checked.

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
            cool(video, strategy)
        if phase == "timed":
            warm(video, strategy, setting.workers)
        with collected() as notes:
            call = timed(lambda: strategy.decode(video, indices, setting.workers))
        frames = in_main_memory(call.result)
        times, comparison = checked(setting, video, frames, reference, indices)
    except (Exception, SystemExit) as error:
        return Run(**about, verdict="failed", detail=reason(error)), None
    run = Run(
        **about,
        verdict=verdict_of(times, comparison, strategy.tolerance),
        seconds=call.seconds,
        cpu_seconds=call.cpu_seconds,
        detail=difference(times, comparison),
        differing=comparison.differing,
        first_differing=comparison.first,
        largest_difference=comparison.largest,
        notes="; ".join(notes),
        times_checked=times.checked,
        wrong_times=times.wrong,
        first_wrong_time=times.first,
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
    warm(video, strategy, setting.workers)
    gc.collect()
    with collected(), recording() as marks:
        begin = perf_counter_ns()
        result = strategy.decode(video, indices, setting.workers)
        end = perf_counter_ns()
    times, comparison = checked(setting, video, in_main_memory(result), reference, indices)
    differs = verdict_of(times, comparison, strategy.tolerance) == "differs"
    caller = (os.getpid(), threading.get_ident())
    return trace(setting, marks, begin, end, caller), difference(times, comparison) if differs else ""


def peak_once(setting: Setting, video: Video, indices: list[int], just_ran: bool) -> Peak:
    """Run a setting once and watch its memory.

    Args:
        just_ran: with as many workers; else it does now, unwatched.

    Raises:
        MachineError: the system does not say how much memory processes share.
        Exception: whatever the strategy raises.
    """
    strategy = find(setting.strategy)
    video = replace(video, ffmpeg_threads=setting.ffmpeg_threads)
    warm(video, strategy, setting.workers)
    with collected():
        if not just_ran:
            strategy.decode(video, indices, setting.workers)
        memory = watch(video, indices, setting.strategy, setting.workers)
    return Peak(**asdict(setting), peak_bytes=memory.peak_bytes, result_bytes=memory.result_bytes)


def cool(video: Video, strategy: Strategy) -> None:
    """Take away what earlier runs have left that makes a run of this video quick, as far as it can be without root."""
    if strategy.prepare:
        end_workers()
    forget()
    if video.source.data is not None:
        video.source.index = None
    elif hasattr(os, "posix_fadvise"):
        with video.path.open("rb") as file, suppress(OSError):  # not every file system can
            os.fsync(file.fileno())  # what still has to be written is not dropped
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def warm(video: Video, strategy: Strategy, workers: int) -> None:
    """Have what is there from the second run on: worker processes, and the index that a cold start took away."""
    _ = video.index
    if strategy.prepare:
        strategy.prepare(workers)


def in_main_memory(result: object) -> FrameBatch:
    """What a strategy returned; a GPU's frames are copied, after the clock has stopped.

    Raises:
        TypeError: it is no batch of frames.
    """
    if not isinstance(result, FrameBatch):
        raise TypeError(f"returned {type(result).__name__}, not a FrameBatch")
    return FrameBatch(result.data.cpu(), result.pts_seconds.cpu(), result.duration_seconds.cpu())


def checked(
    setting: Setting, video: Video, frames: FrameBatch, reference: FrameBatch | None, indices: Sequence[int]
) -> tuple[Times, Comparison]:
    """Whether these are the frames asked for, by their times and by the reference; by itself if that is None.

    Where the file keeps no times, everyone makes up their own: only pixels are compared.
    """
    own_times = setting.strategy not in LENT_TIMES and len(frames) == len(indices)
    times = check_times(video, indices, frames.pts_seconds.numpy()) if own_times else Times(0)
    reference = frames if reference is None else reference
    if not video.index.timed and len(frames) == len(reference):
        frames = FrameBatch(frames.data, reference.pts_seconds, frames.duration_seconds)
    return times, compare(frames, reference, indices)


def verdict_of(times: Times, comparison: Comparison, tolerance: int) -> Verdict:
    """`differs` where a frame comes from the wrong place, whatever the reference has there; `close` only where nothing
    but pixels differs, and none by more than `tolerance`."""
    if times.wrong:
        return "differs"
    if comparison.identical:
        return "identical"
    return "close" if comparison.what == "pixels" and comparison.largest <= tolerance else "differs"


def difference(times: Times, comparison: Comparison) -> str:
    """What is wrong with a run's frames, in a sentence; empty where nothing is."""
    if times.wrong:
        # These differ from the reference too: it is worth a word where others do.
        more = f"; {comparison}" if comparison.differing > times.wrong else ""
        return f"differs: {times.sentence}{more}"
    return "" if comparison.identical else str(comparison)


def reason(error: BaseException) -> str:
    """Why a run failed, in a line."""
    return f"{type(error).__name__}: {one_line(error)}"
