"""How long every setting took."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, colour, legend_below, plain, row_heights, rows
from vdlab.charts.chart import describe, laid_behind
from vdlab.results.judgement import standing
from vdlab.results.records import Results


def size_of(results: Results, fps: float, behind: Sequence[Results] = ()) -> tuple[float, float]:
    """Room for a row a setting, and an entry of the legend for every earlier run."""
    rows = 1 + sum(1 for one in results.at(fps) if one.timed)
    return 8.0, 1.7 + row_heights(rows, 0.44 if behind else 0.36) + 0.25 * len(behind)


@describe(
    "Time",
    "How long does each setting take?",
    shows="time of every setting; the numbers are in the table above",
    caption="Each bar is a median, each dot one run. Beside it stands how many times as fast as sequential it is, with "
    "the 95 % interval; in bold the fastest, and what cannot be told from it.",
    every_rate=True,
    size=size_of,
)
def time(ax: Axes, results: Results, fps: float, behind: Sequence[Results] = ()) -> None:
    """Bars as long as the median time of each strategy and worker count, with a dot for every run.

    The dots are the spread: where two bars' dots overlap, the medians alone decide little.

    Args:
        behind: earlier runs of the same work, laid behind as pale bars that each end in a marker of its own.

    Raises:
        SettingsError: what is to be laid behind did other work.
    """
    earlier_runs = laid_behind(results, behind, fps)
    timed = [one for one in results.at(fps) if one.timed]
    ends = [max(one.seconds) for one in timed]
    found = standing(results, fps)
    best = {one.setting for one in found.tied if found.told}
    for earlier, markers, _ in earlier_runs:
        both = [(row, earlier.of(one.setting)) for row, one in enumerate(timed) if earlier.seconds(one.setting)]
        for row, one in both:
            ax.barh(row, one.median, 0.86, color=colour(one.setting.strategy), alpha=0.2, linewidth=0)
            ends[row] = max(ends[row], one.median)
        across = [one.median for _, one in both], [row + 0.36 for row, _ in both]
        ax.plot(*across, **markers, color="black", linewidth=0, markeredgewidth=0.8, label=plain(earlier.label))
    for row, (one, end) in enumerate(zip(timed, ends, strict=True)):
        look: dict[str, Any] = {
            "color": colour(one.setting.strategy),
            "alpha": 0.85,
            "edgecolor": "white",
            "linewidth": 0,
        }
        ax.barh(row, one.median, 0.44 if behind else 0.68, hatch=None if one.right else "xxx", **look)
        ax.plot(one.seconds, [row] * len(one.seconds), "o", color="black", markersize=3, alpha=0.75)
        ratio = None if one is results.over(one.setting) else results.speedup(one)
        said = [f"{one.median:.2f} s", str(ratio or ""), "" if one.right else one.worst.verdict]
        weight = "bold" if one.setting in best else "normal"
        ax.text(
            end + max(ends) * 0.015, row, "   ".join(filter(None, said)), va="center", fontsize=8.5, fontweight=weight
        )
    rows(ax, [one.setting for one in timed])
    ax.set_xlim(0, max(ends) * 1.5)
    ax.set_xlabel("seconds, median; every dot is one run", color=MUTED, fontsize=9)
    if behind:
        legend_below(ax, columns=1, title="Behind, earlier runs", alignment="left", title_fontsize=9)
