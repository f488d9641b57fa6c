"""Decoding on the GPU: the video engine of an NVIDIA card."""

from collections.abc import Sequence

import numpy as np
import torch
from joblib import Parallel, delayed
from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.frames import fill, parts
from vdlab.gpu import no_gpu
from vdlab.packets import scan
from vdlab.strategies.registry import strategy
from vdlab.video import Video

COLOUR_TOLERANCE = 8
"""Steps of 255. NVIDIA's kernels round and place colour samples in another way than swscale does."""


@strategy("cuda", "GPU", tolerance=COLOUR_TOLERANCE, unavailable=no_gpu)
def cuda(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`workers` threads feed the GPU's video engine, each from keyframes of its own; frames stay on the GPU.

    A frame can only be decoded from the keyframe before it on, so a chunk begins where a group of pictures does
    and no frame is decoded twice. The GPU works on after a call returns: the result is not there before
    `synchronize`. Pixels stay in the GPU's memory, where a model wants them; `.to("cpu")` fetches them.
    """
    chunks = keyframe_chunks(indices, scan(video.path, video.stream_index).keyframe_numbers, workers)
    pixels = torch.empty((len(indices), video.height, video.width, 3), dtype=torch.uint8, device="cuda")
    times = torch.empty((2, len(indices)), dtype=torch.float64)
    batch = FrameBatch(pixels.permute(0, 3, 1, 2), *times)
    Parallel(n_jobs=workers, backend="threading")(
        delayed(decode_chunk)(video, chunk, part) for chunk, part in zip(chunks, parts(batch, chunks), strict=True)
    )
    torch.cuda.synchronize()
    return batch


def decode_chunk(video: Video, chunk: Sequence[int], part: FrameBatch) -> None:
    """What one thread does."""
    fill(part, VideoDecoder(video.path, seek_mode=video.seek_mode, device="cuda"), chunk)


def keyframe_chunks(indices: Sequence[int], keyframes: np.ndarray, chunks: int) -> list[list[int]]:
    """At most `chunks` consecutive runs of about the same length, each beginning where a group of pictures does."""
    groups = np.searchsorted(keyframes, indices, side="right")
    beginnings = np.flatnonzero(np.diff(groups, prepend=-1))
    equal = len(indices) * np.arange(chunks) // chunks
    borders = np.unique(beginnings[np.searchsorted(beginnings, equal, side="right") - 1])
    return [run.tolist() for run in np.split(np.asarray(indices), borders[1:])]
