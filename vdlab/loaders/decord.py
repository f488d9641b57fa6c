"""Decord: threads over videos, each with a reader of Decord's."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torchcodec import FrameBatch

from vdlab.errors import VideoError, one_line
from vdlab.gops.batches import resized
from vdlab.loaders.bare import as_they_end, numbers
from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.strategies.peers.common import installed
from vdlab.video.collection import Wanted


@loader("decord", "Decord", unavailable=installed("decord", "vdlab[decord]"), own_times=False)
def decord(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """`workers` threads, each with Decord's reader of one whole video after the other."""
    with ThreadPoolExecutor(workers) as pool:
        tasks = as_they_end(
            wanted,
            2 * workers,
            submit=lambda one: pool.submit(load, one, each),
        )
        for one, task in tasks:
            yield one.source, task.result()


def load(one: Wanted, each: Each) -> Any:
    """The frames wanted of a video, or what `each` makes of them; for a broken video, the error."""
    from decord import DECORDError, VideoReader

    try:
        reader = VideoReader(str(one.source), num_threads=1)
        wanted = numbers(one, len(reader), reader.get_avg_fps())
        pictures = torch.from_numpy(reader.get_batch(wanted).asnumpy()).permute(0, 3, 1, 2)
        shown = torch.from_numpy(reader.get_frame_timestamp(wanted)).double()
    except (DECORDError, RuntimeError, ValueError, IndexError) as error:
        return VideoError(f"{one.name}: cannot be decoded by Decord: {one_line(error)}")
    batch = FrameBatch(resized(pictures.contiguous(), one.resize), shown[:, 0], shown[:, 1] - shown[:, 0])
    return batch if each is None else each(batch)
