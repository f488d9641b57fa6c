"""Charts as files and as text: one picture of all charts, and single charts inside an HTML page."""

import base64
import io
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from vdlab import charts
from vdlab.charts.breakdown import no_breakdown
from vdlab.charts.cold import no_cold
from vdlab.charts.cpu import no_cpu
from vdlab.charts.gop_map import no_gop_map
from vdlab.charts.laws import no_laws, words_of_laws
from vdlab.charts.memory import no_memory
from vdlab.charts.timeline import no_timeline, words_of_timelines
from vdlab.results.decoded import words_of_work
from vdlab.results.records import Results


@dataclass(frozen=True)
class Chart:
    """A chart of a report.

    Attributes:
        draw: the function that draws it.
        shows: what can be seen, in words.
        caption: how to read it, for those who have never seen one like it.
        lacking: results and a sampling rate -> why there is nothing to draw; empty where there is.
        says: results and a sampling rate -> sentences that `draw` writes under the chart unless `words` is false;
            None for a chart without words.
        again: whether a page draws it at every sampling rate, and not at the first only.
    """

    draw: Callable[..., Axes]
    shows: str
    caption: str
    lacking: Callable[[Results, float], str] = lambda results, fps: ""
    says: Callable[[Results, float], list[str]] | None = None
    again: bool = False


CHARTS = (
    Chart(
        charts.time,
        "time of every setting; the numbers are in the table above",
        "Each bar is a median, each dot one run. Where the dots of two bars overlap, do not read much into which bar "
        "is shorter.",
        again=True,
    ),
    Chart(
        charts.speedup,
        "speedup of every setting; the numbers are in the table above",
        "Twice the workers in half the time would follow the dashed line. Bands are 95 % intervals; a band that covers "
        "1x is no gain.",
        again=True,
    ),
    Chart(
        charts.timelines,
        "what each worker did when, in the fastest setting and in the tutorial's threads",
        "Each row is a worker. Where it is hatched in red, the worker waited: for the others, or for its turn.",
        no_timeline,
        words_of_timelines,
    ),
    Chart(
        charts.gop_map,
        "which frames must be decoded for those that are asked for, in a stretch of the video",
        "Frames are stored as differences from others, back to the last keyframe, so more are decoded than are asked "
        "for. Nothing refers to disposable frames; a strategy that knows them can leave them out.",
        no_gop_map,
        words_of_work,
    ),
    Chart(
        charts.laws,
        "laws of scaling, fitted to the speedups of one strategy",
        "Lines are fitted to the dots, and dashed where they foretell. What bends them is work that cannot be shared, "
        "and workers that wait for each other.",
        no_laws,
        words_of_laws,
    ),
    Chart(
        charts.karp_flatt,
        "serial fraction of every strategy by its workers",
        "The part of the work that cannot be shared, if that alone explained each speedup. Where a line rises with the "
        "workers, it is not that alone: they get in each other's way.",
        no_laws,
    ),
    Chart(
        charts.cpu,
        "wall seconds against CPU seconds; the numbers are in the table above",
        "Lower is sooner done, further left is less work. Whatever is to the right of the dotted line takes more CPU "
        "time than sequential decoding: that is the price of being parallel.",
        no_cpu,
    ),
    Chart(
        charts.memory,
        "peak memory of every setting; the numbers are in the table above",
        "Full colour is the decoded frames themselves; what is pale, a strategy takes besides.",
        no_memory,
    ),
    Chart(
        charts.breakdown,
        "what the workers of every setting spend their time on",
        "From one traced run of each setting. Waiting is for other workers, or for the last of them to end.",
        no_breakdown,
    ),
    Chart(
        charts.cold,
        "cold start of every setting beside its warm median",
        "Diamonds are first calls: workers start and the video is opened for the first time. Who decodes many videos "
        "pays that once.",
        no_cold,
    ),
)

STYLING = threading.Lock()


def save_picture(results: Results, path: str | os.PathLike[str]) -> Path:
    """Write all charts that have something to say as one picture, a column for every sampling rate that was measured.

    Raises:
        VDLabError: it cannot be written there.
    """
    rates = measured_rates(results)
    drawn = [chart for chart in CHARTS if not all(chart.lacking(results, rate) for rate in rates)] or CHARTS[:1]
    figure = Figure(figsize=(9 * max(1, len(rates)), 4.8 * len(drawn)), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    places = figure.subplots(len(drawn), max(1, len(rates)), squeeze=False)
    for row, chart in zip(places, drawn, strict=True):
        for ax, rate in zip(row, rates, strict=False):
            chart.draw(results, ax=ax, fps=rate)
    return charts.save(places[0][0], path)


def measured_rates(results: Results) -> list[float]:
    """The sampling rates at which something was timed, in the order of the settings."""
    timed = {run.fps for run in results.runs if run.phase == "timed" and run.seconds is not None}
    return [rate for rate in results.plan.fps if rate in timed]


def inline(draw: Callable[[], Axes]) -> str:
    """The chart as an SVG in a data URI, the same bytes for the same data, with no background of its own.

    An image, and not markup, so that nothing in it can become part of the page. Its words are text and not outlines,
    which would more than double a report; a browser without matplotlib's wide font takes a narrower one.
    """
    svg = io.BytesIO()
    # matplotlib's settings are the whole process's: two reports at once would leave each other's behind.
    with STYLING, matplotlib.rc_context({"svg.hashsalt": "vdlab", "svg.fonttype": "none"}):
        figure = draw().figure
        for part in (figure, *figure.axes):
            part.patch.set_facecolor("none")
        # As `savefig` does, but that draws everything twice, to fit paper to the figure.
        FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None})
    # As text, several spaces would become one.
    drawn = svg.getvalue().replace(b"<defs>", b"<defs><style>text { white-space: pre }</style>", 1)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn).decode()
