"""How much memory a strategy takes at its peak, measured in runs of its own: looking slows what is looked at."""

import ctypes
import gc
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import psutil

from vdlab.errors import MachineError
from vdlab.strategies import find
from vdlab.strategies.worker_processes import end_workers
from vdlab.video import Video

INTERVAL_SECONDS = 0.015


@dataclass(frozen=True)
class Memory:
    """What one run took.

    Attributes:
        strategy, workers: the setting.
        peak_bytes: the most that this process and all below it grew by, over what they had when warm and idle.
        result_bytes: the decoded frames with their pts and durations: what no strategy can do without.
    """

    strategy: str
    workers: int
    peak_bytes: int
    result_bytes: int

    @property
    def beyond_result_bytes(self) -> int:
        """What it took besides the result."""
        return self.peak_bytes - self.result_bytes


def measure_memory(video: Video, indices: Sequence[int], strategy: str, workers: int) -> Memory:
    """Run a strategy twice, once to warm up, and watch the second run.

    Raises:
        SettingsError: there is no such strategy, or not on this machine.
        MachineError: the system does not say how much memory processes share.
    """
    found = find(strategy)
    # Workers that another strategy has left idle would end some time, and take their memory off the count.
    end_workers()
    if found.prepare:
        found.prepare(workers)
    found.decode(video, indices, workers)
    return watch(video, indices, strategy, workers)


def watch(video: Video, indices: Sequence[int], strategy: str, workers: int) -> Memory:
    """Watch one run of a strategy that has just run with as many workers.

    Where a process that was idle before has ended meanwhile, as workers that another strategy left do after some
    minutes, its memory is missing in the count, so another run is watched.

    Raises:
        SettingsError, MachineError: as `measure_memory`.
    """
    found = find(strategy)
    for _ in range(2):
        with watched() as growth:
            result = found.decode(video, indices, workers)
            result.data.amax()  # memory that other processes wrote is counted here once it has been read
        if growth.complete:
            break
    tensors = (result.data, result.pts_seconds, result.duration_seconds)
    return Memory(strategy, workers, growth.peak, sum(tensor.numel() * tensor.element_size() for tensor in tensors))


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
        MachineError: the system does not say how much memory processes share.
    """
    try:
        proportional_set_size(os.getpid())
    except OSError as error:
        raise MachineError("this system does not say how much memory processes share; use Linux") from error
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

    A process's proportional set size (PSS) counts of every page its share among the processes that have it mapped.
    Pages of files on disk, such as the libraries, are left out: the system can drop them at any time, and what falls
    to us of those changes as soon as any other program on the machine maps the same library.
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
