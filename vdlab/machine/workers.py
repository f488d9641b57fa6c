"""How many workers make sense here, whether processes can be had at all, and that they end with their parent."""

import multiprocessing
import operator
import os
import sys
import threading
import time
import uuid
import warnings
from errno import ENOSPC, EROFS
from typing import Any

import psutil
from joblib import effective_n_jobs, parallel_config
from joblib.externals.loky import cpu_count

from vdlab.errors import SettingsError

# What joblib warns of when it is asked whether it could start processes; its answer says the same.
warnings.filterwarnings("ignore", "Loky-backed parallel loops cannot be", module=r"vdlab\.machine\.workers")

FEWEST_REFUSED = 64
"""However few CPUs there are, so many workers may be tried out."""


def most_workers(cpus: int) -> int:
    """Each worker takes memory and a decoder; beyond eight a CPU they only wait for one another."""
    return max(FEWEST_REFUSED, 8 * cpus)


def check_workers(number: Any, what: str = "number of workers") -> int:
    """How many workers or threads, as Python's own whole number.

    Raises:
        SettingsError: it is none, below one, or more than this machine can use.
    """
    cpus = cpu_count()  # which reads the limits of this process's group each time
    return check_count(number, what, 1, most_workers(cpus), f"the {cpus} CPUs here can be of use to")


def check_count(number: Any, what: str, least: int, most: int, why: str) -> int:
    """A whole number within bounds, as Python's own.

    Args:
        why: the upper bound; completes "is more than ".

    Raises:
        SettingsError: it is no whole number, or out of bounds.
    """
    try:
        # True is a 1 to Python, and a mistake here.
        count = None if isinstance(number, bool) else operator.index(number)
    except TypeError:
        count = None
    if count is None:
        raise SettingsError(f"the {what} is {number!r}, which is no whole number; ask for {least} or more")
    if count < least:
        raise SettingsError(f"the {what} is {count}; it must be at least {least}")
    if count > most:
        raise SettingsError(f"the {what} is more than {why}; ask for at most {most:,}")
    return count


def no_processes() -> str | None:
    """Why no worker processes can be had here, in words that go on from "is not offered here: "; None where they can.

    joblib would then run everything in this process, one after the other, or wait for processes that never come: a
    daemonic worker may start none, a forked one inherits a pool that does not answer, and any other waits at its end
    for workers that wait for work.
    """
    if multiprocessing.parent_process() is not None:
        return (
            "this process is itself a worker, as those of multiprocessing.Pool, ProcessPoolExecutor and DataLoader "
            "are, and could not start or end workers of its own; use threads or auto in it"
        )
    reason = no_semaphores()
    if reason is not None:
        return reason
    with parallel_config(backend="loky"):
        if effective_n_jobs(2) > 1:
            return None
    return (
        "joblib starts no processes here, because JOBLIB_MULTIPROCESSING=0 is set, or there were no semaphores when it "
        "was imported, or this is a thread of another Parallel; use threads or auto"
    )


def no_semaphores() -> str | None:
    """Why the system gives no semaphores, and the command that mends it; None where it does.

    On Linux they are files in /dev/shm, which in a container can be missing, read-only or full.
    """
    try:
        from _multiprocessing import SemLock

        SemLock(0, 0, 1, f"/vdlab-{uuid.uuid4().hex[:12]}", True)
    except (ImportError, OSError) as error:
        if sys.platform != "linux" or not isinstance(error, OSError):
            return f"the system gives no semaphores, which worker processes need ({error})"
        remedy = {
            EROFS: "mount -o remount,rw /dev/shm",
            ENOSPC: "mount -o remount,size=64m /dev/shm",
        }.get(error.errno or 0, "mkdir -p /dev/shm && mount -t tmpfs -o mode=1777 tmpfs /dev/shm")
        return f"worker processes need semaphores in /dev/shm ({error.strerror}); run: {remedy}"
    return None


def end_with(parent: int) -> None:
    """Have this process end within about a second once its parent is gone, however that ended.

    Linux would send a signal (PR_SET_PDEATHSIG), but already when the thread ends that started this process, while
    other threads go on using it.
    """

    def watch() -> None:
        while os.getppid() == parent and psutil.pid_exists(parent):
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="vdlab-parent", daemon=True).start()
