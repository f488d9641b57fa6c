"""The baseline: one decoder, one thread, frame after frame."""

from collections.abc import Sequence

from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("sequential", "Sequential", parallel=False)
def sequential(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """One decoder in one thread decodes every sampled frame; what all others are compared with.

    The decoder walks through the video once. Between two sampled frames it decodes every frame in between,
    because frames are stored as differences from their neighbours, but it converts only sampled ones to RGB.
    """
    decoder = VideoDecoder(video.input, seek_mode=video.seek_mode)
    return decoder.get_frames_at(list(indices))
