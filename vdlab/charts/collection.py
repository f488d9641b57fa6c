"""Charts of a collection: how many videos a second, how long each takes, and what of."""

from dataclasses import fields
from statistics import median
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, by_doubling, colour, legend_beside, plain, row_heights, rows
from vdlab.charts.chart import describe, single
from vdlab.results.records import Measurement, Results, Spent, Stratum

TONES = ("#e69f00", "#f0e442", "#0072b2", "#009e73", "#cc79a7")
"""Of opening, scanning, decoding, converting and moving."""


def loaded(results: Results, fps: float) -> list[Measurement]:
    """The loaders that were timed."""
    return [one for one in results.at(fps) if one.timed and one.timed[0].loading]


def rates(results: Results, fps: float) -> dict[tuple[str, int], dict[int, float]]:
    """Videos a second by number of workers, for every loader and number of FFmpeg threads."""
    found: dict[tuple[str, int], dict[int, float]] = {}
    for one in sorted(loaded(results, fps), key=lambda one: one.setting.workers):
        loading = one.timed[0].loading
        assert loading  # or it would not be here
        line = found.setdefault((one.setting.strategy, one.setting.ffmpeg_threads), {})
        line[one.setting.workers] = loading.videos / one.median
    return found


@describe(
    "Throughput",
    "How many videos a second, with how many workers?",
    shows="videos a second of every loader against its number of workers",
    caption="The dashed line is twice the workers and twice the videos, from one video after the other on. Beyond the "
    "CPUs allowed, workers take turns.",
    every_rate=True,
    of="collection",
)
def throughput(ax: Axes, results: Results, fps: float) -> None:
    """Videos a second against workers, one line a loader, or a point where it ran with one number of workers only."""
    found = rates(results, fps)
    counts = sorted({1, *(count for line in found.values() for count in line)})
    alone = results.over(loaded(results, fps)[0].setting)
    if alone.timed and alone.timed[0].loading:
        one = alone.timed[0].loading.videos / alone.median
        ax.plot([1, counts[-1]], [one, one * counts[-1]], "--", color=MUTED, linewidth=1, label="ideal")
    cpus = results.machine.cpus_allowed
    if counts[0] <= cpus <= counts[-1]:
        ax.axvline(cpus, linestyle=":", color=MUTED, linewidth=1.2, label=f"{cpus} CPUs allowed")
    for (name, inner), line in found.items():
        label = name if inner == 1 else f"{name}, {inner} FFmpeg threads"
        style = "o-" if inner == 1 else "o:"
        ax.plot(list(line), list(line.values()), style, color=colour(name), linewidth=2, label=plain(label))
    by_doubling(ax, counts, scale=counts[-1] > 4)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("videos a second", color=MUTED)
    legend_beside(ax)


