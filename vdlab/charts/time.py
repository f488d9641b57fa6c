"""How long every strategy took."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.benchmark.results import Setting
from vdlab.charts.canvas import MUTED, axes, colour, first_rate, footnotes, rows, title

if TYPE_CHECKING:
    from vdlab.benchmark.results import Results


def time(results: "Results", ax: Axes | None = None, fps: float | None = None) -> Axes:
    """Bars as long as the median time of each strategy and worker count, with a dot for every run.

    The dots are the spread: where two bars' dots overlap, the medians alone decide little.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
    """
    fps = first_rate(results, fps)
    table = results.summary()
    table = table[(table["fps"] == fps) & (table["runs"] > 0)].reset_index(drop=True)
    ax = axes(ax, height=1.7 + 0.36 * max(4, len(table)))
    longest = table["max"].max() if len(table) else 1.0
    for row in table.itertuples():
        setting = Setting(row.strategy, row.workers, row.fps, row.ffmpeg_threads)
        seconds = results.seconds(setting)
        wrong = row.verdict in ("differs", "failed")
        ax.barh(
            row.Index,
            row.median,
            height=0.68,
            color=colour(row.strategy),
            alpha=0.85,
            hatch="xxx" if wrong else None,
            edgecolor="white",
            linewidth=0,
        )
        ax.plot(seconds, [row.Index] * len(seconds), "o", color="black", markersize=3, alpha=0.75, linewidth=0)
        ratio = f"   {row.speedup:.2f}x" if row.speedup == row.speedup else ""
        label = f"{row.median:.2f} s{ratio}{'   ' + row.verdict if wrong else ''}"
        ax.text(max(row.max, row.median) + longest * 0.015, row.Index, label, va="center", fontsize=9)
    rows(ax, list(table["setting"]))
    ax.set_xlim(0, longest * 1.22)
    ax.set_xlabel("seconds, median; every dot is one run", color=MUTED, fontsize=9)
    title(ax, "Time to decode the sampled frames", results, fps)
    footnotes(ax, results, fps)
    return ax
