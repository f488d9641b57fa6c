"""Less work again: frames that nobody asked for and no other frame needs never reach the decoder."""

from collections.abc import Sequence

from torchcodec import FrameBatch

from vdlab.strategies.keyframe_threads import decode_parts
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("pruned-threads", "Pruned threads")
def pruned_threads(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`keyframe-threads`, but disposable frames that nobody asked for never reach a decoder.

    H.264 and HEVC mark the frames that no other frame refers to: about half of them in what x264 and x265 write
    by default. Leaving one out changes no other frame, not in a single bit. So the copies of the packets in
    memory hold the wanted frames and all that they can need, and nothing else.
    """
    return decode_parts(video, indices, workers, prune=True)
