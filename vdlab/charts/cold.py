"""Cold start against warm: what the first call costs."""

from statistics import median
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, axes, by_factors, colour, first_rate, footnotes, nothing, rows, title
from vdlab.results.records import Setting

if TYPE_CHECKING:
    from vdlab.results.records import Results

WIDE = 12  # with times further apart than this, the short ones would all lie at the left edge


def cold(results: "Results", ax: Axes | None = None, fps: float | None = None) -> Axes:
    """For every setting a diamond at its cold start, and a circle at its warm median with a dot for every run.

    The cold start is the first warm-up run: worker processes start in it, and nothing is remembered of the video.
    Who decodes one video and ends pays it; who decodes many pays it once.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
    """
    fps = first_rate(results, fps)
    starts = cold_starts(results, fps)
    reason = no_cold(results, fps)
    ax = axes(ax, height=1.8 if reason else 2.1 + 0.36 * max(3, len(starts)))
    title(ax, "Cold start against warm", results, fps)
    if reason:
        return nothing(ax, reason)
    seconds = {setting: results.seconds(setting) for setting in starts}
    shown = [value for setting, start in starts.items() for value in (start, *seconds[setting])]
    far = max(shown) / min(shown) > WIDE
    for row, (setting, start) in enumerate(starts.items()):
        tone, warm = colour(setting.strategy), median(seconds[setting])
        ax.plot([warm, start], [row, row], color=tone, linewidth=3, alpha=0.35, solid_capstyle="butt")
        ax.plot(warm, row, "o", color=tone, markersize=9)
        ax.plot(start, row, "D", color=tone, markersize=8, fillstyle="none", markeredgewidth=2)
        ax.plot(seconds[setting], [row] * len(seconds[setting]), "o", color="black", markersize=3, alpha=0.75)
        place = max(start, *seconds[setting])
        label = f"{start - warm:+.2f} s, {start / warm:.1f}x"
        ax.annotate(label, (place, row), (9, 0), textcoords="offset points", va="center", fontsize=9)
    ax.plot([], [], "o", color=MUTED, markersize=9, label="warm, median")
    ax.plot([], [], "o", color="black", markersize=3, alpha=0.75, label="every warm run")
    ax.plot([], [], "D", color=MUTED, markersize=8, fillstyle="none", markeredgewidth=2, label="cold start")
    rows(ax, list(starts))
    if far:
        by_factors(ax.xaxis)
        ax.set_xlim(min(shown) / 1.2, max(shown) * (max(shown) / min(shown)) ** 0.3)
    else:
        ax.set_xlim(0, max(shown) * 1.25)
    ax.set_xlabel("seconds", color=MUTED, fontsize=9)
    ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.01, 0.5))
    footnotes(ax, results, fps)
    return ax


def cold_starts(results: "Results", fps: float) -> dict[Setting, float]:
    """The seconds of the first warm-up run of every setting that was timed later."""
    return {
        run.setting: run.seconds
        for run in results.runs
        if (run.fps, run.phase, run.round) == (fps, "warmup", 1) and run.seconds and results.seconds(run.setting)
    }


def no_cold(results: "Results", fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    if cold_starts(results, fps):
        return ""
    if results.finished is None and results.plan.warmup:
        return f"No setting has been timed both cold and warm at {fps:g} fps yet: the first timed runs follow"
    return f"No cold start was timed at {fps:g} fps: ask for at least one warm-up, the first is the cold start"
