"""Frames kept from a sweep to be looked at: a few small pictures of each setting, never its gigabyte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torchcodec import FrameBatch

from vdlab.lab.thumbnails import data_uri, difference
from vdlab.results.records import VERDICTS, Run, Setting, Verdict

SHEET = 24
DIFFERENCES = 4


@dataclass(frozen=True)
class Shot:
    """One frame of a contact sheet: its index, its pts in seconds, and the picture as a data URI."""

    index: int
    pts: float
    picture: str


@dataclass(frozen=True)
class Pair:
    """A frame that differs from the reference's: both, and where they differ."""

    reference: Shot
    result: Shot
    difference: str


@dataclass(frozen=True)
class Kept:
    """What is kept of one setting."""

    verdict: Verdict
    frames: int
    shots: list[Shot]
    pairs: list[Pair]


@dataclass
class Capture:
    """Pictures of a sweep, by setting; `inspect` is what the sweep calls.

    Attributes:
        indices: the sampled frame indices at every rate.
        kept: one entry a setting: its first run, or the worst one.
    """

    indices: Mapping[float, Sequence[int]]
    kept: dict[Setting, Kept] = field(default_factory=dict)

    def inspect(self, run: Run, frames: FrameBatch, reference: FrameBatch) -> None:
        """Keep a few frames of a run, where it is the first of its setting or worse than what was kept."""
        before = self.kept.get(run.setting)
        if before and VERDICTS.index(before.verdict) >= VERDICTS.index(run.verdict):
            return
        if frames.data.dtype != torch.uint8 or frames.data.ndim != 4 or frames.data.shape[1] != 3:
            return  # not pictures; the run's verdict says so
        indices = self.indices[run.fps]
        pairs = []
        if run.verdict != "identical" and frames.data.shape == reference.data.shape:
            wrong = differing_positions(frames, reference)[:DIFFERENCES]
            pairs = [_pair(frames, reference, position, indices) for position in wrong]
        count = min(SHEET, len(frames.data), len(indices))
        spread = [len(frames.data) * number // count for number in range(count)]
        shots = [_shot(frames, position, indices) for position in spread]
        self.kept[run.setting] = Kept(run.verdict, len(frames.data), shots, pairs)


def differing_positions(frames: FrameBatch, reference: FrameBatch) -> list[int]:
    """Positions at which pixels or pts differ."""
    return [
        position
        for position in range(len(frames.data))
        if not torch.equal(frames.data[position], reference.data[position])
        or frames.pts_seconds[position] != reference.pts_seconds[position]
    ]


def _shot(frames: FrameBatch, position: int, indices: Sequence[int], width: int = 200) -> Shot:
    index = indices[min(position, len(indices) - 1)]
    return Shot(index, float(frames.pts_seconds[position]), data_uri(frames.data[position], width))


def _pair(frames: FrameBatch, reference: FrameBatch, position: int, indices: Sequence[int]) -> Pair:
    apart = difference(frames.data[position], reference.data[position], 320)
    return Pair(
        _shot(reference, position, indices, 320), _shot(frames, position, indices, 320), data_uri(apart, 320, 92)
    )
