"""Parallel by chunks in one process: a decoder of its own for every thread."""

from collections.abc import Sequence

from joblib import Parallel, delayed
from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.gops.batches import allocate, fill, views
from vdlab.gops.segments import split
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("threads", "Threads")
def threads(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`workers` threads, each with its own decoder and an equal, consecutive chunk of the frames.

    TorchCodec lets go of Python's global lock while it decodes, so threads really run side by side. They see
    the same memory: every thread writes straight into its rows of one result, and nothing is sent or joined.
    """
    chunks = split(indices, workers)
    batch = allocate(video, len(indices))
    Parallel(n_jobs=workers, backend="threading")(
        delayed(decode_chunk)(video, chunk, view) for chunk, view in zip(chunks, views(batch, chunks), strict=True)
    )
    return batch


def decode_chunk(video: Video, chunk: Sequence[int], view: FrameBatch) -> None:
    """What one thread does."""
    fill(view, VideoDecoder(video.input, seek_mode=video.seek_mode), chunk)
