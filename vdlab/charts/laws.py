"""The laws of scaling beside what was measured: what bends the curve, and where more workers would lead."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from vdlab.charts.below import say
from vdlab.charts.canvas import MUTED, axes, colour, first_rate, footnotes, title
from vdlab.results.scaling_in_words import FORETOLD, outlook, spoken, trusted, unexplained

if TYPE_CHECKING:
    from vdlab.results.records import Results
    from vdlab.results.scaling import Estimate, Scaling

# Colours are the strategies'; laws are told apart by their greys and, where they foretell, by their dashes.
STYLES = {
    "amdahl": ("#6b6b6b", (0, (6, 3))),
    "gustafson": ("#a0a0a0", (0, (1, 2))),
    "usl": ("#000000", (0, (6, 2, 1, 2))),
}
FARTHEST = max(FORETOLD)


def laws(
    results: "Results",
    strategy: str | None = None,
    ax: Axes | None = None,
    fps: float | None = None,
    words: bool = True,
) -> Axes:
    """Measured speedups of one strategy with their spread, and the laws fitted to them, continued as dashed lines.

    A law's line is solid where it was fitted to points. The band is the Universal Scalability Law's 95 % interval (or
    Amdahl's, where there are too few points for it), the diamond its best number of workers.

    Args:
        results: what was measured.
        strategy: its name; the one with the best speedup of those with a curve if None.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
        words: say under the chart what the laws foretell, and which of them say nothing of these points, and why.
    """
    from vdlab.results.scaling import predict, scaling

    fps = first_rate(results, fps)
    strategy = strategy or steepest(results, fps)
    found = scaling(results, strategy, fps)
    ax = axes(ax, height=6.4 if words else 5.6)
    points = {1: [1.0], **found.speedups}
    last = max(points)
    measured = np.geomspace(1, last, 100)
    band = trusted(found)
    beyond = np.geomspace(last, 2 * last if band is None else max(FARTHEST, last), 100)
    ax.plot([1, beyond[-1]], [1, beyond[-1]], color=MUTED, linewidth=0.9, label="ideal")
    highest = 1.4 * max(max(values) for values in points.values())
    for name, fit in found.fits.items():
        if not fit.holds:
            continue
        tone, dashes = STYLES[name]
        values = [estimate.value for estimate in fit.parameters.values()]
        ax.plot(measured, fit.law.speedup(measured, *values), color=tone, linewidth=1.8)
        label = f"{fit.law.title}: {parameters(fit.parameters)}"
        ax.plot(beyond, fit.law.speedup(beyond, *values), color=tone, linewidth=1.8, linestyle=dashes, label=label)
        highest = max(highest, 1.25 * max(fit.law.speedup(np.array([last, beyond[-1]]), *values)))
        if fit is band:
            ends = [predict(fit, workers) for workers in beyond]
            ax.fill_between(
                beyond, [end.low for end in ends], [end.high for end in ends], color=tone, alpha=0.12, linewidth=0
            )
    draw_points(ax, found.speedups, colour(strategy), strategy)
    draw_peak(ax, found)
    counts = [2**power for power in range(int(np.log2(beyond[-1])) + 1)]
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xlim(0.93, beyond[-1] * 1.08)
    ax.set_ylim(min(0.8, 0.9 * min(min(values) for values in points.values())), highest)
    ax.yaxis.set_major_formatter("{x:g}x")
    ax.set_xticks(counts, [str(count) for count in counts])
    ax.minorticks_off()
    ax.set_xlabel("workers", color=MUTED)
    over = "itself with one worker" if str(found.baseline).startswith(f"{strategy} ") else "sequential"
    ax.set_ylabel(f"speedup over {over}", color=MUTED)
    ax.grid(alpha=0.25)
    below = ax.transAxes + ScaledTranslation(0, -38 / 72, ax.figure.dpi_scale_trans)
    legend = ax.legend(
        fontsize=8.5, loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=below, borderaxespad=0, frameon=False
    )
    title(ax, f"Laws of scaling: {strategy}", results, fps)
    footnotes(ax, results, fps)
    if words:
        say(legend, words_of_laws(results, fps, strategy))
    return ax


def steepest(results: "Results", fps: float) -> str:
    """The strategy with the best speedup among those measured at the most worker counts."""
    table = results.summary()
    table = table[(table["fps"] == fps) & table["speedup"].notna()]
    several = table[table["workers"] > 1]
    if several.empty:
        return results.plan.strategies[-1]
    counts = several.groupby("strategy")["workers"].nunique()
    widest = table[table["strategy"].isin(counts[counts == counts.max()].index)]
    return widest.loc[widest["speedup"].idxmax(), "strategy"]


def no_laws(results: "Results", fps: float, strategy: str | None = None) -> str:
    """Why no law can be drawn, for a strategy or for any of them, and what to do; empty where one can."""
    from vdlab.results.scaling import scaling

    return unexplained(scaling(results, strategy or steepest(results, fps), fps), results.machine.cpus_allowed)


def words_of_laws(results: "Results", fps: float, strategy: str | None = None) -> list[str]:
    """What the laws say of a strategy; of the one that `laws` draws by itself if None."""
    from vdlab.results.scaling import scaling

    return outlook(scaling(results, strategy or steepest(results, fps), fps), results.machine.cpus_allowed)


def parameters(estimates: "dict[str, Estimate]") -> str:
    return ", ".join(f"{name} {spoken(estimate, '')}" for name, estimate in estimates.items())


def draw_points(ax: Axes, speedups: dict[int, list[float]], tone: str, label: str) -> None:
    """A small dot a round, a large one for the median."""
    for workers, values in speedups.items():
        ax.plot([workers] * len(values), values, "o", color=tone, markersize=3, alpha=0.45, linewidth=0)
    middles = [np.median(values) for values in speedups.values()]
    ax.plot(list(speedups), middles, "o", color=tone, markersize=8, markeredgecolor="white", label=f"{label}, measured")


def draw_peak(ax: Axes, found: "Scaling") -> None:
    """A diamond where the fitted law turns down, where that is on the chart."""
    from vdlab.results.scaling import best_workers, predict

    fit = found.fits.get("usl")
    if fit is None or not fit.holds:
        return
    best = best_workers(fit)
    if best.value > FARTHEST:
        return
    height = predict(fit, best.value).value
    ax.plot(best.value, height, "D", color=STYLES["usl"][0], markersize=7, markeredgecolor="black", zorder=5)
    ax.annotate(
        f"best: {best.value:.0f} workers",
        (best.value, height),
        (0, -30),
        textcoords="offset points",
        ha="center",
        fontsize=9,
    )


def karp_flatt(results: "Results", ax: Axes | None = None, fps: float | None = None) -> Axes:
    """The serial fraction that would explain each speedup, against workers, one line a strategy.

    A level line: a serial part is the limit, as Amdahl has it. A rising one: overhead that grows with the workers.
    Below zero: faster than the workers alone explain.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
    """
    from vdlab.results.scaling import scaling

    fps = first_rate(results, fps)
    ax = axes(ax)
    counts: set[int] = set()
    seen = [0.0, 0.1]
    for strategy in results.plan.strategies:
        serial = scaling(results, strategy, fps).serial
        if not serial:
            continue
        counts |= serial.keys()
        middle = [estimate.value for estimate in serial.values()]
        seen += middle + [end for estimate in serial.values() for end in (estimate.low, estimate.high)]
        ax.plot(list(serial), middle, "o-", color=colour(strategy), linewidth=2, label=strategy)
        ax.fill_between(
            list(serial),
            [estimate.low for estimate in serial.values()],
            [estimate.high for estimate in serial.values()],
            color=colour(strategy),
            alpha=0.15,
            linewidth=0,
        )
    ax.axhline(0, color=MUTED, linewidth=0.8)
    if counts:
        ax.set_xscale("log", base=2)
        ax.set_xticks(sorted(counts), [str(count) for count in sorted(counts)])
        ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.01, 0.5))
    else:
        ax.text(0.5, 0.5, "no strategy was timed with several workers", transform=ax.transAxes, ha="center")
        ax.set_xticks([])
    ax.minorticks_off()
    ax.set_ylim(max(min(seen), -0.5) - 0.03, min(max(seen), 1.0) + 0.03)  # wide intervals must not flatten the lines
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("workers", color=MUTED)
    ax.set_ylabel("serial fraction", color=MUTED)
    ax.grid(alpha=0.25)
    title(ax, "Serial fraction by workers (Karp and Flatt)", results, fps)
    footnotes(ax, results, fps)
    return ax
