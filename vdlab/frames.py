"""Decoded frames: one batch allocated once, which workers fill part by part."""

from collections.abc import Sequence

import numpy as np
import torch
from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.spans import span
from vdlab.video import Video

# Frames are decoded in small groups on their way into the result. A group of this size stays in a cache or two
# and is served from the heap again and again; one large block would be mapped and cleared by the kernel each time.
GROUP_BYTES = 8 * 2**20


def allocate(video: Video, count: int) -> FrameBatch:
    """Room for `count` frames: uint8 `[count, 3, H, W]`, pts and durations in seconds as float64 `[count]`.

    Rows of pixels lie in memory as decoders write them, colours side by side, so filling is a plain copy.
    """
    data = torch.empty((count, video.height, video.width, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    return FrameBatch(data, torch.empty(count, dtype=torch.float64), torch.empty(count, dtype=torch.float64))


def parts(batch: FrameBatch, chunks: Sequence[Sequence[int]]) -> list[FrameBatch]:
    """The batch cut into one view a chunk, in order: what is written to a view is written to the batch."""
    sizes = [len(chunk) for chunk in chunks]
    columns = (batch.data, batch.pts_seconds, batch.duration_seconds)
    return [FrameBatch(*views) for views in zip(*(column.split(sizes) for column in columns), strict=True)]


def fill(part: FrameBatch, decoder: VideoDecoder, indices: Sequence[int]) -> None:
    """Decode `indices` into `part`, group by group, so that little more than the result is ever in memory."""
    group = max(1, GROUP_BYTES // part.data[0].numel())
    for start in range(0, len(indices), group):
        copy(part[start : start + group], decoder.get_frames_at(indices[start : start + group]))


def copy(part: FrameBatch, frames: FrameBatch) -> None:
    """Copy pixels, pts and durations of `frames` into `part`.

    Raises:
        RuntimeError: the two differ in shape.
    """
    if part.data.shape != frames.data.shape:
        raise RuntimeError(f"expected frames of shape {tuple(part.data.shape)}, got {tuple(frames.data.shape)}")
    with span("copying", len(part)):
        copy_pixels(part.data, frames.data)
        part.pts_seconds.copy_(frames.pts_seconds)
        part.duration_seconds.copy_(frames.duration_seconds)


def copy_pixels(into: torch.Tensor, pixels: torch.Tensor) -> None:
    """Copy pixels, in main memory by the calling thread alone.

    torch would share so short a copy out among OpenMP threads. They wait for the next one by running in circles, on
    CPUs that have decoding to do, and all wait for the one that gets no CPU.
    """
    if into.is_cpu and pixels.is_cpu:
        np.copyto(into.numpy(), pixels.numpy())
    else:
        into.copy_(pixels)
