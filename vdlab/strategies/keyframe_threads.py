"""Less work by better chunks: every chunk begins where a decoder has to begin anyway."""

from collections.abc import Iterator, Sequence

from joblib import Parallel, delayed
from torchcodec import FrameBatch

from vdlab.copies import decode_chunk
from vdlab.frames import allocate
from vdlab.packets import PacketIndex, scan
from vdlab.planning import CHUNKS_PER_WORKER, Chunk, doubt, plan
from vdlab.strategies.fallback import instead
from vdlab.strategies.notes import note
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("keyframe-threads", "Keyframe threads")
def keyframe_threads(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`workers` threads that take chunks as they come free; chunks begin at keyframes and cost about the same.

    Equal chunks begin in the middle of a group of pictures, and everything from its keyframe on is decoded twice:
    at the end of one chunk and at the beginning of the next. These do not, and after the last wanted frame of a
    group nothing more of it is decoded. An index of the packets, made once in a fraction of a second, says where
    keyframes are. The needed packets are copied into memory and decoded there, so there is no seeking to go wrong.
    """
    return decode_parts(video, indices, workers, prune=False)


def decode_parts(video: Video, indices: Sequence[int], workers: int, prune: bool) -> FrameBatch:
    """Decode the frames part by part where the stream is understood, and in a safe way where it is not."""
    index = scan(video.path, video.stream_index)
    reason = doubt(index) or ("" if max(indices, default=0) < index.num_frames else "it ends before its header says")
    if reason:
        return instead(video, indices, workers, reason)
    if prune and index.disposable is None:
        note(f"no frame was left out: {index.codec} does not mark disposable frames; this is keyframe-threads")
    batch = allocate(video, len(indices))
    chunks = plan(index, indices, CHUNKS_PER_WORKER * workers, prune)
    # With fewer chunks than workers, each chunk's decoder gets the threads that would have nothing to do.
    ffmpeg_threads = max(1, workers // max(1, len(chunks)))
    # Longest first: whatever is taken last, while other workers are already done, should be short.
    queue = iter(sorted(chunks, key=lambda chunk: len(chunk.packets), reverse=True))
    try:
        Parallel(n_jobs=workers, backend="threading")(
            delayed(take_chunks)(index, queue, batch, ffmpeg_threads) for _ in range(workers)
        )
    except RuntimeError as error:
        return instead(video, indices, workers, str(error))
    return batch


def take_chunks(index: PacketIndex, queue: Iterator[Chunk], batch: FrameBatch, ffmpeg_threads: int) -> None:
    """What one thread does: take the next chunk and decode it, until there are no more."""
    for chunk in queue:
        decode_chunk(index, chunk, batch, ffmpeg_threads)
