"""Parallel by chunks in several processes that write into one result: nothing is sent back."""

import mmap
import os
import sys
from collections.abc import Sequence

import torch
from joblib import Parallel, delayed
from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.gops.batches import fill, views
from vdlab.gops.segments import split
from vdlab.machine.workers import no_processes
from vdlab.strategies.processes import start_workers
from vdlab.strategies.registry import strategy
from vdlab.video import Video


def no_memory_files() -> str | None:
    """Memory that has a file descriptor but no name is Linux's own; and there must be processes to share it."""
    if not hasattr(os, "memfd_create"):
        return f"{sys.platform} has no memory files; processes runs everywhere"
    return no_processes()


@strategy("shared-memory", "Shared memory", prepare=start_workers, unavailable=no_memory_files)
def shared_memory(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`workers` processes, each writing its chunk of the frames straight into memory that all of them see.

    The same processes as before, but only the bookkeeping goes through a pipe. The result lives in a file that
    is nothing but memory and has no name: the kernel frees it when the last process lets go of it, whether that
    process returned, failed or was killed, and whatever the size of /dev/shm.
    """
    chunks = split(indices, workers)
    descriptor = os.memfd_create("vdlab-frames")
    try:
        os.ftruncate(descriptor, memory_size(video, len(indices)))
        path = f"/proc/{os.getpid()}/fd/{descriptor}"
        sizes = [len(chunk) for chunk in chunks]
        Parallel(n_jobs=workers, backend="loky")(
            delayed(decode_chunk)(video, chunk, path, sizes, number) for number, chunk in enumerate(chunks)
        )
        return batch_in(descriptor, video, len(indices))
    finally:
        os.close(descriptor)


def decode_chunk(video: Video, chunk: Sequence[int], path: str, sizes: Sequence[int], number: int) -> None:
    """What one process does: map the parent's memory into its own, and fill its rows."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        batch = batch_in(descriptor, video, sum(sizes))
    finally:
        os.close(descriptor)
    view = views(batch, [range(size) for size in sizes])[number]
    fill(view, VideoDecoder(video.input, seek_mode=video.seek_mode), chunk)


def memory_size(video: Video, count: int) -> int:
    """Bytes of `count` frames with a pts and a duration each."""
    return count * (video.frame_bytes + 2 * 8)


def batch_in(descriptor: int, video: Video, count: int) -> FrameBatch:
    """A batch of `count` frames that lives in a memory file: pts, then durations, then pixels.

    The mapping, and with it the memory, lasts as long as the tensors do.
    """
    mapping = mmap.mmap(descriptor, memory_size(video, count))
    pts, durations = torch.frombuffer(mapping, dtype=torch.float64, count=2 * count).view(2, count)
    pixels = torch.frombuffer(mapping, dtype=torch.uint8, offset=16 * count)
    return FrameBatch(pixels.view(count, video.height, video.width, 3).permute(0, 3, 1, 2), pts, durations)
