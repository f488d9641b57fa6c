"""How long every strategy took."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.charts.canvas import MARKS, MUTED, axes, check_behind, colour, first_rate, footnotes, rows, title
from vdlab.results.compare import run_label
from vdlab.results.records import Setting

if TYPE_CHECKING:
    from vdlab.results.records import Results


def time(
    results: "Results", ax: Axes | None = None, fps: float | None = None, behind: "Sequence[Results]" = ()
) -> Axes:
    """Bars as long as the median time of each strategy and worker count, with a dot for every run.

    The dots are the spread: where two bars' dots overlap, the medians alone decide little.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
        behind: earlier runs of the same work, laid behind as pale bars that each end in a marker of its own.

    Raises:
        SettingsError: what is to be laid behind did other work.
    """
    fps = first_rate(results, fps)
    check_behind(results, behind, fps)
    table = results.summary()
    table = table[(table["fps"] == fps) & (table["runs"] > 0)].reset_index(drop=True)
    ax = axes(ax, height=1.7 + (0.44 if behind else 0.36) * max(4, len(table)) + 0.25 * len(behind))
    ends = {row.setting: row.max for row in table.itertuples()}
    for (marker, _), earlier in zip(cycle(MARKS), behind, strict=False):
        for setting, seconds in lay_behind(ax, earlier, fps, list(ends), marker).items():
            ends[setting] = max(ends[setting], seconds)
    longest = max(ends.values(), default=1.0)
    for row in table.itertuples():
        setting = Setting(row.strategy, row.workers, row.fps, row.ffmpeg_threads)
        seconds = results.seconds(setting)
        wrong = row.verdict in ("differs", "failed")
        ax.barh(
            row.Index,
            row.median,
            height=0.44 if behind else 0.68,
            color=colour(row.strategy),
            alpha=0.85,
            hatch="xxx" if wrong else None,
            edgecolor="white",
            linewidth=0,
        )
        ax.plot(seconds, [row.Index] * len(seconds), "o", color="black", markersize=3, alpha=0.75, linewidth=0)
        ratio = f"   {row.speedup:.2f}x" if row.speedup == row.speedup else ""
        label = f"{row.median:.2f} s{ratio}{'   ' + row.verdict if wrong else ''}"
        ax.text(ends[row.setting] + longest * 0.015, row.Index, label, va="center", fontsize=9)
    rows(ax, list(table["setting"]))
    ax.set_xlim(0, longest * 1.22)
    ax.set_xlabel("seconds, median; every dot is one run", color=MUTED, fontsize=9)
    if behind:
        ax.legend(
            title="Behind, earlier runs",
            alignment="left",
            title_fontsize=9,
            fontsize=9,
            frameon=False,
            loc="upper left",
            bbox_to_anchor=(0, 0),
            borderaxespad=4,
        )
    title(ax, "Time to decode the sampled frames", results, fps)
    footnotes(ax, results, fps)
    return ax


def lay_behind(ax: Axes, earlier: "Results", fps: float, settings: list[str], marker: str) -> dict[str, float]:
    """Draw an earlier run's medians as pale bars with a marker at the end, one under each bar of the chart.

    Args:
        settings: what the rows of the chart show, from the first on.

    Returns:
        Where the bars end, by setting.
    """
    table = earlier.summary()
    table = table[(table["fps"] == fps) & (table["runs"] > 0) & table["setting"].isin(settings)]
    places = [settings.index(setting) for setting in table["setting"]]
    shades = [colour(strategy) for strategy in table["strategy"]]
    ax.barh(places, table["median"], height=0.86, color=shades, alpha=0.2, linewidth=0)
    ax.plot(
        table["median"],
        [place + 0.36 for place in places],
        marker,
        markersize=5,
        markerfacecolor="none",
        markeredgecolor="black",
        markeredgewidth=0.8,
        label=run_label(earlier).replace("$", r"\$"),
    )
    return dict(zip(table["setting"], table["median"], strict=True))
