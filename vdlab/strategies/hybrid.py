"""Threads and FFmpeg's threads at once: several decoders, and several threads inside each."""

from collections.abc import Sequence

from joblib import Parallel, delayed
from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.gops.batches import allocate, fill, views
from vdlab.gops.segments import split
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("hybrid", "Threads x FFmpeg threads", ffmpeg_threads=True)
def hybrid(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`workers` threads, each with a decoder of its own whose codec runs `video.ffmpeg_threads` threads.

    Chunks scale better, so their threads come first. FFmpeg's help where chunks are few, as in a short video on
    many CPUs: every chunk begins at some keyframe, and more chunks than keyframes decode the same frames twice.
    """
    chunks = split(indices, workers)
    batch = allocate(video, len(indices))
    Parallel(n_jobs=workers, backend="threading")(
        delayed(decode_chunk)(video, chunk, view) for chunk, view in zip(chunks, views(batch, chunks), strict=True)
    )
    return batch


def decode_chunk(video: Video, chunk: Sequence[int], view: FrameBatch) -> None:
    """What one thread does; its decoder starts `video.ffmpeg_threads` more."""
    decoder = VideoDecoder(video.input, seek_mode=video.seek_mode, num_ffmpeg_threads=video.ffmpeg_threads)
    fill(view, decoder, chunk)
