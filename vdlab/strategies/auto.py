"""The strategy for those who do not want to choose."""

from vdlab.strategies.registry import Strategy, find
from vdlab.video import Video


def auto(video: Video) -> Strategy:
    """The fastest strategy that is safe for this video, chosen from its packets; nothing is measured."""
    return find("linear" if video.index.doubt else "pruned-threads")
