"""The strategy for those who do not want to choose."""

from vdlab.packets import scan
from vdlab.planning import doubt
from vdlab.strategies.registry import Strategy, find
from vdlab.video import Video


def auto(video: Video) -> Strategy:
    """The fastest strategy that is safe for this video, chosen from its packets; nothing is measured.

    That is `pruned-threads`, which decodes the fewest frames with any number of workers: where nothing is
    disposable it is `keyframe-threads`, and with few keyframes it gives the CPUs left over to FFmpeg's own threads.
    Where the video cannot be decoded in parts with certainty (interlaced pictures, repeated or missing timestamps,
    parameters that change, codecs that are not understood), it is `linear`, which decodes from the first frame on
    and never seeks. Both return the true frames, whatever the seek mode.
    """
    return find("linear" if doubt(scan(video.path, video.stream_index)) else "pruned-threads")
