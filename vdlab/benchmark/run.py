"""One run of a setting: cold, timed, traced or watched; its frames compared with the reference."""

import gc
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from time import perf_counter_ns, process_time
from typing import Any, Generic, TypeVar

import psutil
from torchcodec import FrameBatch

from vdlab.benchmark.correctness import check
from vdlab.benchmark.memory import watch
from vdlab.benchmark.rounds import Step
from vdlab.benchmark.trace import trace
from vdlab.errors import one_line, stack_within
from vdlab.machine import activity
from vdlab.notes import collected
from vdlab.results.records import LONGEST_STACK, Peak, Phase, Run, Trace
from vdlab.strategies import Strategy, find
from vdlab.strategies.needed_memory import check_memory
from vdlab.strategies.registry import Way
from vdlab.tracing.backends import end_workers
from vdlab.tracing.recorder import recording
from vdlab.video import Video
from vdlab.video.index import forget

T = TypeVar("T")


@dataclass(frozen=True)
class Timed(Generic[T]):
    """A call's result, the seconds it took, the CPU seconds that this process and its children spent on it, and the
    CPUs that all others used meanwhile; None where that is not counted."""

    result: T
    seconds: float
    cpu_seconds: float
    others: float | None


def timed(call: Callable[[], T]) -> Timed[T]:
    """Call `call` once. Garbage is collected before, so that none of an earlier run's falls into this one."""
    gc.collect()
    # What looking costs lies outside of all that is counted: listing the children takes milliseconds.
    before = children_seconds()
    own, all_before, start = process_seconds(), activity.busy_seconds(), perf_counter_ns()
    result = call()
    stop, all_after, own_after = perf_counter_ns(), activity.busy_seconds(), process_seconds()
    seconds, cpu = (stop - start) / 1e9, max(0.0, own_after - own + children_seconds() - before)
    if all_before is None or all_after is None:
        return Timed(result, seconds, cpu, None)
    return Timed(result, seconds, cpu, max(0.0, all_after - all_before - cpu) / seconds)


def run_once(
    step: Step, video: Video, indices: list[int], reference: FrameBatch | None, began: float = 0.0
) -> tuple[Run, FrameBatch | None]:
    """Run a setting once, timed; then, untimed, check its frames' times and compare them with the reference.

    Args:
        reference: None where it is the reference that is decoded: then the times alone are checked.
        began: seconds after the sweep began.

    Returns:
        The run, and its frames; None for the frames where it failed.
    """
    phase: Phase = step.kind if step.kind == "timed" or step.kind == "control" else "warmup"
    run = Run(step.setting, step.round, phase, len(indices), "failed", began)
    try:
        strategy, decode = ready(step, video, indices)
        with collected() as notes:
            call = timed(decode)
        frames = in_main_memory(call.result)
        found = check(strategy, video, indices, frames, reference)
    except (Exception, SystemExit) as error:
        return replace(run, detail=reason(error), stack=own_stack(find(step.setting.strategy), error)), None
    run = replace(
        run,
        verdict=found.verdict,
        seconds=call.seconds,
        cpu_seconds=call.cpu_seconds,
        others=call.others,
        detail=found.detail,
        differing=found.comparison.differing,
        first_differing=found.comparison.first,
        largest_difference=found.comparison.largest,
        notes="; ".join(notes),
        times_checked=found.times.checked,
        wrong_times=found.times.wrong,
        first_wrong_time=found.times.first,
    )
    return run, frames


def trace_once(step: Step, video: Video, indices: list[int], reference: FrameBatch) -> tuple[Trace, str]:
    """Run a warm setting once and record what its workers do when.

    Returns:
        The trace, and in words how its frames differ from the reference's; empty where they do not.

    Raises:
        Exception: whatever the strategy raises.
    """
    strategy, decode = ready(step, video, indices)
    gc.collect()
    with collected(), recording() as marks:
        begin = perf_counter_ns()
        result = decode()
        end = perf_counter_ns()
    found = check(strategy, video, indices, in_main_memory(result), reference)
    caller = (os.getpid(), threading.get_ident())
    return trace(step.setting, marks, begin, end, caller), found.detail if found.verdict == "differs" else ""


def peak_once(step: Step, video: Video, indices: list[int], just_ran: bool = False) -> Peak:
    """Run a warm setting once and watch its memory.

    Args:
        just_ran: with as many workers; else it does now, unwatched.

    Raises:
        MachineError: the system does not say how much memory processes have in common.
        Exception: whatever the strategy raises.
    """
    _, decode = ready(step, video, indices)
    if not just_ran:
        decode()
    return watch(step.setting, decode)


def ready(step: Step, video: Video, indices: list[int]) -> tuple[Strategy, Callable[[], FrameBatch]]:
    """What every run begins with: make what it meets cold or warm; returns the strategy, and the call that decodes."""
    setting = step.setting
    strategy = find(setting.strategy)
    video = replace(video, ffmpeg_threads=setting.ffmpeg_threads)
    check_memory(strategy, video, len(indices), setting.workers)
    if (step.kind, step.round) == ("warmup", 1):
        cool(video, strategy)
    elif step.kind not in ("warmup", "reference"):
        # Have what is there from the second run on: the index that a cold start took away, and worker processes.
        _ = video.index
        if strategy.prepare:
            strategy.prepare(setting.workers)
    return strategy, lambda: strategy.decode(video, indices, setting.workers)


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


def in_main_memory(result: object) -> FrameBatch:
    """What a strategy returned; a GPU's frames are copied, after the clock has stopped.

    Raises:
        TypeError: it is no batch of frames.
    """
    if not isinstance(result, FrameBatch):
        raise TypeError(f"returned {type(result).__name__}, not a FrameBatch")
    return FrameBatch(result.data.cpu(), result.pts_seconds.cpu(), result.duration_seconds.cpu())


def reason(error: BaseException) -> str:
    """Why a run failed, in a line."""
    return f"{type(error).__name__}: {one_line(error)}"


def own_stack(way: Way[Any], error: BaseException) -> str:
    """Where in the code of a user's own strategy or loader an error comes from; empty for those of VDLab."""
    code = getattr(way.decode, "__code__", None)
    if way.origin == "built in" or code is None:
        return ""
    stack = stack_within(error, code.co_filename)
    if way.origin == "cell":
        stack = stack.replace(f'File "{code.co_filename}"', "In its cell")
    return stack[-LONGEST_STACK:]


def process_seconds() -> float:
    """User and system seconds of this process, and of its children that have ended."""
    ended = psutil.Process().cpu_times()
    return process_time() + ended.children_user + ended.children_system


def children_seconds() -> float:
    """User and system seconds of the children that there are."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        try:
            total += sum(child.cpu_times()[:4])
        except psutil.Error:
            continue  # it ended meanwhile; its seconds are in this process's count of ended children
    return total
