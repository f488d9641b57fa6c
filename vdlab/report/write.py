"""Write results, or a comparison of two, to a file in the format that its suffix names: one exporter a format."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vdlab import charts
from vdlab.charts.canvas import figure_of
from vdlab.charts.catalogue import CHARTS
from vdlab.errors import SettingsError
from vdlab.machine.files import written_whole
from vdlab.report.chrome_trace import chrome_trace
from vdlab.report.html import comparison_html, html
from vdlab.report.markdown import comparison_markdown, markdown
from vdlab.results.compare import Compared
from vdlab.results.records import Results

Written = TypeVar("Written")
Where = str | os.PathLike[str]
Exporter = Callable[[Written, Where], Path]


def as_text(text_of: Callable[[Written], str]) -> "Exporter[Written]":
    """The exporter of a text: UTF-8, whole or not at all; what is no Unicode in a file's name shows question marks."""

    def save_text(written: Written, path: Where) -> Path:
        with written_whole(path) as aside:
            aside.write_bytes(text_of(written).encode("utf-8", errors="replace"))
        return Path(path)

    return save_text


def save_picture(results: Results, path: Where) -> Path:
    """Write all charts that have something to say as one picture, a column for every sampling rate that was measured.

    Raises:
        VDLabError: it cannot be written there.
    """
    rates = results.rates or [results.first_rate()]
    results = results.cases[0]
    drawn = [chart for chart in CHARTS if not all(chart.lacking(results, rate) for rate in rates)] or CHARTS[:1]
    heights = [max(figure_of(chart.draw(results, fps=rate)).get_figheight() for rate in rates) for chart in drawn]
    figure = Figure(figsize=(9 * len(rates), sum(heights)), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    # Each in a figure of its own, so that a long legend or footnote takes no room of another's.
    grid = figure.subfigures(len(drawn), len(rates), squeeze=False, height_ratios=heights)
    for row, chart in zip(grid, drawn, strict=True):
        for cell, rate in zip(row, rates, strict=True):
            chart.draw(results, ax=cell.add_subplot(), fps=rate)
    return charts.save(figure, path)


def save_comparison_picture(compared: Compared, path: Where) -> Path:
    """Write the chart of two runs.

    Raises:
        VDLabError: it cannot be written there.
    """
    return charts.save(charts.compare(compared.results), path)


EXPORTERS: "dict[str, Exporter[Results]]" = {
    ".html": as_text(html),
    ".md": as_text(markdown),
    ".csv": Results.save_csv,
    ".json": Results.save,
    ".trace.json": as_text(chrome_trace),
    ".png": save_picture,
    ".svg": save_picture,
}
COMPARISON_EXPORTERS: "dict[str, Exporter[Compared]]" = {
    ".html": as_text(comparison_html),
    ".md": as_text(comparison_markdown),
    ".png": save_comparison_picture,
    ".svg": save_comparison_picture,
}
SUFFIXES = tuple(EXPORTERS)


def write(results: Results, path: Where) -> Path:
    """Write results, by the suffix of the name.

    A report (.html, .md), the runs (.csv), the results themselves (.json), the charts (.png, .svg), or the timelines
    as Perfetto and chrome://tracing open them (.trace.json).

    Returns:
        The path, as a `Path`.

    Raises:
        SettingsError: there is no format for the suffix.
        VDLabError: it cannot be written there.
    """
    return exporter(EXPORTERS, path)(results, path)


def write_comparison(compared: Compared, path: Where) -> Path:
    """Write a comparison as a page (.html), Markdown (.md) or a picture (.png, .svg).

    Raises:
        SettingsError: there is no format for the suffix.
        VDLabError: it cannot be written there.
    """
    return exporter(COMPARISON_EXPORTERS, path)(compared, path)


def exporter(exporters: "Mapping[str, Exporter[Written]]", path: Where) -> "Exporter[Written]":
    """The one for a path's suffix."""
    name = Path(path).name.lower()
    found = max((suffix for suffix in exporters if name.endswith(suffix)), key=len, default=None)
    if found is None or name == found:
        suffix = Path(path).suffix or "a name without suffix"
        raise SettingsError(f"{path}: no format for {suffix}; use {', '.join(exporters)}")
    return exporters[found]
