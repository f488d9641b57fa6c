"""What charts are drawn with: colours, a quiet frame around the data, and a figure without pyplot's global state."""

import io
import os
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from textwrap import fill, wrap
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.legend_handler import HandlerTuple
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import LogLocator, NullLocator
from matplotlib.transforms import ScaledTranslation, Transform

from vdlab.errors import harmless
from vdlab.machine.files import written_whole

# A colour means one strategy, in every chart, and nothing else: whatever is not a strategy is grey, black or hatched.
# Okabe and Ito's palette (Color Universal Design, 2008), and others as far from it, and from each other, as there are
# for readers who see no red or no green; all are seen on white and on the lab's dark ground.
COLOURS = {
    "sequential": "#693c69",
    "ffmpeg-threads": "#e69f00",
    "processes": "#cc79a7",
    "threads": "#0072b2",
    "shared-memory": "#d55e00",
    "keyframe-threads": "#56b4e9",
    "pruned-threads": "#009e73",
    "hybrid": "#961e00",
    "linear": "#2d7869",
    "cuda": "#0f69f0",
    "pyav": "#5a87ff",
    "opencv": "#96d2b4",
    "decord": "#b43c2d",
    "ffmpeg-cli": "#004ba5",
}
# A loader has the colour of the strategy that is nearest to what it does with one video: no chart has both.
LOADERS = {
    "one-by-one": "sequential",
    "vdlab": "pruned-threads",
    "dataloader": "shared-memory",
    "dask": "pyav",
    "ray": "decord",
    "spdl": "ffmpeg-cli",
}
OWN = ("#0f00ff", "#69c378", "#e600c8", "#78d2f0", "#4be169")
"""For strategies of a user's own."""

MUTED = "#767676"
MOST_TONES = 4  # side by side in an entry of a legend
LONGEST = 2000  # letters of a text in a chart: it takes longer to draw than to read
FEWEST_ROWS = 3  # fewer would be as fat as they are few

WAITING = "waiting"
DECODING = "decoding"
DOING: dict[str, dict[str, Any]] = {
    "starting": {"facecolor": "#dadada"},
    "seeking": {"facecolor": "#d0d0d0", "edgecolor": "#333333", "hatch": "\\\\\\\\"},
    DECODING: {},
    "copying": {"facecolor": "#4d4d4d"},
    "working": {"facecolor": "#a6a6a6"},
    WAITING: {"facecolor": "none", "edgecolor": MUTED, "hatch": "/////"},
}
"""How what a worker does is drawn: decoding in the strategy's colour, all else in greys and hatches."""

_given: dict[str, str] = {}  # colours to strategies that have none of their own


def colour(strategy: str) -> str:
    """The strategy's colour.

    One of a user's own gets it by its name, so it is the same every day and everywhere; two whose names lead to the
    same colour are told apart as long as there are colours left.
    """
    if strategy in LOADERS or strategy in COLOURS:
        return COLOURS[LOADERS.get(strategy, strategy)]
    if strategy not in _given:
        first = zlib.crc32(strategy.encode()) % len(OWN)
        turns = OWN[first:] + OWN[:first]
        _given[strategy] = next((tone for tone in turns if tone not in _given.values()), OWN[first])
    return _given[strategy]


def ink(back: str) -> str:
    """Dark or white, whichever is read more easily on a colour: the larger contrast by WCAG 2.2's formula.

    Not black: that is the ink of the page, which dark themes turn around.
    """
    linear = (np.array(to_rgb(back)) + 0.055) / 1.055
    return "white" if linear**2.4 @ (0.2126, 0.7152, 0.0722) < 0.179 else "#111111"


def look_of(doing: str, strategy: str) -> dict[str, Any]:
    """How a bar is filled that stands for what a worker of a strategy does."""
    return {"linewidth": 0, "facecolor": colour(strategy), **DOING[doing]}


def doing_legend(strategies: Sequence[str], done: Collection[str]) -> dict[str, Any]:
    """Handles and labels of a legend for what workers have done; decoding is in the colours of these strategies."""
    tones = list(dict.fromkeys(strategies))[:MOST_TONES]
    entries = {
        doing: tuple(Patch(**look_of(doing, one)) for one in (tones if doing == DECODING else tones[:1]))
        for doing in DOING
        if doing in done
    }
    tuples = {tuple: HandlerTuple(ndivide=None, pad=0)}
    return {"handles": list(entries.values()), "labels": list(entries), "handler_map": tuples}


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


def legend_below(ax: Axes, handles: Sequence[Any] | None = None, columns: int = 0, **style: Any) -> Legend:
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


def spoken(svg: str, figure: Figure) -> str:
    """A figure's SVG that says, to those who do not see it, which questions its charts answer and what they show."""
    said = {"title": [ax.get_title("left").replace(r"\$", "$") for ax in figure.axes]}
    said["desc"] = [str(ax.get_label()) for ax in figure.axes]
    title, shows = ("; ".join(filter(None, dict.fromkeys(texts))) for texts in said.values())
    head = f'<svg role="img" aria-label={quoteattr(f"{title} {shows}".strip())} '
    before, _, after = svg.partition("<svg ")
    tag, end, drawing = after.partition(">")
    return f"{before}{head}{tag}{end}<title>{escape(title)}</title><desc>{escape(shows)}</desc>{drawing}"


def as_file(figure: Figure, form: str, **options: Any) -> bytes:
    """A figure in a format such as "png" or "svg"; an SVG says what it is."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, **options)
    return spoken(buffer.getvalue().decode(), figure).encode() if form == "svg" else buffer.getvalue()


def save(picture: Axes | Figure, path: str | os.PathLike[str]) -> Path:
    """Write a chart's figure to a PNG, SVG or PDF file, by its suffix, whole or not at all.

    Raises:
        VDLabError: it cannot be written there.
    """
    figure = picture if isinstance(picture, Figure) else figure_of(picture)
    with written_whole(path) as aside:
        aside.write_bytes(as_file(figure, Path(path).suffix.lstrip(".").lower() or "png"))
    return Path(path)
