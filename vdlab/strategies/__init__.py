"""One file a strategy. Importing this package registers them, in the order in which they are shown."""

from vdlab.strategies import sequential, ffmpeg_threads, processes, threads, linear  # isort: skip
from vdlab.strategies import keyframe_threads, pruned_threads  # isort: skip
from vdlab.strategies import shared_memory, hybrid, cuda, peers  # isort: skip
from vdlab.strategies.registry import STRATEGIES, Strategy, find, offered, strategy

__all__ = [
    "STRATEGIES",
    "Strategy",
    "cuda",
    "ffmpeg_threads",
    "find",
    "hybrid",
    "keyframe_threads",
    "linear",
    "offered",
    "peers",
    "processes",
    "pruned_threads",
    "sequential",
    "shared_memory",
    "strategy",
    "threads",
]
