"""How much faster than sequential, against the number of workers and of FFmpeg threads in each."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, by_doubling, colour, legend_beside, plain
from vdlab.charts.chart import describe, laid_behind, single
from vdlab.results.records import REFERENCES, Results, Setting
from vdlab.results.statistics import Ratio

FEW = 4  # workers, up to which an axis that starts at 0 shows more


def curves(results: Results, fps: float) -> dict[tuple[str, int], dict[int, Ratio]]:
    """Speedups over sequential by worker count, for every other strategy and number of FFmpeg threads."""
    found: dict[tuple[str, int], dict[int, Ratio]] = {}
    for one in sorted(results.at(fps), key=lambda one: one.setting.workers):
        ratio = results.speedup(one)
        if ratio is not None and one.setting.strategy not in REFERENCES:
            found.setdefault((one.setting.strategy, one.setting.ffmpeg_threads), {})[one.setting.workers] = ratio
    order = {strategy: number for number, strategy in enumerate(results.plan.strategies)}
    return {key: found[key] for key in sorted(found, key=lambda key: (order.get(key[0], len(order)), key[1]))}


def no_speedup(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    found = {(key, count): ratio for key, line in curves(results, fps).items() for count, ratio in line.items()}
    if not found:
        return "A speedup needs a timed run of the sequential strategy and one of another"
    (((strategy, inner), count), ratio), *_ = found.items()
    setting = Setting(strategy, count, fps, inner)
    return single(found, lambda _: f"{setting} is {ratio} as fast as sequential")


@describe(
    "Speedup",
    "How much faster, with how many workers?",
    shows="speedup of every setting; the numbers are in the table above",
    caption="Twice the workers in half the time would follow the dashed line. Bands are 95 % intervals; a band that "
    "covers 1x is no gain, and a dot without one and without colour is too uncertain to say anything.",
    lacking=no_speedup,
    every_rate=True,
)
def speedup(ax: Axes, results: Results, fps: float, behind: Sequence[Results] = ()) -> None:
    """Speedup over sequential against workers, one line a strategy, with its 95 % interval as a band.

    A strategy that gives FFmpeg several threads in each decoder has one for every number of them, dotted.

    The dashed line is the ideal, twice the workers and half the time. The dotted one marks the CPUs that this
    process may use: beyond it, workers take turns on them.

    Args:
        behind: earlier runs of the same work, laid behind as faded lines, each over its own sequential runs.

    Raises:
        SettingsError: what is to be laid behind did other work.
    """
    earlier_runs = laid_behind(results, behind, fps)
    over = results.plan.baseline(fps).strategy
    found = curves(results, fps)
    counts = sorted({1, *(count for one in (results, *behind) for line in curves(one, fps).values() for count in line)})
    cpus = results.machine.cpus_allowed
    ax.plot([1, counts[-1]], [1, counts[-1]], "--", color=MUTED, linewidth=1, label="ideal")
    if counts[0] <= cpus <= counts[-1]:
        ax.axvline(cpus, linestyle=":", color=MUTED, linewidth=1.2, label=f"{cpus} CPUs allowed")
    ax.axhline(1, color=MUTED, linewidth=0.8)
    for earlier, markers, dashes in earlier_runs:
        for (strategy, inner), line in curves(earlier, fps).items():
            if (strategy, inner) in found:
                values = [ratio.value for ratio in line.values()]
                ax.plot(list(line), values, color=colour(strategy), alpha=0.7, **markers, **dashes)
    for (strategy, inner), line in found.items():
        style, label = ("o-", strategy) if inner == 1 else ("o:", f"{strategy}, {inner} FFmpeg threads")
        values = [ratio.value for ratio in line.values()]
        ax.plot(list(line), values, style, color=colour(strategy), linewidth=2, label=plain(label))
        vague = {count: ratio.value for count, ratio in line.items() if ratio.wide}
        ax.plot(list(vague), list(vague.values()), "o", color=colour(strategy), markerfacecolor="white", zorder=3)
        ends = [(ratio.value, ratio.value) if ratio.wide else (ratio.low, ratio.high) for ratio in line.values()]
        ax.fill_between(list(line), *np.array(ends, dtype=float).T, color=colour(strategy), alpha=0.18, linewidth=0)
    for earlier, markers, dashes in earlier_runs:
        ax.plot([], [], color=MUTED, label=plain(earlier.label).replace(", ", "\n"), **markers, **dashes)
    wide = counts[-1] > FEW
    by_doubling(ax, counts, wide)
    highest = max(counts[-1], *(ratio.value for line in found.values() for ratio in line.values()))
    if wide:
        ax.set_yscale("log", base=2)
        ax.set_ylim(min(1, *(ratio.value for line in found.values() for ratio in line.values())) / 2, 1.5 * highest)
    else:
        ax.set_ylim(0, 1.5 * highest)  # a band wider than that would flatten the lines
    ax.yaxis.set_major_formatter("{x:g}x")
    ax.set_ylabel(f"speedup over {over}", color=MUTED)
    legend_beside(ax)
