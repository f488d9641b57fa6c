"""How long every setting took, against the sampling rate."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, axes, colour, title

if TYPE_CHECKING:
    from vdlab.benchmark.results import Results

STYLES = ("-", "--", ":", "-.")


def sampling(results: "Results", ax: Axes | None = None) -> Axes:
    """Median seconds against the sampling rate, one line a setting, whiskers from the fastest to the slowest run.

    A flat line is a strategy whose time goes into decoding the frames between the sampled ones; what rises with
    the rate is the work on every frame that is handed out.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
    """
    table = results.summary()
    table = table[table["runs"] > 0]
    ax = axes(ax)
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
    if len(rates) > 1:
        ax.set_xscale("log")
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates])
    ax.minorticks_off()
    ax.set_ylim(bottom=0)
    ax.set_xlabel("target sampling rate, frames per second of video", color=MUTED)
    ax.set_ylabel("seconds, median", color=MUTED)
    ax.grid(alpha=0.25)
    ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.01, 0.5))
    title(ax, "Time against the sampling rate", results, rates[-1] if rates else results.settings["fps"][0])
    return ax
