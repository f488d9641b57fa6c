"""The laws of scaling beside what was measured: what bends the curve, and where more workers would lead."""

from statistics import median
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, by_doubling, colour, legend_below, legend_beside, plain, say
from vdlab.charts.chart import describe
from vdlab.charts.speedup import curves
from vdlab.results.records import Results
from vdlab.results.scaling import (
    FORETOLD,
    Scaling,
    best_workers,
    laws_in_words,
    predict,
    scaling,
    spoken,
    trusted,
    unexplained,
)

# Colours are the strategies'; laws are told apart by their greys and, where they foretell, by their dashes.
STYLES = {
    "amdahl": ("#6b6b6b", (0, (6, 3))),
    "gustafson": ("#a0a0a0", (0, (1, 2))),
    "usl": ("#000000", (0, (6, 2, 1, 2))),
}
FARTHEST = max(FORETOLD)


def steepest(results: Results, fps: float) -> str:
    """The strategy with the best speedup among those measured at the most worker counts above one."""
    lines = {strategy: line for (strategy, inner), line in curves(results, fps).items() if inner == 1}

    def merit(strategy: str) -> tuple[int, float]:
        several = [ratio.value for count, ratio in lines[strategy].items() if count > 1]
        return len(several), max(several, default=0.0)

    return max(lines, key=merit, default=results.plan.strategies[-1])


def no_laws(results: Results, fps: float, strategy: str | None = None) -> str:
    """Why no law can be drawn, for a strategy or for any of them, and what to do; empty where one can."""
    return unexplained(scaling(results, strategy or steepest(results, fps), fps), results.machine.cpus_allowed)


def words_of_laws(results: Results, fps: float, strategy: str | None = None) -> list[str]:
    """What the laws say of a strategy; of the one that `laws` draws by itself if None."""
    return laws_in_words(scaling(results, strategy or steepest(results, fps), fps), results.machine.cpus_allowed)


@describe(
    "Laws",
    "What bends the speedup, and what would more workers bring?",
    shows="laws of scaling, fitted to the speedups of one strategy",
    caption="Lines are fitted to the dots, and dashed where they foretell. What bends them is work that only one "
    "worker can do, and workers that wait for each other.",
    lacking=no_laws,
    says=words_of_laws,
    size=lambda results, fps, words=True: (8.0, 6.4 if words else 5.6),
)
def laws(ax: Axes, results: Results, fps: float, strategy: str | None = None, words: bool = True) -> None:
    """Measured speedups of one strategy with their spread, and the laws fitted to them, continued as dashed lines.

    A law's line is solid where it was fitted to points. The band is the Universal Scalability Law's 95 % interval (or
    Amdahl's, where there are too few points for it), the diamond its best number of workers.

    Args:
        strategy: its name; the one with the best speedup of those with a curve if None.
        words: say under the chart what the laws foretell, and which of them say nothing of these points, and why.
    """
    strategy = strategy or steepest(results, fps)
    found = scaling(results, strategy, fps)
    draw_laws(ax, found)
    for workers, values in found.speedups.items():
        ax.plot([workers] * len(values), values, "o", color=colour(strategy), markersize=3, alpha=0.45, linewidth=0)
    middles = [median(values) for values in found.speedups.values()]
    look: dict[str, Any] = {"color": colour(strategy), "markersize": 8, "markeredgecolor": "white"}
    ax.plot(list(found.speedups), middles, "o", label=plain(f"{strategy}, measured"), **look)
    draw_best(ax, found)
    over = "itself with one worker" if str(found.baseline).startswith(f"{strategy} ") else "sequential"
    ax.set_ylabel(f"speedup over {over}", color=MUTED)
    legend = legend_below(ax, columns=1, handlelength=2)
    if words:
        say(ax, legend, words_of_laws(results, fps, strategy))


