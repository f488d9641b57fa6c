"""One video of many: opened, decoded section by section, and what comes of it."""

import os
import sys
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vdlab.decoding import check_indices, checked
from vdlab.errors import VDLabError, VideoError, one_line
from vdlab.gops.batches import room, size_change
from vdlab.machine.limits import free_memory
from vdlab.machine.stopping import Stopped
from vdlab.notes import collected
from vdlab.strategies import Strategy, find
from vdlab.strategies.auto import auto, sections
from vdlab.strategies.needed_memory import check_memory, frame_bytes
from vdlab.video import Video, sample
from vdlab.video.collection import Wanted
from vdlab.video.index import scan
from vdlab.video.source import as_source

if TYPE_CHECKING:
    from torchcodec import FrameBatch

Each = Callable[["FrameBatch"], Any] | None

AHEAD_BYTES = 256 * 2**20
"""For every worker: what is decoded, or being decoded, and not yet taken by the caller is held in memory."""

SECTION_SECONDS = 1.0
"""A video that takes twice as long or longer is decoded by several workers, so much at a time."""


@dataclass
class Outcome:
    """What became of a video.

    Attributes:
        result: its frames, or what `each` made of them.
        error: why there is none.
        notes: what is to be said of it besides.
        size: bytes of the result.
        seconds: how long it took, all in all.
    """

    result: Any = None
    error: VDLabError | None = None
    notes: list[str] = field(default_factory=list)
    size: int = 0
    seconds: float = 0.0


Outcomes = Generator[tuple[int, Outcome], None, None]
"""Of each video, by its number in the collection."""


@dataclass(eq=False)
class Job:
    """A video that has been opened.

    Attributes:
        workers: how many the strategy may use for a section.
        sections: the rows of the result that are decoded at a time, int64 each; several only of a long video.
        size: bytes of the frames that are wanted.
        batch: what is decoded so far.
        unfinished: how many sections are not done.
    """

    number: int
    wanted: Wanted
    video: Video
    indices: list[int]
    strategy: Strategy
    workers: int
    sections: list[np.ndarray]
    size: int
    began: float
    batch: "FrameBatch | None" = None
    unfinished: int = 1
    outcome: Outcome = field(default_factory=Outcome)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def decode(self, rows: np.ndarray) -> bool:
        """Decode a section, unless another one has failed; whether it is the last."""
        batch = error = None
        with collected() as notes:
            try:
                if self.outcome.error is None:
                    batch = checked(
                        self.strategy, self.video, [self.indices[row] for row in rows], self.workers, "mend"
                    )
            except Stopped:
                raise
            except BaseException as caught:
                error = named(caught, self.wanted)
        with self.lock:
            self.outcome.notes += [text for text in notes if text not in self.outcome.notes]
            try:
                if batch is not None:
                    self.put(rows, batch)
            except VDLabError as caught:
                error = caught
            self.outcome.error = self.outcome.error or error
            self.unfinished -= 1
            return self.unfinished == 0

    def put(self, rows: np.ndarray, batch: "FrameBatch") -> None:
        """Add the frames of a section; one thread at a time.

        Raises:
            SizeChange: they have another size than those of another section.
        """
        if len(self.sections) == 1:
            self.batch = batch
            return
        if self.batch is None:
            self.batch = room(len(self.indices), *batch.data.shape[-2:])
        if batch.data.shape[1:] != self.batch.data.shape[1:]:
            raise size_change(self.video, batch.data.shape, batch.pts_seconds[0].item())
        for column in ("data", "pts_seconds", "duration_seconds"):
            getattr(self.batch, column)[torch.from_numpy(rows)] = getattr(batch, column)


def opened(number: int, wanted: Wanted, workers: int = 1, beside: int = 1) -> Job:
    """Open a video, index its packets, and decide how it is decoded.

    Args:
        workers: that are free for it.
        beside: so many videos are decoded at a time.

    Raises:
        VideoError: it is unusable.
        SettingsError: a frame is wanted that it does not have.
    """
    began = monotonic()
    source = as_source(wanted.source)
    source.index = scan(source)  # from now on nobody looks whether the file has changed
    video = replace(Video.open(source, "exact"), resize=wanted.resize)
    if wanted.indices is not None:
        indices = check_indices(video, wanted.indices)
    else:
        indices = sample(video, wanted.fps, count=wanted.count, seconds=wanted.seconds)
    cut = sections(video, indices, SECTION_SECONDS)
    strategy, used = auto(video, indices, 1 if len(cut) > 1 else workers, beside)
    if len(cut) > 1:
        strategy = find(strategy.name)  # what is planned is planned for all frames
    check_memory(strategy, video, len(indices), used)
    size = len(indices) * frame_bytes(video)
    return Job(number, wanted, video, indices, strategy, used, cut, size, began, unfinished=len(cut))


def finished(job: Job, each: Each) -> Outcome:
    """What comes of a video whose frames are there."""
    outcome, batch = job.outcome, job.batch
    job.batch = None
    if outcome.error is None:
        try:
            outcome.result = batch if each is None else each(batch)  # type: ignore[arg-type]  # all frames are there
            outcome.size = size_of(outcome.result)
        except Stopped:
            raise
        except BaseException as error:
            what = getattr(each, "__name__", "each")
            failed = VDLabError(f"{job.wanted.name}: {what} failed: {type(error).__name__}: {one_line(error)}")
            failed.__cause__ = error
            outcome.error = failed
    outcome.seconds = monotonic() - job.began
    return outcome


def may_be_held(workers: int) -> int:
    """How many bytes of frames and results, decoded or being decoded, so many workers may be ahead of the caller."""
    return min(AHEAD_BYTES * workers, free_memory() // 4)


def size_of(result: Any) -> int:
    """About how many bytes a result holds."""
    if isinstance(result, torch.Tensor | np.ndarray):
        return result.nbytes
    if isinstance(result, list | tuple | set):
        return sum(map(size_of, result))
    if isinstance(result, dict):
        return sum(map(size_of, result.values()))
    return size_of(vars(result)) if hasattr(result, "__dict__") else sys.getsizeof(result)


def named(error: BaseException, wanted: Wanted) -> VDLabError:
    """What went wrong with a video, in one line that names it, and nothing that keeps its frames in memory."""
    if not isinstance(error, VDLabError):
        return VideoError(f"{wanted.name}: cannot be decoded: {type(error).__name__}: {one_line(error)}")
    last = wanted.name.rpartition(os.sep)[2]
    return type(error)(str(error) if last in str(error) else f"{wanted.name}: {error}")
