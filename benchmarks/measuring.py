"""Time `vdlab.decode` and what it is compared with, in interleaved rounds, each call with the file's opening."""

import gc
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import shorten
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import psutil
import torch
from torchcodec.decoders import VideoDecoder

import vdlab
from vdlab.notes import collected
from vdlab.strategies import STRATEGIES
from vdlab.video.index import forget

if TYPE_CHECKING:
    from torchcodec import FrameBatch

FPS = 2
BARE = "bare TorchCodec"
SHORT_SECONDS, MORE_ROUNDS = 0.2, 3
"""Where bare TorchCodec takes less than the first, there are so many times as many rounds."""

Call = Callable[[], "FrameBatch"]


@dataclass
class Measured:
    """One setting on one video: whether its frames are bare TorchCodec's, and what it took in every round."""

    frames: str = "same"
    notes: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)


def calls(path: Path, workers: int, strategies: Iterable[str]) -> dict[str, Call]:
    """What is timed, by name. Each opens the file itself, and all decode the same frames."""
    indices = vdlab.sample(vdlab.Video.open(path, seek_mode="exact"), fps=FPS)

    def bare(threads: int) -> Call:
        return lambda: VideoDecoder(path, num_ffmpeg_threads=threads).get_frames_at(indices)

    def strategy(name: str) -> Call:
        return lambda: vdlab.decode(path, fps=FPS, strategy=name, workers=workers)

    def hybrid() -> "FrameBatch":
        video = replace(vdlab.Video.open(path, seek_mode="exact"), ffmpeg_threads=2)
        return vdlab.decode(video, fps=FPS, strategy="hybrid", workers=workers)

    settings = {BARE: bare(1), f"{BARE}, {2 * workers} threads": bare(2 * workers)}
    settings |= {name: hybrid if name == "hybrid" else strategy(name) for name in strategies}
    return settings


def measure(settings: dict[str, Call], workers: int, rounds: int, order: random.Random) -> dict[str, Measured]:
    """Compare the frames of all settings once, then time them in rounds, each in another order."""
    begin = perf_counter()
    reference = settings[BARE]()
    if perf_counter() - begin < SHORT_SECONDS:
        rounds *= MORE_ROUNDS
    measured = {name: compared(call, reference) for name, call in settings.items()}
    del reference
    working = [name for name, found in measured.items() if not found.frames.startswith("failed")]
    for _ in range(rounds):
        for name in order.sample(working, len(working)):
            if name in STRATEGIES and (prepare := STRATEGIES[name].prepare):
                prepare(workers)
            time_once(settings[name], measured[name])
    return measured


def compared(call: Call, reference: "FrameBatch") -> Measured:
    """Run a setting untimed and hold its pixels and times against bare TorchCodec's."""
    forget()
    with collected() as notes:
        try:
            batch = call()
        except Exception as error:  # whatever it is, the others are still to be measured
            return Measured(shorten(f"failed: {error}", 60))
    if batch.data.shape != reference.data.shape:
        return Measured(f"differ: shape {tuple(batch.data.shape)}", notes)
    same = [torch.equal(mine, bare) for mine, bare in zip(batch.data, reference.data, strict=True)]
    wrong = int((~torch.tensor(same) | (batch.pts_seconds != reference.pts_seconds)).sum())
    return Measured(f"differ: {wrong} of {len(same)}" if wrong else "same", notes)


def time_once(call: Call, into: Measured) -> None:
    """One timed run that finds nothing prepared: no packet index, and no garbage of the run before."""
    forget()
    gc.collect()
    cpu, start = cpu_seconds(), perf_counter()
    batch = call()
    into.seconds.append(perf_counter() - start)
    into.cpu_seconds.append(cpu_seconds() - cpu)
    del batch


def cpu_seconds() -> float:
    """CPU seconds of this process, to the microsecond, and of its children, to the hundredth of a second."""
    own = psutil.Process()
    ended = own.cpu_times()
    alive = [child.cpu_times() for child in own.children(recursive=True)]
    return (
        process_time() + ended.children_user + ended.children_system + sum(times.user + times.system for times in alive)
    )


def is_peer(name: str) -> bool:
    """Whether a strategy is what people use where they do not use VDLab."""
    return name in STRATEGIES and ".peers." in STRATEGIES[name].decode.__module__