def no_latency(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    if any(run.loading and run.loading.clip_seconds for one in loaded(results, fps) for run in one.timed):
        return ""
    return "How long each video took is known where frames stay where they are decoded: ask for that case too"


@describe(
    "Latency",
    "How long does a video take a worker?",
    shows="for every loader, the fraction of videos that a worker is done with within so many seconds",
    caption="A line that reaches the top later has some videos that take long. With as many workers as CPUs or more, "
    "each video takes longer, and more of them are decoded at a time.",
    lacking=no_latency,
    of="collection",
)
def latency(ax: Axes, results: Results, fps: float) -> None:
    """The distribution of the seconds that a worker takes for a video, in the median round, one line a setting."""
    dashes = ("-", "--", ":", "-.")
    workers = sorted({one.setting.workers for one in loaded(results, fps)})
    for one in loaded(results, fps):
        known = [run.loading.clip_seconds for run in one.timed if run.loading and run.loading.clip_seconds]
        if not known:
            continue
        seconds = [median(column) for column in zip(*known, strict=True)]
        dash = dashes[workers.index(one.setting.workers) % len(dashes)]
        heights = np.linspace(0, 1, len(seconds))
        width = 2 if one.setting.ffmpeg_threads == 1 else 1
        tone = colour(one.setting.strategy)
        ax.plot(seconds, heights, dash, color=tone, linewidth=width, label=plain(str(one.setting)))
    for height, label in ((0.5, "p50"), (0.95, "p95")):
        ax.axhline(height, color=MUTED, linewidth=0.8, linestyle=":")
        ax.annotate(label, (1, height), xycoords="axes fraction", fontsize=8, color=MUTED, va="bottom", ha="right")
    ax.set_xlim(left=0)
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("seconds of a worker for a video", color=MUTED)
    ax.grid(alpha=0.25)
    legend_beside(ax)


def spent_on_strata(results: Results) -> list[tuple[Stratum, Spent]]:
    """The videos that are alike, and what the time of one of them goes into, where that is known."""
    return [(one, one.spent) for one in (results.collection.strata if results.collection else ()) if one.spent]


def no_inside(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    if spent_on_strata(results):
        return ""
    return "No video of the collection could be taken to pieces: none of them decodes"


@describe(
    "Inside a video",
    "Where does a video's time go?",
    shows="what the time of a video of each codec, size and length goes into",
    caption="Of a few videos of each kind, in one thread, with TorchCodec's decoder: what lies outside of decoding no "
    "decoder makes faster. Moving is only paid where frames come back from another process.",
    lacking=no_inside,
    of="collection",
    size=lambda results, fps: (8.0, 2.1 + row_heights(len(spent_on_strata(results)))),
)
def inside(ax: Axes, results: Results, fps: float) -> None:
    """A bar for each kind of video, divided into opening, scanning, decoding, converting and moving."""
    strata = spent_on_strata(results)
    before = np.zeros(len(strata))
    for field, tone in zip(fields(Spent), TONES, strict=True):
        widths = np.array([1000 * getattr(spent, field.name) for _, spent in strata])
        ax.barh(range(len(strata)), widths, 0.68, before, color=tone, linewidth=0, label=field.name)
        before += widths
    rows(ax, [f"{one} ({one.found:,})" for one, _ in strata])
    ax.set_xlabel("milliseconds of one thread for a video", color=MUTED, fontsize=9)
    legend_beside(ax)


def grid_of(results: Results, fps: float) -> tuple[str, dict[tuple[int, int], float]]:
    """The loader with the most combinations of workers and FFmpeg threads, and its videos a second for each."""
    found: dict[str, dict[tuple[int, int], float]] = {}
    for (name, inner), line in rates(results, fps).items():
        found.setdefault(name, {}).update({(count, inner): rate for count, rate in line.items()})
    name = max(found, key=lambda name: len(found[name]), default="")
    return name, found.get(name, {})


def no_grid(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    name, found = grid_of(results, fps)
    if len({inner for _, inner in found}) > 1:
        return ""
    said = single(found, lambda _: f"{name} decodes {next(iter(found.values())):.1f} videos a second")
    return said or "One number of FFmpeg threads was measured: ask for several, such as 1 and 2, with several workers"


@describe(
    "Videos x threads",
    "Many videos at once, or many threads in each?",
    shows="videos a second by the number of videos at once and of FFmpeg threads in each",
    caption="Combinations with the same product use as many threads. Where videos are short, the number of them at "
    "once counts; threads in each help where there are fewer videos than CPUs.",
    lacking=no_grid,
    of="collection",
)
def grid(ax: Axes, results: Results, fps: float) -> None:
    """A heat map of videos a second over videos at once and threads in each, of a loader that takes both numbers."""
    name, found = grid_of(results, fps)
    workers, threads = (sorted({key[place] for key in found}) for place in (0, 1))
    values = np.array([[found.get((count, inner), np.nan) for count in workers] for inner in threads])
    ax.imshow(values, cmap="viridis", aspect="auto", origin="lower")
    dark = np.nanmean(values)
    for row, column in np.argwhere(~np.isnan(values)):
        value = values[row, column]
        tone = "white" if value < dark else "black"
        ax.text(column, row, f"{value:.1f}", ha="center", va="center", color=tone, fontsize=11)
    ax.set_xticks(range(len(workers)), [str(count) for count in workers])
    ax.set_yticks(range(len(threads)), [str(count) for count in threads])
    ax.set_xlabel("videos at once", color=MUTED)
    ax.set_ylabel(plain(fill(f"FFmpeg threads in each, {name}", 30)), color=MUTED)
