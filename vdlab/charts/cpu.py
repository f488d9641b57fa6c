"""What parallel work costs: CPU seconds, beside the wall seconds that they buy."""

from math import atan, degrees
from statistics import median
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, axes, by_factors, colour, first_rate, footnotes, nothing, title
from vdlab.results.records import REFERENCE, Setting

if TYPE_CHECKING:
    from vdlab.results.records import Results

WIDE = 8  # with times further apart than this, the short ones would all lie in one corner


def cpu(results: "Results", ax: Axes | None = None, fps: float | None = None) -> Axes:
    """Median wall seconds of every setting against its median CPU seconds, whiskers from the least to the most.

    In the circle is the number of workers, and of FFmpeg threads in each. Along a grey line as many CPUs are kept
    busy all the time. The dotted line is sequential's CPU time: what is to the right of it pays for being parallel
    by starting, copying and decoding twice; what is to the left does less work. The legend has this overhead, for
    each strategy at its fastest.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
    """
    fps = first_rate(results, fps)
    reason = no_cpu(results, fps)
    ax = axes(ax, height=1.8 if reason else 5.0)
    title(ax, "Wall time against CPU time", results, fps)
    if reason:
        return nothing(ax, reason)
    times = wall_and_cpu(results, fps)
    middles = {setting: (median(walls), median(cpus)) for setting, (walls, cpus) in times.items()}
    baseline = middles.get(Setting(REFERENCE, 1, fps))
    for strategy in dict.fromkeys(setting.strategy for setting in times):
        own = [setting for setting in times if setting.strategy == strategy]
        for setting in own:
            draw(ax, setting, *times[setting])
        fastest = min(own, key=lambda setting: middles[setting])
        label = overhead(fastest, middles[fastest], baseline)
        ax.plot([], [], "o", color=colour(strategy), markersize=9, label=label)
    limit(ax, list(times.values()))
    draw_ideals(ax, results.machine.cpus_allowed)
    if baseline:
        ax.axvline(baseline[1], linestyle=":", color=MUTED, linewidth=1.4)
    ax.set_xlabel("CPU seconds of all threads and processes, median", color=MUTED)
    ax.set_ylabel("wall seconds, median", color=MUTED)
    ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.01, 0.5), labelspacing=0.8)
    footnotes(ax, results, fps)
    return ax


def no_cpu(results: "Results", fps: float) -> str:
    """Why there is nothing to draw; empty where there is."""
    return "" if wall_and_cpu(results, fps) else f"No run has been timed at {fps:g} fps"


def wall_and_cpu(results: "Results", fps: float) -> dict[Setting, tuple[list[float], list[float]]]:
    """The wall seconds and the CPU seconds of every timed run, by setting."""
    times: dict[Setting, tuple[list[float], list[float]]] = {}
    for run in results.runs:
        if run.fps == fps and run.phase == "timed" and run.seconds is not None and run.cpu_seconds is not None:
            walls, cpus = times.setdefault(run.setting, ([], []))
            walls.append(run.seconds)
            cpus.append(run.cpu_seconds)
    return times


def draw(ax: Axes, setting: Setting, walls: list[float], cpus: list[float]) -> None:
    """A circle, its whiskers, and the number of workers in it."""
    x, y, tone = median(cpus), median(walls), colour(setting.strategy)
    ax.plot([min(cpus), max(cpus)], [y, y], color=tone, linewidth=1, alpha=0.7)
    ax.plot([x, x], [min(walls), max(walls)], color=tone, linewidth=1, alpha=0.7)
    larger = 5 if setting.strategy == REFERENCE else 0  # others often lie on it
    ax.plot(x, y, "o", color=tone, markersize=13 + larger, markeredgecolor="white", markeredgewidth=0.8, zorder=3)
    name = f"{setting.workers}x{setting.ffmpeg_threads}" if setting.ffmpeg_threads > 1 else f"{setting.workers}"
    size = 8 if len(name) < 3 else 6
    ax.text(x, y, name, color="white", fontsize=size, ha="center", va="center_baseline", zorder=4)


def overhead(setting: Setting, middle: tuple[float, float], baseline: tuple[float, float] | None) -> str:
    """A strategy's name; under it, how many CPU seconds more than sequential it takes at its fastest."""
    if baseline is None or setting.strategy == REFERENCE:
        return setting.strategy
    share = f", {middle[1] / baseline[1] - 1:+.0%}" if baseline[1] else ""
    return f"{setting}\n{middle[1] - baseline[1]:+.2f} CPU s{share}"


def limit(ax: Axes, times: list[tuple[list[float], list[float]]]) -> None:
    """From nothing to a little above the most; by factors where times are far apart."""
    walls, cpus = ([value for pair in times for value in pair[which]] for which in (0, 1))
    # CPU time comes in hundredths of a second: of a very short run, it is nothing.
    if all(min(values) > 0 for values in (walls, cpus)) and any(max(v) > WIDE * min(v) for v in (walls, cpus)):
        by_factors(ax.xaxis)
        by_factors(ax.yaxis)
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
