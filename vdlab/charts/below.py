"""What stands under a chart: its legend in lines, and sentences."""

from collections.abc import Sequence
from textwrap import wrap

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.transforms import ScaledTranslation


def legend_below(ax: Axes, handles: Sequence[Artist], drop: float = 30) -> Legend:
    """A legend under the chart, its entries side by side.

    Args:
        drop: points below the axis, for its ticks and its label.
    """
    down = ScaledTranslation(0, -drop / 72, ax.figure.dpi_scale_trans)
    return ax.legend(
        handles=handles,
        frameon=False,
        fontsize=8.5,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + down,
        borderaxespad=0,
        borderpad=0,
        ncols=len(handles),
        columnspacing=1.4,
        handlelength=1.4,
        handletextpad=0.5,
    )


def say(legend: Legend, lines: Sequence[str], width: int = 115) -> None:
    """Sentences under the legend, in lines of at most `width` characters."""
    legend.axes.annotate(
        "\n".join(part for line in lines for part in wrap(line, width, break_on_hyphens=False)).replace("$", r"\$"),
        (0, 0),
        (0, -8),
        xycoords=legend,
        textcoords="offset points",
        va="top",
        fontsize=8.5,
        annotation_clip=False,
    )
