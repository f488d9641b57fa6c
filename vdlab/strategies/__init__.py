"""One file a strategy. Importing this package registers them, in the order in which they are shown."""

from vdlab.strategies import sequential, ffmpeg_threads, processes, threads, linear  # noqa: F401  # isort: skip
from vdlab.strategies import keyframe_threads, pruned_threads, shared_memory, hybrid, cuda  # noqa: F401  # isort: skip
from vdlab.strategies.peers import pyav, opencv, decord, ffmpeg_cli  # noqa: F401  # isort: skip
from vdlab.strategies.registry import STRATEGIES, Strategy, find, offered, strategy

__all__ = ["STRATEGIES", "Strategy", "find", "offered", "strategy"]
