"""Less work again: frames that nobody asked for and no other frame needs never reach the decoder."""

from collections.abc import Sequence

from torchcodec import FrameBatch

from vdlab.gops.parallel import decode_segments
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("pruned-threads", "Pruned threads", certain=True)
def pruned_threads(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`keyframe-threads`, but disposable frames that nobody asked for never reach a decoder.

    H.264 and HEVC mark the frames that no other frame refers to: about half of them in what x264 and x265 write by
    default. MPEG-2 and MPEG-4 do so with B-frames, and AV1 says of every frame which ones it reads. Leaving one out
    changes no other frame, not in a single bit. One limit is known: where a file is damaged and FFmpeg conceals that
    without reporting it, what it paints can depend on frames that were left out; `linear` leaves out none.
    """
    return decode_segments(video, indices, workers, prune=True)
