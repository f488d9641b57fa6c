"""What the peers have in common: whether they are installed, and the times of frames where they give none."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec

import numpy as np
import torch
from torchcodec import FrameBatch

from vdlab.gops.batches import allocate
from vdlab.video import Video

COLOUR_TOLERANCE = 48
"""Steps of 255. For 8-bit progressive video every peer returns TorchCodec's very pixels. For 10 bits, PyAV, OpenCV
and Decord reduce and spread the colour samples in another way, and single pixels were up to 41 steps from each
other. Frames of different moments differ by more than this somewhere, unless nothing moves."""


def installed(module: str, package: str) -> Callable[[], str | None]:
    """What says that `package` is missing, or None where `module` can be imported."""

    @cache
    def missing() -> str | None:
        return None if find_spec(module) else f"{package} is not installed; run: pip install '{package}'"

    return missing


def batch_with_times(video: Video, indices: Sequence[int]) -> FrameBatch:
    """Room for the frames, with their pts and durations, in seconds, from the packets: some libraries lose them."""
    batch = allocate(video, len(indices))
    for seconds, known in ((batch.pts_seconds, video.index.times), (batch.duration_seconds, video.index.durations)):
        seconds.copy_(torch.from_numpy(known[list(indices)]))
    return batch


def positions(indices: Sequence[int]) -> dict[int, list[int]]:
    """In which rows of the result each frame goes, by ascending number: most libraries only read forwards."""
    order = np.argsort(indices, kind="stable").tolist()
    wanted: dict[int, list[int]] = {}
    for position in order:
        wanted.setdefault(indices[position], []).append(position)
    return wanted
