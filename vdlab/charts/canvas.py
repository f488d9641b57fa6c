"""What charts are drawn with: colours, a quiet frame around the data, and a figure without pyplot's global state."""

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill, wrap
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import LogLocator, NullLocator
from matplotlib.transforms import ScaledTranslation, Transform

from vdlab.errors import harmless
from vdlab.machine.files import written_whole

# Okabe and Ito's palette (Color Universal Design, 2008), told apart by colour-blind readers too. A strategy has
# the same colour in every chart.
COLOURS = {
    "sequential": "#7f7f7f",
    "ffmpeg-threads": "#e69f00",
    "processes": "#cc79a7",
    "threads": "#0072b2",
    "shared-memory": "#d55e00",
    "keyframe-threads": "#56b4e9",
    "pruned-threads": "#009e73",
    "hybrid": "#b3a100",
    "cuda": "#6a51a3",
    "pyav": "#8c564b",
    "opencv": "#1b9e9e",
    "decord": "#a6761d",
    "ffmpeg-cli": "#e7298a",
}
OTHERS = ("#4d4d4d", "#9e9ac8", "#bc80bd", "#66c2a5", "#c49c94", "#fb6a4a")
MUTED = "#767676"
LONGEST = 2000  # letters of a text in a chart: it takes longer to draw than to read
FEWEST_ROWS = 3  # fewer would be as fat as they are few

# What a worker does, in the palette's order of lightness; none of it is a strategy.
WAITING = "waiting"
DOING = {
    "starting": "#e69f00",
    "seeking": "#cc79a7",
    "decoding": "#0072b2",
    "copying": "#009e73",
    "working": "#6b6b6b",
    WAITING: "#c9ccd1",
}


def colour(strategy: str) -> str:
    """The strategy's colour; one that has none of its own gets the same one every time, chosen by its name."""
    return COLOURS.get(strategy) or OTHERS[zlib.crc32(strategy.encode()) % len(OTHERS)]


def axes(ax: Axes | None, width: float = 8.0, height: float = 4.5) -> Axes:
    """`ax` itself, or the Axes of a new figure of `width` by `height` inches that belongs to no window."""
    if ax is None:
        figure = Figure(figsize=(width, height), layout="constrained", dpi=120)
        FigureCanvasAgg(figure)
        ax = figure.add_subplot()
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def panels(ax: Axes, heights: Sequence[float]) -> list[Axes]:
    """The space of `ax` cut into panels, one above the other, with heights as these numbers; `ax` is the first.

    Args:
        ax: of a grid, as those that `Figure.add_subplot` and `subplots` return.
    """
    spec = ax.get_subplotspec()
    if len(heights) == 1 or spec is None:
        return [ax]
    grid = spec.subgridspec(len(heights), 1, height_ratios=list(heights))
    ax.set_subplotspec(grid[0])
    return [ax, *(axes(ax.figure.add_subplot(grid[number])) for number in range(1, len(heights)))]


def plain(text: object) -> str:
    """A text in which dollar signs start no formula, and that ends: names are a person's, even a stranger's."""
    return harmless(str(text)[:LONGEST]).replace("$", r"\$")


def nothing(ax: Axes, reason: str) -> Axes:
    """Say why there is no chart."""
    ax.set_axis_off()
    ax.text(0, 0.95, plain(fill(reason, 95)), transform=ax.transAxes, va="top", fontsize=10)
    return ax


def rows(ax: Axes, settings: Sequence[object]) -> None:
    """Settings as the rows of a bar chart, the first on top, in two lines where one would leave the bars no room."""
    ax.set_yticks(range(len(settings)), [plain(fill(str(setting), 22)) for setting in settings])
    ax.set_ylim(max(len(settings), FEWEST_ROWS) - 0.5, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.25)


def row_heights(count: int, inches: float = 0.36) -> float:
    """How high so many rows are, and never less than a few of them."""
    return inches * max(FEWEST_ROWS, count)


def by_factors(ax: Axes, scale: Literal["x", "y"]) -> None:
    """A logarithmic axis with ticks at 1, 2, 5, 10 ..., as plain numbers."""
    ax.set(**{f"{scale}scale": "log"})
    axis = ax.xaxis if scale == "x" else ax.yaxis
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def by_doubling(ax: Axes, counts: Sequence[int], scale: bool = True) -> None:
    """A tick at every worker count; on a logarithmic scale, because every doubling costs as much as the one before."""
    if scale:
        ax.set_xscale("log", base=2)
    ax.set_xticks(counts, [str(count) for count in counts])
    ax.minorticks_off()
    ax.set_xlabel("workers", color=MUTED)
    ax.grid(alpha=0.25)


def legend_beside(ax: Axes, **style: Any) -> Legend:
    """A legend to the right of the chart, for what has a label."""
    usual = {"frameon": False, "fontsize": 9, "loc": "center left", "bbox_to_anchor": (1.01, 0.5)}
    return ax.legend(**{**usual, **style})


def legend_below(ax: Axes, handles: Sequence[Artist] | None = None, columns: int = 0, **style: Any) -> Legend:
    """A legend under the chart's axis and its label: of these entries, or of what has a label.

    Args:
        columns: side by side; as many as there are handles if 0.
    """
    handles = ax.get_legend_handles_labels()[0] if handles is None else handles
    return ax.legend(
        handles=list(handles),
        frameon=False,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + ScaledTranslation(0, -38 / 72, ax.figure.dpi_scale_trans),
        borderaxespad=0,
        borderpad=0,
        ncols=columns or max(1, len(handles)),
        **{"fontsize": 8.5, "columnspacing": 1.4, "handlelength": 1.4, "handletextpad": 0.5, **style},
    )


def say(ax: Axes, under: Artist | Transform, lines: Sequence[str], drop: float = 8, width: int = 110) -> None:
    """Sentences `drop` points below what was drawn, or below a space, in lines of at most `width` characters."""
    ax.annotate(
        plain("\n".join(row for line in lines for row in wrap(line, width, break_on_hyphens=False))),
        (0, 0),
        (0, -drop),
        xycoords=under,
        textcoords="offset points",
        va="top",
        fontsize=8.5,
        annotation_clip=False,
    )


def bars(ax: Axes, boxes: Sequence[tuple[float, float, float, float]], **style: Any) -> None:
    """Draw boxes, each left, right, bottom and top, as one shape: a file with thousands of them stays small."""
    if not len(boxes):
        return
    left, right, bottom, top = np.array(boxes, dtype=float).T
    corners = np.stack([[left, bottom], [right, bottom], [right, top], [left, top]])
    ax.add_patch(PathPatch(Outline.make_compound_path_from_polys(corners.transpose(2, 0, 1)), **style))


def figure_of(ax: Axes) -> Figure:
    """The whole figure that a chart is in."""
    figure = ax.figure
    return figure if isinstance(figure, Figure) else figure.figure


def save(ax: Axes, path: str | os.PathLike[str]) -> Path:
    """Write the chart's figure to a PNG, SVG or PDF file, by its suffix, whole or not at all.

    Raises:
        VDLabError: it cannot be written there.
    """
    with written_whole(path) as aside:
        figure_of(ax).savefig(aside)
    return Path(path)
