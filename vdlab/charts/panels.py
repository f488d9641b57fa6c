"""Several charts one above the other, in the place of one."""

from collections.abc import Sequence

from matplotlib.axes import Axes


def panels(ax: Axes, heights: Sequence[float]) -> list[Axes]:
    """The place of `ax` cut into panels whose heights are as these numbers; `ax` is the first of them.

    Args:
        ax: of a grid, as those that `Figure.add_subplot` and `subplots` return.
    """
    grid = ax.get_subplotspec().subgridspec(len(heights), 1, height_ratios=heights)
    ax.set_subplotspec(grid[0])
    others = [ax.figure.add_subplot(part) for part in list(grid)[1:]]
    for other in others:
        other.spines[["top", "right"]].set_visible(False)
        other.set_axisbelow(True)
    return [ax, *others]
