"""Many rectangles drawn as one shape: a picture with thousands of them stays small as a file."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path


def bars(ax: Axes, boxes: Sequence[tuple[float, float, float, float]], **style: object) -> None:
    """Draw boxes, each left, right, bottom and top, in one style; axis limits stay as they are."""
    if not len(boxes):
        return
    left, right, bottom, top = np.array(boxes, dtype=float).T
    corners = np.stack([[left, bottom], [right, bottom], [right, top], [left, top]])
    path = Path.make_compound_path_from_polys(corners.transpose(2, 0, 1))
    ax.add_patch(PathPatch(path, **style))
