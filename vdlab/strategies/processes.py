"""Parallel by chunks in several processes: joblib's loky workers."""

import os
import time
from collections.abc import Sequence

import numpy as np
import torch
from joblib import Parallel, delayed
from torchcodec import FrameBatch

from vdlab.errors import MachineError
from vdlab.gops.batches import allocate, views, write
from vdlab.gops.segments import split
from vdlab.machine.workers import no_processes
from vdlab.strategies.registry import strategy
from vdlab.strategies.sequential import sequential
from vdlab.video import Video

STARTING_SECONDS = 120
"""After so long, workers that are not up will not come up."""


def start_workers(workers: int) -> None:
    """Return once `workers` processes are up and each has imported the decoder.

    joblib keeps its pool between calls and resizes it for each number of workers. A new worker imports torch,
    which takes seconds; a timed run should meet workers that have done so.

    Raises:
        MachineError: this process can have no workers, or they do not come up.
    """
    reason = no_processes()
    if reason is not None:
        raise MachineError(reason)
    awake: set[int] = set()
    deadline = time.monotonic() + STARTING_SECONDS
    while len(awake) < workers:
        if time.monotonic() > deadline:
            raise MachineError(f"only {len(awake)} of {workers} worker processes came up in time; ask for fewer")
        awake = set(Parallel(n_jobs=workers, backend="loky", batch_size=1)([delayed(_wake)()] * workers))


def _wake() -> int:
    """Runs in a worker. Reaching this line imported the decoder; the pause lets the other workers take theirs."""
    time.sleep(0.05)
    return os.getpid()


@strategy("processes", "Processes", prepare=start_workers, unavailable=no_processes, batches=3)
def processes(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """`workers` processes, each decoding an equal, consecutive chunk of the frames sequentially.

    Processes have nothing in common, so nothing can hold them up, but every decoded frame has to come back: it is
    pickled, sent through a pipe and copied into the result. That is paid in bytes, not in frames.
    """
    chunks = split(indices, workers)
    batch = allocate(video, len(indices))
    decoded = Parallel(n_jobs=workers, backend="loky", return_as="generator")(
        delayed(decode_chunk)(video, chunk) for chunk in chunks
    )
    for view, arrays in zip(views(batch, chunks), decoded, strict=True):
        write(view, FrameBatch(*map(torch.from_numpy, arrays)))
    return batch


def decode_chunk(video: Video, chunk: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What one process does. Its frames travel as NumPy arrays, which pickle in half the time of tensors."""
    frames = sequential(video, chunk, 1)
    return frames.data.numpy(), frames.pts_seconds.numpy(), frames.duration_seconds.numpy()
