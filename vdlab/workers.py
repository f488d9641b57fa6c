"""Worker processes in which TorchCodec loads, whoever starts them.

A function defined in a notebook travels to a loky worker by value, and what it uses is imported there first:
TorchCodec, often, before anything has imported VDLab and put its hook in place. joblib can run a function in each
new worker before that. VDLab registers loky again, with that function, under the name it has: plain
`Parallel(backend="loky")` in a cell then works on a machine without an FFmpeg of its own.
"""

from typing import Any

from joblib import register_parallel_backend
from joblib.parallel import LokyBackend

from vdlab.ffmpeg import install_hook


class PreparedLoky(LokyBackend):
    """joblib's loky, whose workers can import TorchCodec; a caller's own initializer takes precedence."""

    def configure(self, *args: Any, **kwargs: Any) -> int:
        """Start the pool; returns its number of workers."""
        return super().configure(*args, **{"initializer": install_hook, **kwargs})


def prepare_workers() -> None:
    """From now on, have every loky worker of this process find FFmpeg for TorchCodec."""
    register_parallel_backend("loky", PreparedLoky)
