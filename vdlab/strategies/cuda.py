"""Decoding on the GPU: the video engine of an NVIDIA card."""

from collections.abc import Sequence

import torch
from torchcodec import FrameBatch

from vdlab.gops.parallel import decode_segments
from vdlab.machine.gpu import no_gpu
from vdlab.strategies.registry import strategy
from vdlab.video import Video

COLOUR_TOLERANCE = 8
"""Steps of 255. NVIDIA's kernels round and position colour samples in another way than swscale does."""


@strategy("cuda", "GPU", tolerance=COLOUR_TOLERANCE, certain=True, unavailable=no_gpu, on_gpu=True)
def cuda(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`pruned-threads` on the GPU's video engine, each worker feeding a decoder of its own; frames stay on the GPU.

    The same packets are left out, and the engine decodes the rest. It works on after a call returns: the result is
    not there before `synchronize`. Pixels stay in the GPU's memory, where a model wants them; `.to("cpu")` fetches
    them.
    """
    batch = decode_segments(video, indices, workers, prune=True, device="cuda")
    torch.cuda.synchronize()
    return batch
