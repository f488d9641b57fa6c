"""Less work by better chunks: every segment begins where a decoder has to begin anyway."""

from collections.abc import Sequence

from torchcodec import FrameBatch

from vdlab.gops.parallel import decode_segments
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("keyframe-threads", "Keyframe threads", certain=True)
def keyframe_threads(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`workers` threads that take segments as they come free; a segment begins at a keyframe.

    Equal chunks begin in the middle of a group of pictures, and everything from its keyframe on is decoded twice:
    at the end of one chunk and at the beginning of the next. Segments do not, and after the last wanted frame of a
    group nothing more of it is decoded. One pass through the packets says where keyframes are; then one reader
    hands each worker's decoder the packets of its segment, and every frame that comes out must carry the time that
    is expected next.
    """
    return decode_segments(video, indices, workers, prune=False)
