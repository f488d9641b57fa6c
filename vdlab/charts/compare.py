"""The same settings in several runs, each run with a pattern of its own."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, axes, colour, legend_below, plain, rows
from vdlab.charts.chart import heading
from vdlab.results.compare import labels
from vdlab.results.records import Results

PATTERNS = ("", "////", "xxxx", "----", "\\\\\\\\", "++", "||||", "//")
"""What tells runs apart: colours are the strategies'."""
LINE = 100  # letters of a legend that fit into the chart's width


def compare(results: Sequence[Results], ax: Axes | None = None, fps: float | None = None) -> Axes:
    """Bars as long as the median time of each setting, one a run of the benchmark, with a dot for every timing.

    Args:
        results: any number of them, at least one; each has its own pattern, from the ninth on a paler one.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one that the first of them measured if None.
    """
    rate = results[0].first_rate(fps)
    timed = [[one for one in run.at(rate) if one.timed] for run in results]
    settings = list(dict.fromkeys(one.setting for run in timed for one in run))
    ax = axes(ax, height=1.9 + 0.2 * max(4, len(settings)) * (len(results) + 0.6))
    height = 0.8 / len(results)
    longest = 0.0
    names = labels(results)
    for number, (run, label) in enumerate(zip(timed, names, strict=True)):
        again, nth = divmod(number, len(PATTERNS))
        look: dict[str, Any] = {
            "hatch": PATTERNS[nth],
            "alpha": 0.85 * 0.6**again,
            "edgecolor": "white",
            "linewidth": 0,
        }
        rises = [settings.index(one.setting) + (number + 0.5) * height - 0.4 for one in run]
        tones = [colour(one.setting.strategy) for one in run]
        ax.barh(rises, [one.median for one in run], height * 0.88, color=tones, **look)
        ax.barh(0, 0, 0, color=MUTED, label=plain(label), **look)
        for one, rise in zip(run, rises, strict=True):
            ax.plot(one.seconds, [rise] * len(one.seconds), "o", color="black", markersize=2.5, alpha=0.75)
            ax.text(max(one.seconds), rise, f"  {one.median:.2f} s", va="center", fontsize=8)
            longest = max(longest, *one.seconds)
    rows(ax, settings)
    ax.set_xlim(0, longest * 1.15 or 1)
    ax.set_xlabel("seconds, median; every dot is one run", color=MUTED, fontsize=9)
    legend_below(ax, columns=max(1, min(3, LINE // (max(map(len, names)) + 8))), fontsize=9)
    ax.set_label("seconds of every setting, run by run")
    heading(ax, "How long does each setting take, run by run?", results[0], rate, cpus=False)
    return ax
