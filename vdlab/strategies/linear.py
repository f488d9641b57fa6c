"""No seek at all: slower, and right wherever anything is."""

from collections.abc import Sequence

from torchcodec import FrameBatch

from vdlab.gops.parallel import decode_linearly
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("linear", "Linear", certain=True)
def linear(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """Every frame from the first to the last wanted one, in the order in which the decoder gives them out.

    What no seek has touched cannot be misplaced, so this is right even for files in which seeking is not, such as
    many MPEG transport streams. FFmpeg decodes with `workers` threads.
    """
    return decode_linearly(video, indices, workers)
