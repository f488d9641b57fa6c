"""How much memory a strategy takes at its peak, measured in runs of its own: looking slows what is looked at."""

import ctypes
import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import psutil

from vdlab.errors import MachineError
from vdlab.results.records import Peak, Setting

if TYPE_CHECKING:
    from torchcodec import FrameBatch

INTERVAL_SECONDS = 0.015


def watch(setting: Setting, decode: Callable[[], "FrameBatch"]) -> Peak:
    """Watch one run of a setting that has just run.

    Where a process that was there before has ended meanwhile, as workers that another strategy left do after some
    minutes, its memory is missing in the count, so another run is watched.

    Raises:
        MachineError: the system does not say how much memory processes have in common.
    """
    for _ in range(2):
        with watched() as growth:
            result = decode()
            result.data.amax()  # memory that other processes wrote is counted here once it has been read
        if growth.complete:
            break
    tensors = (result.data, result.pts_seconds, result.duration_seconds)
    return Peak(setting, growth.peak, sum(tensor.numel() * tensor.element_size() for tensor in tensors))


@dataclass
class Growth:
    """The memory of the process tree before, and the most by which it has grown since; bytes."""

    before: int
    peak: int = 0
    _processes: set[psutil.Process] = field(default_factory=lambda: set(processes()))

    def look(self) -> None:
        self.peak = max(self.peak, tree_bytes() - self.before)

    @property
    def complete(self) -> bool:
        """Whether every process that was there before still is."""
        return self._processes <= set(processes())


@contextmanager
def watched() -> Iterator[Growth]:
    """Watch the memory of this process and all below it, up to sixty times a second, while the block runs.

    Raises:
        MachineError: the system does not say how much memory processes have in common.
    """
    try:
        proportional_set_size(os.getpid())
    except OSError as error:
        raise MachineError("this system does not say how much memory processes have in common; use Linux") from error
    give_back_freed()
    growth = Growth(tree_bytes())
    ended = threading.Event()

    def watch() -> None:
        pause = INTERVAL_SECONDS
        while not ended.wait(pause):
            start = perf_counter()
            growth.look()
            # A look takes longer the more memory there is; it must not take all of the time.
            pause = max(INTERVAL_SECONDS, perf_counter() - start)

    thread = threading.Thread(target=watch, name="vdlab-memory", daemon=True)
    thread.start()
    try:
        yield growth
        growth.look()
    finally:
        ended.set()
        thread.join()


def give_back_freed() -> None:
    """Return to the system what earlier runs have freed: kept by the allocator, it would hide what the next takes."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def tree_bytes() -> int:
    """The memory of this process and all below it: what is shared counts once.

    A process's proportional set size (PSS) counts of every page what falls to it among the processes that have it
    mapped. Pages of files on disk, such as the libraries, are left out: the system can drop them at any time, and
    what falls to us of those changes as soon as any other program on the machine maps the same library.
    A page of a shared file in memory is mapped in none once the worker that wrote it has let go, and still there:
    hence the files themselves are looked at too, through the descriptors that keep them alive.
    """
    private = shared = 0
    files: dict[tuple[int, int], int] = {}
    devices = shared_memory_devices()
    for process in processes():
        try:
            pss, pss_shared = proportional_set_size(process.pid)
        except OSError:
            continue  # it ended meanwhile
        private += pss - pss_shared
        shared += pss_shared
        files |= memory_files(process.pid, devices)
    return private + max(shared, sum(files.values()))


def processes() -> list[psutil.Process]:
    """This process and all below it."""
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


def proportional_set_size(pid: int) -> tuple[int, int]:
    """A process's PSS in bytes without that of files on disk, and how much of it is shared memory."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, kilobytes, _ = line.split()
        fields[name] = int(kilobytes) * 1024
    return fields.get("Pss:", 0) - fields.get("Pss_File:", 0), fields.get("Pss_Shmem:", 0)


def memory_files(pid: int, devices: set[int]) -> dict[tuple[int, int], int]:
    """Device and number of each open file that is nothing but memory, and the bytes it takes."""
    found = {}
    folder = f"/proc/{pid}/fd"
    try:
        for name in os.listdir(folder):
            status = os.stat(f"{folder}/{name}")
            if status.st_dev in devices:
                found[status.st_dev, status.st_ino] = status.st_blocks * 512
    except OSError:
        pass  # the process, or a file of it, is gone: what has been found counts
    return found


def shared_memory_devices() -> set[int]:
    """The file systems that are nothing but memory: that of files without a name, and /dev/shm."""
    descriptor = os.memfd_create("vdlab-device")
    try:
        devices = {os.fstat(descriptor).st_dev}
    finally:
        os.close(descriptor)
    return devices | ({os.stat("/dev/shm").st_dev} if os.path.isdir("/dev/shm") else set())