def draw_laws(ax: Axes, found: Scaling) -> None:
    """The ideal, and a line for every law that holds: solid as far as was measured, dashed beyond; and the scales."""
    points = [value for values in found.speedups.values() for value in values] + [1.0]
    last, band = max(found.speedups), trusted(found)
    farthest = 2 * last if band is None else max(FARTHEST, last)
    measured, beyond = np.geomspace(1, last, 100), np.geomspace(last, farthest, 100)
    ax.plot([1, farthest], [1, farthest], color=MUTED, linewidth=0.9, label="ideal")
    highest = 1.4 * max(points)
    for name, fit in found.fits.items():
        if not fit.holds:
            continue
        tone, dashes = STYLES[name]
        values = [estimate.value for estimate in fit.parameters.values()]
        ax.plot(measured, fit.law.speedup(measured, *values), color=tone, linewidth=1.8)
        parameters = ", ".join(f"{name} {spoken(estimate, '')}" for name, estimate in fit.parameters.items())
        curve, label = fit.law.speedup(beyond, *values), f"{fit.law.title}: {parameters}"
        ax.plot(beyond, curve, color=tone, linewidth=1.8, linestyle=dashes, label=label)
        highest = max(highest, 1.25 * curve[0], 1.25 * curve[-1])
        if fit is band:
            ends = [predict(fit, workers) for workers in beyond]
            edges = [end.low for end in ends], [end.high for end in ends]
            ax.fill_between(beyond, *edges, color=tone, alpha=0.12, linewidth=0)
    by_doubling(ax, [2**power for power in range(int(np.log2(farthest)) + 1)])
    ax.set_yscale("log", base=2)
    ax.yaxis.set_major_formatter("{x:g}x")
    ax.minorticks_off()
    ax.set_xlim(0.93, farthest * 1.08)
    ax.set_ylim(min(0.8, 0.9 * min(points)), highest)


def draw_best(ax: Axes, found: Scaling) -> None:
    """A diamond where the fitted law turns down, where that is on the chart."""
    fit = found.fits.get("usl")
    if fit is None or not fit.holds or best_workers(fit).value > FARTHEST:
        return
    best = best_workers(fit).value
    height = predict(fit, best).value
    ax.plot(best, height, "D", color=STYLES["usl"][0], markersize=7, markeredgecolor="black", zorder=5)
    said = f"best: {best:.0f} workers"
    ax.annotate(said, (best, height), (0, -30), textcoords="offset points", ha="center", fontsize=9)


@describe(
    "Serial fraction",
    "Is it work that only one worker can do, or overhead that grows?",
    shows="serial fraction of every strategy by its workers",
    caption="The fraction of the work that only one worker can do, if that alone explained each speedup. Where a line "
    "rises with the workers, it is not that alone: they get in each other's way.",
    lacking=lambda results, fps: no_laws(results, fps),  # of any strategy
)
def karp_flatt(ax: Axes, results: Results, fps: float) -> None:
    """The serial fraction that would explain each speedup, against workers, one line a strategy (Karp and Flatt).

    A level line: serial work is the limit, as Amdahl has it. A rising one: overhead that grows with the workers.
    Below zero: faster than the workers alone explain.
    """
    counts: set[int] = set()
    seen = [0.0, 0.1]
    for strategy in results.plan.strategies:
        serial = scaling(results, strategy, fps).serial
        if not serial:
            continue
        counts |= serial.keys()
        middle, low, high = ([getattr(one, end) for one in serial.values()] for end in ("value", "low", "high"))
        seen += middle + low + high
        ax.plot(list(serial), middle, "o-", color=colour(strategy), linewidth=2, label=plain(strategy))
        ax.fill_between(list(serial), low, high, color=colour(strategy), alpha=0.15, linewidth=0)
    ax.axhline(0, color=MUTED, linewidth=0.8)
    by_doubling(ax, sorted(counts))
    ax.set_ylim(max(min(seen), -0.5) - 0.03, min(max(seen), 1.0) + 0.03)  # wide intervals must not flatten the lines
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_ylabel("serial fraction", color=MUTED)
    legend_beside(ax)
