"""Cold start against warm: what the first call costs."""

from typing import Any

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, by_factors, colour, legend_beside, row_heights, rows
from vdlab.charts.chart import describe, single
from vdlab.results.records import Measurement, Results

WIDE = 12  # with times further apart than this, the short ones would all lie at the left edge


def cold_and_warm(results: Results, fps: float) -> list[tuple[Measurement, float]]:
    """The settings that were timed both cold and warm, with the seconds of their cold start."""
    return [(one, one.cold) for one in results.at(fps) if one.cold and one.timed]


def no_cold(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    found = cold_and_warm(results, fps)
    if found:
        return single(found, lambda one: f"{one[0].setting} takes {one[1]:.2f} s cold, and {one[0].median:.2f} s warm")
    if results.finished is None and results.plan.warmup:
        return f"No setting has been timed both cold and warm at {fps:g} fps yet: the first timed runs follow"
    return f"No cold start was timed at {fps:g} fps: ask for at least one warm-up, the first is the cold start"


@describe(
    "Cold start",
    "What does the first call cost?",
    shows="cold start of every setting beside its warm median",
    caption="Diamonds are first calls: workers start and the video is opened for the first time. Who decodes many "
    "videos pays that once.",
    lacking=no_cold,
    size=lambda results, fps: (8.0, 2.1 + row_heights(len(cold_and_warm(results, fps)))),
)
def cold(ax: Axes, results: Results, fps: float) -> None:
    """For every setting a diamond at its cold start, and a circle at its warm median with a dot for every run.

    The cold start is the first warm-up run: worker processes start in it, and nothing is remembered of the video.
    Who decodes one video and ends pays it; who decodes many pays it once.
    """
    found = cold_and_warm(results, fps)
    warm_runs: dict[str, Any] = {"marker": "o", "color": "black", "markersize": 3, "alpha": 0.75, "linewidth": 0}
    diamond: dict[str, Any] = {
        "marker": "D",
        "markersize": 8,
        "fillstyle": "none",
        "markeredgewidth": 2,
        "linewidth": 0,
    }
    for row, (one, start) in enumerate(found):
        tone, warm = colour(one.setting.strategy), one.median
        ax.plot([warm, start], [row, row], color=tone, linewidth=3, alpha=0.35, solid_capstyle="butt")
        ax.plot(warm, row, "o", color=tone, markersize=9)
        ax.plot(start, row, color=tone, **diamond)
        ax.plot(one.seconds, [row] * len(one.seconds), **warm_runs)
        label, end = f"{start - warm:+.2f} s, {start / warm:.1f}x", max(start, *one.seconds)
        ax.annotate(label, (end, row), (9, 0), textcoords="offset points", va="center", fontsize=9)
    ax.plot([], [], "o", color=MUTED, markersize=9, label="warm, median")
    ax.plot([], [], **warm_runs, label="every warm run")
    ax.plot([], [], color=MUTED, **diamond, label="cold start")
    rows(ax, [one.setting for one, _ in found])
    shown = [seconds for one, start in found for seconds in (start, *one.seconds)]
    least, most = min(shown), max(shown)
    if most / least > WIDE:
        by_factors(ax, "x")
        ax.set_xlim(least / 1.2, most * (most / least) ** 0.3)
    else:
        ax.set_xlim(0, most * 1.25)
    ax.set_xlabel("seconds", color=MUTED, fontsize=9)
    legend_beside(ax)
