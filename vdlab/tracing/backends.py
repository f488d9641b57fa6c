"""joblib's backends, with what VDLab needs of them, under the names that they have.

A function defined in a notebook travels to a loky worker by value, and what it uses is imported there first:
TorchCodec, often, before anything has imported VDLab and set its hook. joblib can run a function in each
new worker before that. So plain `Parallel(backend="loky")` in a cell works on a machine without an FFmpeg of its own,
can be traced, and leaves no workers behind when this process is killed.

Importing this module registers them; `import vdlab` has that done as soon as joblib is imported.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from joblib import effective_n_jobs, parallel_config, register_parallel_backend
from joblib.externals.loky import cpu_count, get_reusable_executor
from joblib.parallel import LokyBackend, ThreadingBackend

from vdlab.machine.ffmpeg import install_hook
from vdlab.machine.workers import end_with
from vdlab.tracing.recorder import received, sent

Callback = Callable[["Future[Any]"], None]


class PreparedLoky(LokyBackend):
    """joblib's loky, whose workers can import TorchCodec and end with this process."""

    def configure(self, *args: Any, **kwargs: Any) -> int:
        """Start the pool; returns its number of workers. A caller's own initializer runs after VDLab's."""
        theirs = {**self.backend_kwargs, **kwargs}
        started = (os.getpid(), theirs.get("initializer"), theirs.get("initargs", ()))
        return super().configure(*args, **{**kwargs, "initializer": begin, "initargs": started})

    def submit(self, func: Callable[[], Any], callback: Callback | None = None) -> "Future[Any]":
        """Schedule a batch of tasks."""
        return super().submit(sent(func), callback)

    def retrieve_result_callback(self, future: "Future[Any]") -> Any:
        """The results of a batch of tasks, or what it raised."""
        return received(super().retrieve_result_callback(future))


def begin(parent: int, initializer: Callable[..., object] | None, arguments: tuple[Any, ...]) -> None:
    """What a worker does first."""
    install_hook()
    end_with(parent)
    if initializer is not None:
        initializer(*arguments)


class PlainThreads(ThreadingBackend):
    """joblib's threads where the system gives no semaphores.

    joblib's own pool takes one for the sake of processes, and runs everything in one thread where there is none.
    """

    _pool: ThreadPoolExecutor | None = None

    def effective_n_jobs(self, n_jobs: int) -> int:
        """How many threads work."""
        return n_jobs if n_jobs > 0 else max(1, cpu_count() + 1 + n_jobs)

    def submit(self, func: Callable[[], Any], callback: Callback | None = None) -> "Future[Any]":
        """Schedule a batch of tasks."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._n_jobs)
        future: Future[Any] = self._pool.submit(func)
        if callback is not None:
            future.add_done_callback(callback)
        return future

    def retrieve_result_callback(self, future: "Future[Any]") -> Any:
        """The results of a batch of tasks, or what it raised."""
        return future.result()

    def terminate(self) -> None:
        """Let go of the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def end_workers() -> None:
    """End all loky workers of this process; whoever needs some next starts them anew.

    They have nothing to do any more, and to take torch down in order would take each of them a second or more.
    """
    get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


register_parallel_backend("loky", PreparedLoky)
with parallel_config(backend="threading"):
    if effective_n_jobs(2) == 1:
        register_parallel_backend("threading", PlainThreads)
