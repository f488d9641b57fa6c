"""One file a strategy. Importing this package registers them, in the order in which they are shown."""

from vdlab.strategies import sequential, ffmpeg_threads, processes, threads  # isort: skip
from vdlab.strategies.registry import STRATEGIES, Strategy, find, strategy

__all__ = [
    "STRATEGIES",
    "Strategy",
    "ffmpeg_threads",
    "find",
    "processes",
    "sequential",
    "strategy",
    "threads",
]
