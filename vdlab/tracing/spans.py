"""Who does what when: some functions say what they do, and it is noted while somebody collects."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Literal, NamedTuple

from vdlab.errors import VDLabError

Doing = Literal["starting", "seeking", "decoding", "copying", "working"]


class Mark(NamedTuple):
    """A time in which one thread did one thing.

    Attributes:
        process, thread: their numbers; together they are a worker's.
        doing: what it did, as in `vdlab.results.records.Span`.
        begin, end: nanoseconds of `perf_counter_ns`, which is one clock for all processes of a machine.
        frames: how many frames it handed out or copied.
    """

    process: int
    thread: int
    doing: Doing
    begin: int
    end: int
    frames: int


@dataclass
class Open:
    """A span that has not ended; `since` when it does this without interruption."""

    doing: Doing
    frames: int
    since: int = 0


_marks: list[Mark] | None = None  # where marks go; None while nobody collects
_one_at_a_time = threading.Lock()
_threads = threading.local()


@contextmanager
def collected() -> Iterator[list[Mark]]:
    """Collect the spans of all threads of this process that end while the block runs.

    Raises:
        VDLabError: somebody else in this process is collecting.
    """
    global _marks
    if not _one_at_a_time.acquire(blocking=False):
        raise VDLabError("another run is being traced in this process; wait until it is over")
    try:
        _marks = []
        yield _marks
    finally:
        _marks = None
        _one_at_a_time.release()


def collecting() -> bool:
    """Whether spans are noted now."""
    return _marks is not None


def add(marks: list[Mark]) -> None:
    """Add what another process has noted; dropped where nobody collects any more."""
    if _marks is not None:
        _marks.extend(marks)


@contextmanager
def span(doing: Doing, frames: int = 0) -> Iterator[Open]:
    """Note that this thread does `doing` while the block runs; next to nothing happens where nobody collects.

    Inside another span it cuts that one in two, unless both do the same: then it belongs to it. `frames` can be
    set later, on what is yielded. Works as a decorator too.
    """
    noted, marks = Open(doing, frames), _marks
    stack = _threads.__dict__.setdefault("stack", [])
    if marks is None or (stack and stack[-1].doing == doing):
        yield noted
        return
    process, thread = os.getpid(), threading.get_ident()
    noted.since = perf_counter_ns()
    if stack:
        marks.append(Mark(process, thread, stack[-1].doing, stack[-1].since, noted.since, 0))
    stack.append(noted)
    try:
        yield noted
    finally:
        end = perf_counter_ns()
        stack.pop()
        marks.append(Mark(process, thread, doing, noted.since, end, noted.frames))
        if stack:
            stack[-1].since = end
