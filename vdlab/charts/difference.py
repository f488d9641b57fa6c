"""What is wrong with a frame: beside the one it should be, with their difference, and a detail enlarged."""

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from PIL import Image

from vdlab.charts.canvas import MUTED, plain
from vdlab.charts.chart import describe
from vdlab.results.records import Difference, Results

MOST = 4
"""Strategies of which a frame is shown; more are counted."""

LARGEST = 1000
"""Pixels: a side of a picture that VDLab keeps is much shorter, and a file can be from anyone."""

FRAMES, DETAILS = (0.0, 0.24, 0.48), (0.72, 0.816, 0.912)
"""Where a row's pictures begin, of the width."""

FRAME, DETAIL = 0.23, 0.088
"""How wide they are."""

ROW = 1.75  # inches


def differences(results: Results, fps: float, strategy: str | None = None) -> list[Difference]:
    """What there is to show at a sampling rate, of one strategy or of all."""
    of = [one for one in results.at(fps) if strategy in (None, one.setting.strategy)]
    return [one.difference for one in of if one.difference]


def no_difference(results: Results, fps: float, strategy: str | None = None) -> str:
    """Why there is nothing to show; empty where there is."""
    if differences(results, fps, strategy):
        return ""
    wrong = [str(one.setting) for one in results.at(fps) if one.worst.verdict in ("close", "differs")]
    if wrong:
        return f"No frame is to be seen of {', '.join(wrong)}: what differs is not pixels, or the size of the frames"
    return f"No strategy returned a frame at {fps:g} fps that differs from the reference's"


def size_of(results: Results, fps: float, strategy: str | None = None) -> tuple[float, float]:
    """Room for a row a strategy."""
    return 11.0, 0.9 + ROW * min(MOST, len(differences(results, fps, strategy)))


def difference_in_words(one: Difference) -> str:
    """Which frame it is, and by how much it differs."""
    return f"{one.setting}: frame {one.index:,} at {one.seconds:.2f} s differs by up to {one.largest} of 255"


@describe(
    "Difference",
    "What is wrong with the frames that differ?",
    shows="the first frame of each strategy that differs, beside the reference's, with their difference and a detail",
    caption="The first frame of each strategy that is not the reference's. In the difference, white is the largest "
    "there is, however small. On the right the square is enlarged.",
    lacking=no_difference,
    of="video",
    every_rate=True,
    size=size_of,
)
def difference(ax: Axes, results: Results, fps: float, strategy: str | None = None) -> None:
    """Reference, result and their difference, the whole frame and a detail: a row a strategy that differs.

    The frames are small pictures that the sweep kept; the details are pixels as they were decoded.

    Args:
        strategy: of this one only; of every one that differs if None.
    """
    found = differences(results, fps, strategy)
    ax.set_axis_off()
    height = 1 / min(MOST, len(found))
    for row, one in enumerate(found[:MOST]):
        draw_row(ax, one, 1 - (row + 1) * height, height)
    if len(found) > MOST:
        said = f"and {len(found) - MOST} more strategies whose frames differ"
        ax.text(0, -0.02, said, transform=ax.transAxes, va="top", fontsize=9, color=MUTED)


def draw_row(ax: Axes, one: Difference, bottom: float, height: float) -> None:
    """The pictures of one setting, over their names."""
    said = plain(difference_in_words(one))
    ax.text(0, bottom + height - 0.03 * height, said, transform=ax.transAxes, va="top", fontsize=9, fontweight="bold")
    names = ("reference", str(one.setting), "difference")
    reference, result = pixels(one.reference_crop), pixels(one.result_crop)
    apart = abs(reference.astype(int) - result) if reference.shape == result.shape else reference
    extent = (0, one.size[0], one.size[1], 0)
    for name, left, picture in zip(names, FRAMES, (one.reference, one.result, one.difference), strict=True):
        inset = placed(ax, (left, bottom, FRAME, 0.78 * height), name)
        inset.imshow(pixels(picture), interpolation="none", extent=extent)
        for tone, width in (("white", 2.0), ("#111111", 0.8)):  # one is seen on dark, one on light
            corner, (high, wide, _) = one.corner, reference.shape
            inset.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=tone, linewidth=width))
    details = (reference, result, np.minimum(255, apart * 255 // one.largest))
    for name, left, detail in zip(("reference", "result", "difference"), DETAILS, details, strict=True):
        placed(ax, (left, bottom, DETAIL, 0.78 * height), name).imshow(detail, interpolation="nearest")


def placed(ax: Axes, where: tuple[float, float, float, float], name: str) -> Axes:
    """Room for a picture inside the Axes: left, bottom, width and height, as fractions; with its name above."""
    inset = ax.inset_axes(where, anchor="NW")
    inset.set_title(plain(name), loc="left", fontsize=7.5, color=MUTED, pad=2)
    inset.set_axis_off()
    return inset


def pixels(picture: bytes) -> np.ndarray:
    """A small picture as uint8 `[H, W, 3]`; a grey square where it is none, or too large for one."""
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG")) as opened:
            if max(opened.size) <= LARGEST:
                return np.asarray(opened.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        pass  # a file from anyone; the rest of it may be whole
    return np.full((8, 8, 3), 128, dtype=np.uint8)
