"""Processes over videos: loky's workers, which joblib uses too."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import Executor

from joblib.externals.loky import get_reusable_executor

from vdlab.loaders.bare import as_they_end, load_to_send, received
from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.machine.workers import no_processes
from vdlab.tracing.backends import begin, end_workers
from vdlab.video.collection import Wanted


def pool(workers: int) -> Executor:
    """Loky's pool of so many processes: the one of the call before, if that had as many."""
    return get_reusable_executor(workers, timeout=300, initializer=begin, initargs=(os.getpid(), None, ()))


def start(workers: int) -> None:
    """Return once `workers` processes have imported the decoder, which takes seconds."""
    awake: set[int] = set()
    while len(awake) < workers:
        awake |= set(pool(workers).map(wake, range(workers)))


def wake(_: int) -> int:
    """Runs in a worker. Reaching this line imported the decoder; the pause lets the other workers take theirs."""
    time.sleep(0.05)
    return os.getpid()


@loader("processes", "Processes over videos", prepare=start, unavailable=no_processes, end=end_workers)
def processes(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """`workers` processes, each decoding one whole video after the other.

    Every frame that is to come back is pickled, sent through a pipe and unpickled by the one process that waits for
    it. Where `each` makes something small of the frames, only that travels.
    """
    tasks = as_they_end(
        wanted,
        2 * workers,
        submit=lambda one: pool(workers).submit(load_to_send, one, each),
    )
    for one, task in tasks:
        yield one.source, received(task.result())
