"""How long every setting took, and how many frames must be decoded, against the sampling rate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, colour, legend_beside, panels, plain, say
from vdlab.charts.chart import describe
from vdlab.results.decoded import name, typical, where_seeking_ends
from vdlab.results.records import REFERENCE, Measurement, Results, Work

STYLES = ("-", "--", ":", "-.")
ENTRY = 0.2  # inches of the legend, for one setting
ALIKE = 0.02  # lines that nowhere differ by more, as a fraction, are one
LABEL = 0.085  # height of a name, of the panel's
RATES = (0.1, 0.2, 0.5, 1, 2, 5, 10, 25, 50, 100)


def counted(results: Results) -> list[Work]:
    """What was counted, from the lowest sampling rate to the highest."""
    return sorted((work for work in results.work if results.decoded(work)), key=lambda work: work.fps)


def no_sampling(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    if len(results.rates) > 1 or (results.rates and len(counted(results)) > 1):
        return ""
    return "Measure several sampling rates to see time against the rate"


def timed(results: Results) -> list[Measurement]:
    """What there is a curve of: with one rate there is none."""
    return [one for one in results.measurements if one.timed and len(results.rates) > 1]


def heights(results: Results) -> list[float]:
    """How high the panels are: of seconds, and below it of frames that are decoded, as far as there is something."""
    settings = {str(one.setting) for one in timed(results)}
    return [max(2.9, ENTRY * len(settings))] * bool(settings) + [3.0] * bool(counted(results))


def size_of(results: Results, fps: float, words: bool = True) -> tuple[float, float]:
    """Room for the panels, and for the words below them."""
    return 8.0, 1.3 + sum(heights(results)) + 0.25 * len(where_seeking_ends(results) if words else [])


@describe(
    "Sampling",
    "How does the time grow with the sampling rate?",
    shows="seconds of every setting, and how many frames must be decoded, against the sampling rate",
    caption="Where the lower lines rise, seeking skips frames; where they are level, those between the sampled ones "
    "are decoded all the same.",
    lacking=no_sampling,
    of="video",
    says=lambda results, fps: where_seeking_ends(results),
    size=size_of,
)
def sampling(ax: Axes, results: Results, fps: float, words: bool = True) -> None:
    """Median seconds against the sampling rate, one line a setting, whiskers from the fastest to the slowest run.

    Below it, where it was counted, how many frames are decoded, from one in ten seconds to every frame. Where that
    curve rises, seeking skips frames; where it is flat, those between the sampled ones are decoded all the same, and
    what rises in the upper panel is the work on every frame that is handed out.

    Args:
        words: say under the chart from which rate on seeking gains nothing.
    """
    stacked = panels(ax, heights(results))
    if work := counted(results):
        draw_work(stacked[-1], results, work)
    if lines := timed(results):
        draw_times(ax, lines)
        ax.set_xscale("log")
        ax.set_xlim(stacked[-1].get_xlim())
        ax.set_xticks(results.rates, [f"{rate:g}" for rate in results.rates])
        ax.minorticks_off()
    stacked[-1].set_xlabel("target sampling rate, frames per second of video", color=MUTED)
    if words and (said := where_seeking_ends(results)):
        say(stacked[-1], stacked[-1], said, drop=42)


def draw_times(ax: Axes, timed: Sequence[Measurement]) -> None:
    """A line a setting; those of one strategy have its colour, and dashes of their own."""
    settings: dict[str, dict[str, list[Measurement]]] = {}
    for one in sorted(timed, key=lambda one: one.setting.fps):
        settings.setdefault(one.setting.strategy, {}).setdefault(str(one.setting), []).append(one)
    for strategy, lines in settings.items():
        for number, (setting, line) in enumerate(lines.items()):
            middles = [one.median for one in line]
            ax.errorbar(
                [one.setting.fps for one in line],
                middles,
                yerr=[
                    [one.median - min(one.seconds) for one in line],
                    [max(one.seconds) - one.median for one in line],
                ],
                fmt=f"o{STYLES[number % len(STYLES)]}",
                color=colour(strategy),
                linewidth=2,
                elinewidth=1,
                capsize=2,
                label=plain(setting),
            )
    ax.set_ylim(bottom=0)
    ax.set_ylabel("seconds, median", color=MUTED)
    ax.grid(alpha=0.25)
    legend_beside(ax, loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8.5)


def draw_work(ax: Axes, results: Results, work: Sequence[Work]) -> None:
    """A line a way of decoding, with its name."""
    rates = [one.fps for one in work]
    lines: dict[str, tuple[list[float], str, str]] = {"asked for": ([one.asked for one in work], MUTED, "--")}
    decoded = [{str(row.setting): row.frames for row in results.decoded(one)} for one in work]
    for row in typical(results.decoded(work[0]), results.machine.cpus_allowed):
        counts = [float(frames.get(str(row.setting), np.nan)) for frames in decoded]
        lines[name(row)] = (counts, colour(row.setting.strategy), "-")
    exact = [np.nan if one.exact is None else one.exact for one in work]
    sequential = lines.get(REFERENCE)
    if sequential and not np.allclose(exact, sequential[0], rtol=ALIKE, atol=0, equal_nan=True):
        lines["with exact seeking"] = (exact, colour(REFERENCE), ":")
    for counts, tone, style in lines.values():
        ax.plot(rates, counts, style, color=tone, linewidth=2, marker="o", markersize=3)
    total = work[0].total
    ax.axhline(total, color=MUTED, linewidth=0.8)
    ax.text(rates[0], total, f" all {total:,} frames", va="bottom", fontsize=8.5, color=MUTED)
    ax.set_xscale("log")
    ticks = [rate for rate in RATES if rates[0] * 0.99 <= rate <= rates[-1] * 1.01]
    ax.set_xticks(ticks, [f"{rate:g}" for rate in ticks])
    ax.minorticks_off()
    ax.set_xlim(rates[0] * 0.9, rates[-1] * 1.1)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_ylabel("frames decoded", color=MUTED)
    ax.grid(alpha=0.25)
    name_lines(ax, lines)


def name_lines(ax: Axes, lines: dict[str, tuple[list[float], str, str]]) -> None:
    """The names of the lines beside the chart, as high as each line is where they are farthest from each other."""
    counts = np.nan_to_num(np.array([line[0] for line in lines.values()]))
    at, top = int(np.argmax(np.ptp(counts, axis=0) + counts.mean(axis=0) / 1000)), ax.get_ylim()[1]
    heights = {said: height for said, height in zip(lines, counts[:, at] / top, strict=True)}
    below = 1.0 + LABEL
    for said in sorted(heights, key=lambda said: -heights[said]):
        below = min(below - LABEL, heights[said])
        look: dict[str, Any] = {"va": "center", "fontsize": 9, "fontweight": "bold", "color": lines[said][1]}
        ax.text(1.02, below, plain(said), transform=ax.transAxes, **look)
