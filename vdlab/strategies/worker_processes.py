"""Worker processes in which TorchCodec loads, whoever starts them, and which record what is recorded here.

A function defined in a notebook travels to a loky worker by value, and what it uses is imported there first:
TorchCodec, often, before anything has imported VDLab and set its hook. joblib can run a function in each
new worker before that. VDLab registers loky again, with that function, under the name it has: plain
`Parallel(backend="loky")` in a cell then works on a machine without an FFmpeg of its own, and can be traced.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from joblib import register_parallel_backend
from joblib.externals.loky import get_reusable_executor
from joblib.parallel import LokyBackend

from vdlab.machine.ffmpeg import install_hook
from vdlab.tracing import received, sent


class PreparedLoky(LokyBackend):
    """joblib's loky, whose workers can import TorchCodec; a caller's own initializer takes precedence."""

    def configure(self, *args: Any, **kwargs: Any) -> int:
        """Start the pool; returns its number of workers."""
        return super().configure(*args, **{"initializer": install_hook, **kwargs})

    def submit(self, func: Callable[[], Any], callback: "Callable[[Future[Any]], None] | None" = None) -> "Future[Any]":
        """Schedule a batch of tasks."""
        return super().submit(sent(func), callback)

    def retrieve_result_callback(self, future: "Future[Any]") -> Any:
        """The results of a batch of tasks, or what it raised."""
        return received(super().retrieve_result_callback(future))


def prepare_workers() -> None:
    """From now on, have every loky worker of this process find FFmpeg for TorchCodec."""
    register_parallel_backend("loky", PreparedLoky)


def end_workers() -> None:
    """End all loky workers of this process; whoever needs some next starts them anew."""
    get_reusable_executor(reuse=True).shutdown(wait=True)
