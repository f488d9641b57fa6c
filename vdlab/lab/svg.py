"""A chart that belongs to the page: its black is the page's text colour, in light themes and dark ones."""

import io
import re

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED

PAGE_COLOURS = {
    "#000000": "currentColor",
    MUTED: f"var(--jp-ui-font-color2, {MUTED})",
    "#b22222": "var(--jp-error-color1, #b22222)",
}


def themed(ax: Axes) -> str:
    """The chart's figure as inline SVG without a background.

    matplotlib's comments go, because they repeat text; so does its style element, because inside a page it would
    be the style of everything else too.
    """
    buffer = io.StringIO()
    ax.figure.savefig(buffer, format="svg", transparent=True)
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", drawn, flags=re.DOTALL)
    for colour, name in PAGE_COLOURS.items():
        drawn = drawn.replace(colour, name)
    return f'<div class="vdlab-chart">{drawn}</div>'
