"""What strategies that decode a video in parts do with one that is not fully understood."""

from collections.abc import Sequence

from torchcodec import FrameBatch

from vdlab.strategies.linear import linear
from vdlab.strategies.notes import note
from vdlab.video import Video


def instead(video: Video, indices: Sequence[int], workers: int, reason: str) -> FrameBatch:
    """Decode the frames in the one way that needs to understand nothing, and say why in the notes."""
    note(f"decoded from the first frame on, without seeking, because it cannot be decoded in parts: {reason}")
    return linear(video, indices, workers)
