"""Are these the frames asked for? By their times, which need no reference, and bit for bit against one.

Of frames that are not, the first is kept, small: whole frames are given back before the next run.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import adaptive_max_pool2d
from torchcodec import FrameBatch

from vdlab.results.records import Difference, Run, Verdict
from vdlab.strategies import Strategy
from vdlab.video import Video
from vdlab.video.video import wrong_times

WIDE = 240
"""Pixels: the width of a picture of a whole frame."""

SIDE = 32
"""Pixels: of the square that is kept as it is."""


@dataclass(frozen=True)
class Times:
    """What the times of frames say of where in the video they come from.

    Attributes:
        checked: how many frames were held against the packet index; 0 where the file keeps no times.
        wrong: how many of them carry another time than the frame asked for.
        first: the number of the first frame that was asked for and is another; None where there is none.
        sentence: which those are; empty where there are none.
    """

    checked: int
    wrong: int = 0
    first: int | None = None
    sentence: str = ""


def check_times(video: Video, indices: Sequence[int], pts_seconds: np.ndarray) -> Times:
    """Hold frames against the packet index by their times: whether they are the ones asked for is seen undecoded.

    Args:
        indices: the N frame numbers asked for.
        pts_seconds: float64 `[N]`: when the frames that came are shown.
    """
    if not video.index.timed:
        return Times(0)
    rows = np.flatnonzero(wrong_times(video, list(indices), pts_seconds))
    if not len(rows):
        return Times(len(indices))
    first = indices[rows[0]]
    return Times(
        len(indices),
        len(rows),
        first,
        f"{len(rows)} of {len(indices)} frames come from the wrong place, the first for frame {first} "
        f"at {video.index.times[first]:.3f} s: it carries {pts_seconds[rows[0]]:.3f} s",
    )


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes:
        frames: how many frames were compared.
        differing: how many of them differ in a pixel or a pts; every frame where shapes differ.
        first: index, in the video, of the first frame that differs; None where none does.
        what: what is different, in words: `pixels`, `pts`, or a difference in shape or type.
        largest: largest difference between two pixel values, 0 to 255.
    """

    frames: int
    differing: int = 0
    first: int | None = None
    what: str = ""
    largest: int = 0

    @property
    def identical(self) -> bool:
        return self.differing == 0

    def __str__(self) -> str:
        if self.identical:
            return "identical"
        return f"differs: {self.differing} of {self.frames} frames in {self.what}, the first at index {self.first}"


def compare(batch: FrameBatch, reference: FrameBatch, indices: Sequence[int]) -> Comparison:
    """Compare a strategy's frames with the reference's: pixels and pts, with no tolerance.

    Durations are not compared: containers, libraries and versions of FFmpeg say them differently of the same frame.

    Args:
        batch, reference: uint8 `[N, 3, H, W]` with pts and durations in seconds as float64 `[N]`.
        indices: the N frame indices in the video, to name the first frame that differs.
    """
    mismatch = _mismatch(batch, reference)
    if mismatch:
        first = indices[0] if indices else None
        return Comparison(len(indices), max(1, len(indices)), first, mismatch)
    # Not by torch.equal, whose threads wait for each other: beside a neighbour it takes longer than the decoding.
    pixels = torch.tensor(
        [
            not np.array_equal(mine.numpy(), theirs.numpy())
            for mine, theirs in zip(batch.data, reference.data, strict=True)
        ],
        dtype=torch.bool,
    )
    pts = batch.pts_seconds != reference.pts_seconds
    wrong = (pixels | pts).nonzero().flatten().tolist()
    if not wrong:
        return Comparison(len(indices))
    what = [name for name, found in (("pixels", pixels), ("pts", pts)) if found.any()]
    largest = max(
        (_largest(batch.data[row], reference.data[row]) for row in pixels.nonzero().flatten().tolist()),
        default=0,
    )
    return Comparison(len(indices), len(wrong), indices[wrong[0]], " and ".join(what), largest)


@dataclass(frozen=True)
class Checked:
    """What the times of a run's frames say of them, and the reference, where colours may differ by `tolerance`."""

    times: Times
    comparison: Comparison
    tolerance: int

    @property
    def verdict(self) -> Verdict:
        """`differs` where a frame comes from the wrong place, whatever the reference has there; `close` only where
        nothing but pixels differs, and none by more than the tolerance."""
        if self.times.wrong:
            return "differs"
        if self.comparison.identical:
            return "identical"
        only_colours = self.comparison.what == "pixels" and self.comparison.largest <= self.tolerance
        return "close" if only_colours else "differs"

    @property
    def detail(self) -> str:
        """What is wrong with the frames, in a sentence; empty where nothing is."""
        if self.times.wrong:
            # These differ from the reference too: it is worth a word where others do.
            more = f"; {self.comparison}" if self.comparison.differing > self.times.wrong else ""
            return f"differs: {self.times.sentence}{more}"
        return "" if self.comparison.identical else str(self.comparison)


