"""Parallel inside the decoder: FFmpeg's own threads."""

from collections.abc import Sequence

from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("ffmpeg-threads", "FFmpeg threads")
def ffmpeg_threads(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """One decoder whose codec runs `workers` threads, each a few frames ahead of the last.

    The only change to the sequential code is one argument. FFmpeg starts on a frame as soon as the rows that
    it refers to are there, so frames overlap; conversion to RGB stays in one thread, and that limits the gain.
    """
    decoder = VideoDecoder(video.input, seek_mode=video.seek_mode, num_ffmpeg_threads=workers)
    return decoder.get_frames_at(list(indices))
