"""A frame that is not the reference's, kept small: whole frames are given back before the next run."""

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import adaptive_max_pool2d
from torchcodec import FrameBatch

from vdlab.results.records import Difference, Run

WIDE = 240
"""Pixels: the width of a picture of a whole frame."""

SIDE = 32
"""Pixels: of the square that is kept as it is."""


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
