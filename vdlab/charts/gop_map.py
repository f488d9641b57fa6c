"""Which frames must be decoded for which: a stretch of the video, frame by frame."""

from typing import TYPE_CHECKING

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vdlab.charts.bars import bars
from vdlab.charts.below import legend_below, say
from vdlab.charts.canvas import MUTED, axes, colour, first_rate, nothing, title

if TYPE_CHECKING:
    from vdlab.results.records import Results, Work

# Kinds of frames, by their height in the strip and their shade: told apart without colours.
KINDS = {
    "K": ("keyframe", 1.0, "#000000"),
    "I": ("I", 0.9, "#4d4d4d"),
    "P": ("P", 0.72, "#6f6f6f"),
    "B": ("B", 0.5, "#8f8f8f"),
    "b": ("disposable", 0.3, "#b5b5b5"),
    "?": ("other frame", 0.5, "#8f8f8f"),
}
ASKED, AGAIN, LEFT_OUT = "#d62728", "#e69f00", "#8a8a8a"
STEP = 20  # frames from one number on the axis to the next
GAP = 0.12  # of a frame's width, between frames


def gop_map(results: "Results", ax: Axes | None = None, fps: float | None = None, words: bool = True) -> Axes:
    """A stretch of the video as it is shown: kinds of frames, which are asked for, and what strategies decode for them.

    One row a way to decode, with as many workers as this machine has CPUs, as far as that was measured. A bar of half
    the height is a frame that is decoded; a second one on top, that it is decoded again; a dot, that it is left out.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
        words: say under the chart how many frames are decoded in the whole video.
    """
    from vdlab.results.decoded import name, typical, words_of_work, work_at

    fps = first_rate(results, fps)
    work = work_at(results, fps)
    reason = no_gop_map(results, fps)
    rows = [row for row in typical(work.decoded, results.machine.cpus_allowed) if row.marks] if work else []
    lines = words_of_work(results, fps) if words else []
    ax = axes(ax, height=1.8 if reason else 2.2 + 0.5 * len(rows) + 0.25 * len(lines))
    if reason:
        title(ax, "What must be decoded", results, fps)
        return nothing(ax, reason)
    draw_kinds(ax, work)
    for place, row in enumerate(rows, start=1):
        draw_row(ax, row.marks, place, colour(row.strategy))
    labels = [f"{name(row)}\n{row.frames:,} decoded" for row in rows]
    ax.set_yticks([0.0, *range(1, len(rows) + 1)], [f"the frames\n{work.total:,} in all", *labels], fontsize=8.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(-1, len(work.kinds))
    ax.set_ylim(len(rows) + 0.55, -0.75)
    at = range(-work.first % STEP, len(work.kinds), STEP)
    ax.set_xticks([number + 0.5 for number in at], [f"{work.first + number:,}" for number in at])
    ax.set_xlabel("number of the frame, as shown", color=MUTED, fontsize=9)
    title(ax, "What must be decoded: a stretch of the video", results, fps)
    legend = legend_below(ax, keys(work, [row.marks for row in rows]), drop=38)
    if lines:
        say(legend, lines, width=105)
    return ax


def no_gop_map(results: "Results", fps: float) -> str:
    """Why there is nothing to draw; empty where there is."""
    from vdlab.results.decoded import words_of_work, work_at

    work = work_at(results, fps)
    return "" if work and work.kinds else "\n".join(words_of_work(results, fps))


def draw_kinds(ax: Axes, work: "Work") -> None:
    """The strip on top: a bar a frame, as high as its kind; triangles over those that are asked for."""
    for kind, (_, height, shade) in KINDS.items():
        same = [number for number, letter in enumerate(work.kinds) if known(letter) == kind]
        bars(ax, [(n + GAP / 2, n + 1 - GAP / 2, 0.4, 0.4 - 0.8 * height) for n in same], facecolor=shade, linewidth=0)
    keyframes = [number for number, letter in enumerate(work.kinds) if letter == "K"]
    if len(keyframes) < len(work.kinds) / 4:
        for number in keyframes:
            ax.axvline(number, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    asked = [number + 0.5 for number, mark in enumerate(work.wanted) if mark == "1"]
    ax.plot(asked, [-0.58] * len(asked), "v", color=ASKED, markersize=5, linewidth=0)


def draw_row(ax: Axes, marks: str, row: int, tone: str) -> None:
    """A strategy's row: decoded frames as bars, decoded again as bars on top, left out as dots."""
    from vdlab.results.decoded import runs

    base, middle, top = row + 0.36, row, row - 0.36
    bars(ax, [(*run, base, middle) for run in runs([mark > "0" for mark in marks])], facecolor=tone, linewidth=0)
    bars(ax, [(*run, middle, top) for run in runs([mark > "1" for mark in marks])], facecolor=AGAIN, linewidth=0)
    skipped = [number for number, mark in enumerate(marks) if mark == "0"]
    dots = [(number + 0.3, number + 0.7, base - 0.03, base - 0.09) for number in skipped]
    bars(ax, dots, facecolor=LEFT_OUT, linewidth=0)


def keys(work: "Work", rows: list[str]) -> list[Artist]:
    """The legend's entries: what is to be seen, and nothing else."""
    seen = {known(letter) for letter in work.kinds}
    handles: list[Artist] = [Patch(color=shade, label=said) for kind, (said, _, shade) in KINDS.items() if kind in seen]
    handles.append(Line2D([], [], marker="v", color=ASKED, linewidth=0, markersize=5, label="asked for"))
    if any(mark > "1" for marks in rows for mark in marks):
        handles.append(Patch(color=AGAIN, label="decoded again"))
    if any("0" in marks for marks in rows):
        handles.append(Line2D([], [], marker="s", color=LEFT_OUT, linewidth=0, markersize=2.5, label="left out"))
    return handles


def known(letter: str) -> str:
    """The kind to draw a letter as: whatever is disposable looks alike."""
    return "b" if letter.islower() else letter if letter in KINDS else "?"
