"""How long every setting took, and how many frames must be decoded, against the sampling rate."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, axes, colour, title
from vdlab.charts.panels import panels

if TYPE_CHECKING:
    from vdlab.results.records import Results, Work

STYLES = ("-", "--", ":", "-.")
MANY = 12  # settings, for which the legend gets small letters
ALIKE = 0.02  # lines that nowhere differ by more, as a share, are one
LABEL = 0.085  # height of a name, of the panel's


def sampling(results: "Results", ax: Axes | None = None) -> Axes:
    """Median seconds against the sampling rate, one line a setting, whiskers from the fastest to the slowest run.

    Below it, where it was counted, how many frames are decoded, from one in ten seconds to every frame. Where that
    curve rises, seeking skips frames; where it is flat, those between the sampled ones are decoded all the same, and
    what rises in the upper panel is the work on every frame that is handed out.

    Args:
        results: what was measured.
        ax: where to draw, in a grid; a figure of its own if None.
    """
    table = results.summary()
    table = table[table["runs"] > 0]
    counted = sorted((work for work in results.work if work.decoded), key=lambda work: work.fps)
    ax = axes(ax, height=6.6 if counted else 4.5)
    places = panels(ax, [1, 1.1]) if counted else [ax]
    seen: dict[str, int] = {}
    for (strategy, _, _), rows in table.groupby(["strategy", "workers", "ffmpeg_threads"], sort=False):
        rows = rows.sort_values("fps")
        nth = seen[strategy] = seen.get(strategy, -1) + 1
        ax.errorbar(
            rows["fps"],
            rows["median"],
            yerr=[rows["median"] - rows["min"], rows["max"] - rows["median"]],
            fmt=f"o{STYLES[nth % len(STYLES)]}",
            color=colour(strategy),
            linewidth=2,
            elinewidth=1,
            capsize=2,
            label=rows["setting"].iloc[0],
        )
    rates = sorted(set(table["fps"]))
    if counted:
        draw_work(places[-1], counted, results.machine.cpus_allowed)
        ax.set_xscale("log")
        ax.set_xlim(places[-1].get_xlim())
    elif len(rates) > 1:
        ax.set_xscale("log")
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates])
    ax.minorticks_off()
    ax.set_ylim(bottom=0)
    places[-1].set_xlabel("target sampling rate, frames per second of video", color=MUTED)
    ax.set_ylabel("seconds, median", color=MUTED)
    ax.grid(alpha=0.25)
    small = len(ax.get_legend_handles_labels()[1]) > MANY
    ax.legend(frameon=False, fontsize=7.5 if small else 9, loc="center left", bbox_to_anchor=(1.01, 0.5))
    title(ax, "Time against the sampling rate", results, rates[-1] if rates else results.plan.fps[0])
    return ax


def draw_work(ax: Axes, counted: "list[Work]", cpus: int) -> None:
    """A line a way of decoding, with its name."""
    from vdlab.results.decoded import name, typical

    rates = [work.fps for work in counted]
    lines = {"asked for": ([work.asked for work in counted], MUTED, "--")}
    for row in typical(counted[0].decoded, cpus):
        counts = [next((one.frames for one in work.decoded if str(one) == str(row)), np.nan) for work in counted]
        lines[name(row)] = (counts, colour(row.strategy), "-")
    exact = [np.nan if work.exact is None else work.exact for work in counted]
    if "sequential" in lines and not alike(exact, lines["sequential"][0]):
        lines["with exact seeking"] = (exact, colour("sequential"), ":")
    for counts, tone, style in lines.values():
        ax.plot(rates, counts, style, color=tone, linewidth=2, marker="o", markersize=3)
    ax.axhline(counted[0].total, color=MUTED, linewidth=0.8)
    ax.text(rates[0], counted[0].total, f" all {counted[0].total:,} frames", va="bottom", fontsize=8.5, color=MUTED)
    ax.set_xscale("log")
    ticks = {0.1: "0.1", 0.2: "0.2", 0.5: "0.5", 1: "1", 2: "2", 5: "5", 10: "10", 25: "25", 50: "50", 100: "100"}
    inside = [tick for tick in ticks if rates[0] * 0.99 <= tick <= rates[-1] * 1.01]
    ax.set_xticks(inside, [ticks[tick] for tick in inside])
    ax.minorticks_off()
    ax.set_xlim(rates[0] * 0.9, rates[-1] * 1.1)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_ylabel("frames decoded", color=MUTED)
    ax.grid(alpha=0.25)
    label(ax, lines)


def label(ax: Axes, lines: dict[str, tuple[list[float], str, str]]) -> None:
    """The names of the lines beside the chart, as high as each line is where they are farthest apart."""
    counts = np.array([line[0] for line in lines.values()])
    at, top = int(np.argmax(np.ptp(counts, axis=0) + counts.mean(axis=0) / 1000)), ax.get_ylim()[1]
    below = 1.0 + LABEL
    for line in sorted(lines, key=lambda line: -lines[line][0][at]):
        below = min(below - LABEL, lines[line][0][at] / top)
        look = {"va": "center", "fontsize": 9, "fontweight": "bold", "color": lines[line][1]}
        ax.text(1.02, below, line, transform=ax.transAxes, **look)


def alike(one: list[float], other: list[float]) -> bool:
    return bool(np.allclose(one, other, rtol=ALIKE, atol=0, equal_nan=True))
