"""Decoded frames as small pictures inside the page: a few of the video, and a few of each setting of a sweep."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from PIL import Image
from torchcodec import FrameBatch

from vdlab.decoding import decode
from vdlab.notes import collected
from vdlab.results.records import VERDICTS, Run, Setting, Verdict
from vdlab.video import Video

WIDTH = 200
"""Pixels: of a frame among many."""
SMALL_WIDTH = 96
"""The same of one beside facts."""
SHOTS = 24


@dataclass(frozen=True)
class Shot:
    """One frame of a contact sheet: its index, its pts in seconds, and the picture as a data URI."""

    index: int
    pts: float
    picture: str


@dataclass(frozen=True)
class Sheet:
    """What is to be seen of a setting: the verdict on its run, how many frames that has, and a few of them."""

    verdict: Verdict
    frames: int
    shots: list[Shot]


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
        count = min(SHOTS, len(frames.data), len(indices))
        spread = [len(frames.data) * number // count for number in range(count)]
        shots = [_shot(frames, position, indices) for position in spread]
        self.sheets[run.setting] = Sheet(run.verdict, len(frames.data), shots)


def _shot(frames: FrameBatch, position: int, indices: Sequence[int]) -> Shot:
    index = indices[min(position, len(indices) - 1)]
    return Shot(index, float(frames.pts_seconds[position]), data_uri(frames.data[position], WIDTH))


def data_uri(frame: torch.Tensor, width: int, quality: int = 82) -> str:
    """A uint8 `[3, H, W]` frame as a JPEG in a data URI, at most `width` pixels wide."""
    picture = Image.fromarray(frame.permute(1, 2, 0).contiguous().numpy())
    if picture.width > width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))), Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def strip(video: Video, count: int = 6) -> list[str]:
    """`count` frames spread over the video, as data URIs.

    Raises:
        VideoError: one of them does not decode.
    """
    with collected():  # how they were decoded is nobody's concern
        return [data_uri(frame, SMALL_WIDTH) for frame in decode(video, count=count).data]
