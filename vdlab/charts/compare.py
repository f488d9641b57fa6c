"""The same settings in several runs, coloured by machine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, RUNS, axes, first_rate, rows, title
from vdlab.results.compare import labels

if TYPE_CHECKING:
    from vdlab.results.records import Results

HATCHES = ("", "////", "....", "xxxx")
"""What tells runs apart where there are more than colours."""

LINE = 100  # letters of a legend that fit into the chart's width


def compare(results: "Sequence[Results]", ax: Axes | None = None, fps: float | None = None) -> Axes:
    """Bars as long as the median time of each setting, one a run of the benchmark, with a dot for every timing.

    Args:
        results: any number of them, at least one; each has its own colour, from the seventh on with a hatching.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one that the first of them measured if None.
    """
    fps = first_rate(results[0], fps)
    timed = [run.setting for one in results for run in one.runs if run.fps == fps and one.seconds(run.setting)]
    settings = list(dict.fromkeys(timed))
    ax = axes(ax, height=1.9 + 0.2 * max(4, len(settings)) * (len(results) + 0.6))
    height = 0.8 / len(results)
    longest = 0.0
    names = labels(results)
    for number, (one, label) in enumerate(zip(results, names, strict=True)):
        again, nth = divmod(number, len(RUNS))
        look = {"color": RUNS[nth], "hatch": HATCHES[again % len(HATCHES)], "edgecolor": "white", "linewidth": 0}
        table = one.summary().set_index("setting")
        table = table[table["fps"] == fps]
        places = [place for place, setting in enumerate(settings) if one.seconds(setting)]
        offsets = [place + (number + 0.5) * height - 0.4 for place in places]
        medians = [table.loc[str(settings[place]), "median"] for place in places]
        ax.barh(offsets, medians, height * 0.88, alpha=0.85, label=label.replace("$", r"\$"), **look)
        for place, offset, middle in zip(places, offsets, medians, strict=True):
            seconds = one.seconds(settings[place])
            ax.plot(seconds, [offset] * len(seconds), "o", color="black", markersize=2.5, alpha=0.75)
            ax.text(max(seconds), offset, f"  {middle:.2f} s", va="center", fontsize=8)
            longest = max(longest, *seconds)
    rows(ax, settings)
    ax.set_xlim(0, longest * 1.15 or 1)
    ax.set_xlabel("seconds, median; every dot is one run", color=MUTED, fontsize=9)
    columns = max(1, min(3, LINE // (max(map(len, names)) + 8)))
    # The padding is in letters: below a tall chart as far as below a low one.
    ax.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0, 0), borderaxespad=4, ncols=columns)
    title(ax, "The same settings, run by run", results[0], fps, cpus=False)
    return ax
