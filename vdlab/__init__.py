"""VDLab: the fastest correct way to get these frames out of this video on this machine.

Names are imported when they are first used: `import vdlab` is quick, and torch comes with the first decode.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any
from warnings import filterwarnings as _filterwarnings

from vdlab.errors import MachineError, SettingsError, VDLabError, VideoError
from vdlab.machine.ffmpeg import install_hook as _install_hook
from vdlab.machine.imports import on_import as _on_import

if TYPE_CHECKING:
    from vdlab import charts, clips, report
    from vdlab.benchmark.collection import sweep_collection
    from vdlab.benchmark.sweep import sweep
    from vdlab.decoding import decode
    from vdlab.decoding_many import decode_many
    from vdlab.lab import Lab
    from vdlab.loaders.registry import loader
    from vdlab.results.compare import compare
    from vdlab.results.records import Results
    from vdlab.strategies.registry import strategy
    from vdlab.streaming import stream
    from vdlab.video import Video, sample

__version__ = "0.1.0"

__all__ = [
    "Lab",
    "MachineError",
    "Results",
    "SettingsError",
    "VDLabError",
    "Video",
    "VideoError",
    "charts",
    "clips",
    "compare",
    "decode",
    "decode_many",
    "loader",
    "report",
    "sample",
    "strategy",
    "stream",
    "sweep",
    "sweep_collection",
]

_HOME = {
    "Lab": "vdlab.lab",
    "Results": "vdlab.results.records",
    "Video": "vdlab.video",
    "compare": "vdlab.results.compare",
    "decode": "vdlab.decoding",
    "decode_many": "vdlab.decoding_many",
    "loader": "vdlab.loaders",
    "sample": "vdlab.video",
    "strategy": "vdlab.strategies",
    "stream": "vdlab.streaming",
    "sweep": "vdlab.benchmark.sweep",
    "sweep_collection": "vdlab.benchmark.collection",
}
_MODULES = {"charts", "clips", "report"}

_install_hook()
_on_import(
    "joblib",
    # Without semaphores it runs no processes, which VDLab says itself where it matters; its threads are threads here.
    before=lambda: _filterwarnings("ignore", ".*joblib will operate in serial mode"),
    after=lambda: _import_module("vdlab.tracing.backends"),
)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(_import_module(_HOME[name]), name)
    if name in _MODULES:
        return _import_module(f"vdlab.{name}")
    raise AttributeError(f"module 'vdlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
