"""One file a strategy. Importing this package registers them, in the order in which they are shown."""

from vdlab.strategies import sequential, ffmpeg_threads, processes, threads, linear, keyframe_threads, pruned_threads  # isort: skip
from vdlab.strategies.registry import STRATEGIES, Strategy, find, strategy

__all__ = [
    "STRATEGIES",
    "Strategy",
    "ffmpeg_threads",
    "find",
    "keyframe_threads",
    "linear",
    "processes",
    "pruned_threads",
    "sequential",
    "strategy",
    "threads",
]
