"""Charts as files and as text: one picture of all charts, and single charts inside an HTML page."""

import base64
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vdlab import charts
from vdlab.benchmark.results import Results

# Each chart of a report, with a sentence for readers who have never seen one like it.
CHARTS: dict[Callable[..., Axes], str] = {
    charts.time: "Each bar is a median, each dot one run. Where the dots of two bars overlap, do not read much into "
    "which bar is shorter.",
    charts.speedup: "Twice the workers in half the time would follow the dashed line. Bands are 95 % intervals; a band "
    "that covers 1x is no gain.",
}

STYLING = threading.Lock()


def save_picture(results: Results, path: str | os.PathLike[str]) -> Path:
    """Write all charts as one picture, a column for every sampling rate that was measured.

    Raises:
        VDLabError: it cannot be written there.
    """
    rates = measured_rates(results)
    figure = Figure(figsize=(9 * max(1, len(rates)), 9), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    places = figure.subplots(len(CHARTS), max(1, len(rates)), squeeze=False)
    for row, draw in zip(places, CHARTS, strict=True):
        for ax, rate in zip(row, rates, strict=False):
            draw(results, ax, rate)
    return charts.save(places[0][0], path)


def measured_rates(results: Results) -> list[float]:
    """The sampling rates at which something was timed, in the order of the settings."""
    timed = {run.fps for run in results.runs if run.phase == "timed" and run.seconds is not None}
    return [rate for rate in results.settings["fps"] if rate in timed]


def inline(draw: Callable[[], Axes]) -> str:
    """The chart as an SVG in a data URI, the same bytes for the same data, with no background of its own.

    An image, and not markup, so that nothing in it can become part of the page. Its words are text and not outlines,
    which would more than double a report; a browser without matplotlib's wide font takes a narrower one.
    """
    svg = io.BytesIO()
    # matplotlib's settings are the whole process's: two reports at once would leave each other's behind.
    with STYLING, matplotlib.rc_context({"svg.hashsalt": "vdlab", "svg.fonttype": "none"}):
        draw().figure.savefig(svg, format="svg", transparent=True, metadata={"Date": None})
    # As text, several spaces would become one.
    drawn = svg.getvalue().replace(b"<defs>", b"<defs><style>text { white-space: pre }</style>", 1)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn).decode()