def check(
    strategy: Strategy, video: Video, indices: Sequence[int], frames: FrameBatch, reference: FrameBatch | None
) -> Checked:
    """Whether these are the frames asked for, by their times and by the reference, unless that is None.

    Where the file keeps no times, everyone makes up their own: only pixels are compared.
    """
    own_times = strategy.own_times and len(frames) == len(indices)
    times = check_times(video, indices, frames.pts_seconds.numpy()) if own_times else Times(0)
    reference = frames if reference is None else reference
    if not video.index.timed and len(frames) == len(reference):
        frames = FrameBatch(frames.data, reference.pts_seconds, frames.duration_seconds)
    return Checked(times, compare(frames, reference, indices), strategy.tolerance)


def _mismatch(batch: FrameBatch, reference: FrameBatch) -> str:
    """What makes the batches incomparable, in words; empty where nothing does."""
    mine, theirs = batch.data, reference.data
    if mine.dtype != theirs.dtype:
        return f"type ({mine.dtype} for {theirs.dtype})"
    if mine.shape != theirs.shape:
        return f"shape ({tuple(mine.shape)} for {tuple(theirs.shape)})"
    return ""


def _largest(mine: torch.Tensor, theirs: torch.Tensor) -> int:
    """The largest absolute difference between two uint8 frames."""
    return int((mine.to(torch.int16) - theirs.to(torch.int16)).abs().max())


def difference(run: Run, frames: FrameBatch, reference: FrameBatch, indices: Sequence[int]) -> Difference | None:
    """The first frame with other pixels than the reference's; None where there is none, or where sizes differ.

    Args:
        run: that returned the frames.
        frames, reference: uint8 `[N, 3, H, W]`.
        indices: the N frame numbers in the video.
    """
    mine, theirs = frames.data, reference.data
    if run.first_differing is None or mine.shape != theirs.shape or mine.dtype != torch.uint8 or mine.ndim != 4:
        return None
    first = indices.index(run.first_differing)
    row = next((row for row in range(first, len(mine)) if not torch.equal(mine[row], theirs[row])), None)
    if row is None:
        return None  # only their times differ
    apart = (mine[row].to(torch.int16) - theirs[row].to(torch.int16)).abs().amax(0)
    height, width = apart.shape
    top, left = (
        max(0, min(at - SIDE // 2, length - SIDE))
        for at, length in zip(divmod(int(apart.argmax()), width), (height, width), strict=True)
    )
    crop = (slice(None), slice(top, top + SIDE), slice(left, left + SIDE))
    return Difference(
        setting=run.setting,
        index=indices[row],
        seconds=float(reference.pts_seconds[row]),
        largest=int(apart.max()),
        size=(width, height),
        corner=(left, top),
        reference=encoded(theirs[row], "JPEG"),
        result=encoded(mine[row], "JPEG"),
        difference=encoded(smaller(apart), "PNG"),
        reference_crop=encoded(theirs[row][crop], "PNG"),
        result_crop=encoded(mine[row][crop], "PNG"),
    )


def smaller(apart: torch.Tensor) -> torch.Tensor:
    """Differences, `[H, W]`, as uint8 `[1, h, w]` no wider than `WIDE`, the largest in white.

    Made smaller by taking the largest value of each area: a single wrong pixel stays in sight.
    """
    height, width = apart.shape
    shown = apart[None].float()
    if width > WIDE:
        shown = adaptive_max_pool2d(shown, (max(1, round(height * WIDE / width)), WIDE))
    return (shown * (255 / shown.max())).to(torch.uint8)


def encoded(pixels: torch.Tensor, form: str) -> bytes:
    """A picture, uint8 `[3, H, W]` or in greys `[1, H, W]`, as a file, no wider than `WIDE`."""
    picture = Image.fromarray(np.ascontiguousarray(pixels.permute(1, 2, 0).squeeze(-1).numpy()))
    if picture.width > WIDE:
        size = WIDE, max(1, round(picture.height * WIDE / picture.width))
        picture = picture.resize(size, Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, form, quality=85)
    return buffer.getvalue()
