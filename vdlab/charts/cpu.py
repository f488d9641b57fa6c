"""What parallel work costs: CPU seconds beside the wall seconds that they buy."""

from statistics import median
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.benchmark.results import REFERENCE, Setting
from vdlab.charts.canvas import MUTED, axes, colour, first_rate, footnotes, nothing, title

if TYPE_CHECKING:
    from vdlab.benchmark.results import Results

WIDE = 8  # from the least to the most seconds: with more between them, an axis has to be logarithmic


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
    reason = untimed(results, fps)
    ax = axes(ax, height=1.8 if reason else 5.0)
    title(ax, "Wall time against CPU time", results, fps)
    if reason:
        return nothing(ax, reason)
    times = wall_and_cpu(results, fps)
    middles = {setting: (median(walls), median(cpus)) for setting, (walls, cpus) in times.items()}
    baseline = middles.get(Setting(REFERENCE, 1, fps))
    for strategy in dict.fromkeys(setting.strategy for setting in times):
        own = sorted((one for one in times if one.strategy == strategy), key=lambda one: (one.workers, one.ffmpeg_threads))
        walls, cpus = zip(*(middles[setting] for setting in own), strict=True)
        ax.plot(cpus, walls, color=colour(strategy), linewidth=1.2, alpha=0.5)
        for setting in own:
            draw(ax, setting, *times[setting])
        fastest = min(own, key=lambda setting: middles[setting])
        ax.plot([], [], "o", color=colour(strategy), markersize=9, label=overhead(fastest, middles[fastest], baseline))
    scale(ax, times.values())
    ideals(ax, results.machine["cpus_allowed"])
    if baseline:
        ax.axvline(baseline[1], linestyle=":", color=MUTED, linewidth=1.2)
    ax.set_xlabel("CPU seconds of all threads and processes, median", color=MUTED)
    ax.set_ylabel("wall seconds, median", color=MUTED)
    ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.08, 0.5), labelspacing=0.7)
    footnotes(ax, results, fps)
    return ax


def untimed(results: "Results", fps: float) -> str:
    """Why there is nothing to draw; empty where there is."""
    return "" if wall_and_cpu(results, fps) else "Nothing was timed at this rate: the first timed run comes after warming up."


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
    """A circle with its whiskers."""
    x, y, tone = median(cpus), median(walls), colour(setting.strategy)
    ax.plot([min(cpus), max(cpus)], [y, y], color=tone, linewidth=1)
    ax.plot([x, x], [min(walls), max(walls)], color=tone, linewidth=1)
    ax.plot(x, y, "o", color=tone, markersize=13, markeredgecolor="white", zorder=3)
    both = f"{setting.workers}x{setting.ffmpeg_threads}"
    name = both if setting.ffmpeg_threads > 1 else f"{setting.workers}"
    ax.text(x, y, name, color="white", fontsize=8.5 if len(name) < 3 else 6, ha="center", va="center_baseline", zorder=4)


def overhead(setting: Setting, middle: tuple[float, float], baseline: tuple[float, float] | None) -> str:
    """A strategy's name, and how many CPU seconds more than sequential it takes at its fastest."""
    if baseline is None or setting.strategy == REFERENCE:
        return setting.strategy
    return f"{setting}: {middle[1] - baseline[1]:+.2f} s ({middle[1] / baseline[1] - 1:+.0%}) CPU"


def scale(ax: Axes, times) -> None:
    ...
