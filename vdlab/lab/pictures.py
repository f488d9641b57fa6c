"""Decoded frames as small pictures inside the page: a few of the video, and a few of each setting of a sweep."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from PIL import Image
from torch.nn.functional import adaptive_max_pool2d
from torchcodec import FrameBatch

from vdlab.decoding import decode
from vdlab.notes import collected
from vdlab.results.records import VERDICTS, Run, Setting, Verdict
from vdlab.video import Video

WIDTH, WIDE = 200, 320
"""Pixels: of a frame among many, and of one that is held against another."""
SHOTS = 24
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
class Sheet:
    """What is to be seen of a setting: the verdict on its run, how many frames that has, and a few of them."""

    verdict: Verdict
    frames: int
    shots: list[Shot]
    pairs: list[Pair]


@dataclass
class Capture:
    """Pictures of a sweep, by setting, never its gigabyte; `inspect` is what the sweep calls.

    Attributes:
        indices: the sampled frame indices at every rate.
        sheets: one a setting: of its first run, or the worst one.
    """

    indices: Mapping[float, Sequence[int]]
    sheets: dict[Setting, Sheet] = field(default_factory=dict)

    def inspect(self, run: Run, frames: FrameBatch, reference: FrameBatch) -> None:
        """Take a few frames of a run, where it is the first of its setting or worse than what there is."""
        before = self.sheets.get(run.setting)
        if before and VERDICTS.index(before.verdict) >= VERDICTS.index(run.verdict):
            return
        if frames.data.dtype != torch.uint8 or frames.data.ndim != 4 or frames.data.shape[1] != 3:
            return  # not pictures; the run's verdict says so
        indices = self.indices[run.setting.fps]
        pairs = []
        if run.verdict != "identical" and frames.data.shape == reference.data.shape:
            wrong = differing_positions(frames, reference)[:DIFFERENCES]
            pairs = [_pair(frames, reference, position, indices) for position in wrong]
        count = min(SHOTS, len(frames.data), len(indices))
        spread = [len(frames.data) * number // count for number in range(count)]
        shots = [_shot(frames, position, indices, WIDTH) for position in spread]
        self.sheets[run.setting] = Sheet(run.verdict, len(frames.data), shots, pairs)


def differing_positions(frames: FrameBatch, reference: FrameBatch) -> list[int]:
    """Positions at which pixels or pts differ."""
    return [
        position
        for position in range(len(frames.data))
        if not torch.equal(frames.data[position], reference.data[position])
        or frames.pts_seconds[position] != reference.pts_seconds[position]
    ]


def _shot(frames: FrameBatch, position: int, indices: Sequence[int], width: int) -> Shot:
    index = indices[min(position, len(indices) - 1)]
    return Shot(index, float(frames.pts_seconds[position]), data_uri(frames.data[position], width))


def _pair(frames: FrameBatch, reference: FrameBatch, position: int, indices: Sequence[int]) -> Pair:
    where = difference(frames.data[position], reference.data[position], WIDE)
    theirs, mine = (_shot(batch, position, indices, WIDE) for batch in (reference, frames))
    return Pair(theirs, mine, data_uri(where, WIDE, 92))


def data_uri(frame: torch.Tensor, width: int, quality: int = 82) -> str:
    """A uint8 `[3, H, W]` frame as a JPEG in a data URI, at most `width` pixels wide."""
    picture = Image.fromarray(frame.permute(1, 2, 0).contiguous().numpy())
    if picture.width > width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))), Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def difference(mine: torch.Tensor, theirs: torch.Tensor, width: int) -> torch.Tensor:
    """Where two uint8 `[3, H, W]` frames differ, at most `width` pixels wide, the largest difference in white.

    Made smaller by taking the largest value of each area: a single wrong pixel stays in sight.
    """
    differing = (mine.to(torch.int16) - theirs.to(torch.int16)).abs().amax(0, keepdim=True).float()
    height, full = differing.shape[-2:]
    if full > width:
        differing = adaptive_max_pool2d(differing, (max(1, round(height * width / full)), width))
    return (differing * (255 / max(1.0, float(differing.max())))).to(torch.uint8).expand(3, -1, -1)


def strip(video: Video, count: int = 6) -> list[str]:
    """`count` frames spread over the video, as data URIs.

    Raises:
        VideoError: one of them does not decode.
    """
    with collected():  # how they were decoded is nobody's concern
        return [data_uri(frame, 96) for frame in decode(video, count=count).data]
