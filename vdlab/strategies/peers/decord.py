"""Decord: batches of frames by index."""

from collections.abc import Sequence

import torch
from torchcodec import FrameBatch

from vdlab.strategies.peers.common import COLOUR_TOLERANCE, batch_with_times, installed
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy(
    "decord", "Decord", tolerance=COLOUR_TOLERANCE, unavailable=installed("decord", "vdlab[decord]"), own_times=False
)
def decord(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """Decord fetches all frames with one `get_batch`, with `workers` threads of its decoder."""
    from decord import VideoReader

    batch = batch_with_times(video, indices)
    pictures = VideoReader(str(video.source.named_file()), num_threads=workers).get_batch(list(indices))
    batch.data.copy_(torch.from_numpy(pictures.asnumpy()).permute(0, 3, 1, 2))
    return batch
