"""What parallel work costs: CPU seconds, beside the wall seconds that they buy."""

from collections.abc import Sequence
from math import atan, degrees
from statistics import median

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, by_factors, colour, ink, legend_beside, plain
from vdlab.charts.chart import describe, not_timed
from vdlab.results.records import REFERENCES, Measurement, Results

WIDE = 8  # with times further apart than this, the short ones would all lie in one corner


@describe(
    "CPU time",
    "How much CPU time does the speed cost?",
    shows="wall seconds against CPU seconds; the numbers are in the table above",
    caption="Lower is sooner done, further left is less work. Whatever is to the right of the dotted line takes more "
    "CPU time than sequential decoding: that is the price of being parallel.",
    lacking=not_timed,
    size=lambda results, fps: (8.0, 5.0),
)
def cpu(ax: Axes, results: Results, fps: float) -> None:
    """Median wall seconds of every setting against its median CPU seconds, whiskers from the least to the most.

    In the circle is the number of workers, and of FFmpeg threads in each. Along a grey line as many CPUs are kept
    busy all the time. The dotted line is sequential's CPU time: what is to the right of it pays for being parallel
    by starting, copying and decoding twice; what is to the left does less work. The legend has this overhead, for
    each strategy at its fastest.
    """
    timed = [one for one in results.at(fps) if one.cpu_seconds]
    reference = [median(one.cpu_seconds) for one in timed if one.setting.strategy in REFERENCES]
    for strategy in dict.fromkeys(one.setting.strategy for one in timed):
        own = [one for one in timed if one.setting.strategy == strategy]
        for one in own:
            draw(ax, one)
        label = overhead(min(own, key=lambda one: one.median), reference)
        ax.plot([], [], "o", color=colour(strategy), markersize=9, label=plain(label))
    limit(ax, timed)
    draw_ideals(ax, results.machine.cpus_allowed)
    for seconds in reference:
        ax.axvline(seconds, linestyle=":", color=MUTED, linewidth=1.4)
    ax.set_xlabel("CPU seconds of all threads and processes, median", color=MUTED)
    ax.set_ylabel("wall seconds, median", color=MUTED)
    legend_beside(ax, labelspacing=0.8)


def draw(ax: Axes, one: Measurement) -> None:
    """A circle, its whiskers, and the number of workers in it."""
    walls, cpus, setting = one.seconds, one.cpu_seconds, one.setting
    x, y, tone = median(cpus), one.median, colour(setting.strategy)
    ax.plot([min(cpus), max(cpus)], [y, y], color=tone, linewidth=1, alpha=0.7)
    ax.plot([x, x], [min(walls), max(walls)], color=tone, linewidth=1, alpha=0.7)
    larger = 5 if setting.strategy in REFERENCES else 0  # others often lie on it
    ax.plot(x, y, "o", color=tone, markersize=13 + larger, markeredgecolor="white", markeredgewidth=0.8, zorder=3)
    size = 8 if len(setting.counts) < 3 else 6
    ax.text(x, y, setting.counts, color=ink(tone), fontsize=size, ha="center", va="center_baseline", zorder=4)


def overhead(one: Measurement, reference: Sequence[float]) -> str:
    """A strategy's name; under it, how many CPU seconds more than sequential it takes at its fastest."""
    if not reference or one.setting.strategy in REFERENCES:
        return one.setting.strategy
    more = median(one.cpu_seconds) - reference[0]
    return f"{one.setting}\n{more:+z.2f} CPU s" + (f", {more / reference[0]:+z.0%}" if reference[0] else "")


def limit(ax: Axes, timed: Sequence[Measurement]) -> None:
    """From nothing to a little above the most; by factors where times are far apart."""
    walls = [value for one in timed for value in one.seconds]
    cpus = [value for one in timed for value in one.cpu_seconds]
    # CPU time comes in hundredths of a second: of a very short run, it is nothing.
    if all(min(values) > 0 for values in (walls, cpus)) and any(max(v) > WIDE * min(v) for v in (walls, cpus)):
        by_factors(ax, "x")
        by_factors(ax, "y")
        ax.set_xlim(min(cpus) / 1.3, max(cpus) * 1.3)
        ax.set_ylim(min(walls) / 1.3, max(walls) * 1.3)
    else:
        ax.set_xlim(0, max(cpus) * 1.08 or 1)
        ax.set_ylim(0, max(walls) * 1.08)
    ax.grid(alpha=0.25)


def draw_ideals(ax: Axes, cpus: int) -> None:
    """A line for each number of busy CPUs: one, two, and all that are allowed."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for count in sorted({1, 2, cpus}):
        ends = max(left, bottom * count), min(right, top * count)
        if ends[0] >= ends[1]:
            continue
        ax.plot(ends, [end / count for end in ends], color=MUTED, linewidth=0.9, alpha=0.8, zorder=0)
        ax.text(
            ends[1],
            ends[1] / count,
            f"{count} CPU{'s' if count > 1 else ''} busy  ",
            rotation=degrees(atan(1 / count)),
            rotation_mode="anchor",
            transform_rotates_text=True,
            ha="right",
            va="bottom",
            fontsize=8,
            color=MUTED,
        )
