"""How much faster than sequential, against the number of workers."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from vdlab.charts.canvas import MARKS, MUTED, axes, check_behind, colour, first_rate, footnotes, title
from vdlab.results.compare import run_label

if TYPE_CHECKING:
    from vdlab.results.records import Results


def speedup(
    results: "Results", ax: Axes | None = None, fps: float | None = None, behind: "Sequence[Results]" = ()
) -> Axes:
    """Speedup over sequential against workers, one line a strategy, with its 95 % interval as a band.

    A strategy that gives FFmpeg several threads in each decoder has one for every number of them, dotted.

    The dashed line is the ideal, twice the workers and half the time. The dotted one marks the CPUs that this
    process may use: beyond it, workers share.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
        behind: earlier runs of the same work, laid behind as faded lines, each over its own sequential runs.

    Raises:
        SettingsError: what is to be laid behind did other work.
    """
    fps = first_rate(results, fps)
    check_behind(results, behind, fps)
    table = results.summary()
    table = table[(table["fps"] == fps) & table["speedup"].notna()]
    ax = axes(ax)
    counts = sorted({count for one in (results, *behind) for count in one.plan.workers})
    cpus = results.machine.cpus_allowed
    ax.plot([1, counts[-1]], [1, counts[-1]], "--", color=MUTED, linewidth=1, label="ideal")
    if counts[0] <= cpus <= counts[-1]:
        ax.axvline(cpus, linestyle=":", color=MUTED, linewidth=1.2, label=f"{cpus} CPUs allowed")
    ax.axhline(1, color=MUTED, linewidth=0.8)
    shared = {"linewidth": 1.2, "markersize": 5, "markerfacecolor": "none"}
    styles = [
        {"marker": marker, "linestyle": dash, **shared} for (marker, dash), _ in zip(cycle(MARKS), behind, strict=False)
    ]
    for earlier, style in zip(behind, styles, strict=True):
        lay_behind(ax, earlier, fps, set(table["strategy"]), style)
    for (strategy, inner), rows in table.groupby(["strategy", "ffmpeg_threads"], sort=False):
        if results.plan.strategies[0] == strategy:
            continue
        rows = rows.sort_values("workers")
        style, label = ("o-", strategy) if inner == 1 else ("o:", f"{strategy}, {inner} FFmpeg threads")
        ax.plot(rows["workers"], rows["speedup"], style, color=colour(strategy), linewidth=2, label=label)
        ax.fill_between(
            rows["workers"],
            rows["speedup_low"].astype(float),
            rows["speedup_high"].astype(float),
            color=colour(strategy),
            alpha=0.18,
            linewidth=0,
        )
    for earlier, style in zip(behind, styles, strict=True):
        name = run_label(earlier).replace("$", r"\$").replace(", ", "\n")
        ax.plot([], [], color=MUTED, label=name, **style)
    if counts[-1] > 4:
        ax.set_xscale("log", base=2)
        ax.set_yscale("log", base=2)
        ax.yaxis.set_major_formatter("{x:g}x")
    else:
        ax.set_ylim(bottom=0)
        ax.yaxis.set_major_formatter("{x:g}x")
    ax.set_xticks(counts, [str(count) for count in counts])
    ax.minorticks_off()
    ax.set_xlabel("workers", color=MUTED)
    ax.set_ylabel("speedup over sequential", color=MUTED)
    ax.grid(alpha=0.25)
    ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.01, 0.5))
    title(ax, "Speedup against workers", results, fps)
    footnotes(ax, results, fps)
    return ax


def lay_behind(ax: Axes, earlier: "Results", fps: float, strategies: set[str], style: dict[str, Any]) -> None:
    """Draw an earlier run's speedups of some strategies as faded lines."""
    table = earlier.summary()
    table = table[(table["fps"] == fps) & table["speedup"].notna() & table["strategy"].isin(strategies)]
    for (strategy, _), rows in table.groupby(["strategy", "ffmpeg_threads"], sort=False):
        if strategy != earlier.plan.strategies[0]:
            rows = rows.sort_values("workers")
            ax.plot(rows["workers"], rows["speedup"], color=colour(strategy), alpha=0.7, **style)
