"""Which frames must be decoded for which: an excerpt of the video, frame by frame."""

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vdlab.charts.canvas import MUTED, bars, colour, legend_below, plain, say
from vdlab.charts.chart import describe
from vdlab.results.decoded import name, runs, typical, words_of_work, work_at
from vdlab.results.records import Decoded, Results, Work

# Types of frames, by their height in the strip and their shade: told apart without colours.
FRAME_TYPES = {
    "K": ("keyframe", 1.0, "#000000"),
    "I": ("I", 0.9, "#4d4d4d"),
    "P": ("P", 0.72, "#6f6f6f"),
    "B": ("B", 0.5, "#8f8f8f"),
    "b": ("disposable", 0.3, "#b5b5b5"),
    "?": ("other frame", 0.5, "#8f8f8f"),
}
ASKED, LEFT_OUT = "#000000", "#8a8a8a"
AGAIN: dict[str, Any] = {"hatch": "//////", "edgecolor": "white", "linewidth": 0}
STEP = 20  # frames from one number on the axis to the next
GAP = 0.12  # of a frame's width, between frames


def no_gop_map(results: Results, fps: float) -> str:
    """Why there is nothing to draw; empty where there is."""
    work = work_at(results, fps)
    return "" if work and work.frame_types else "\n".join(words_of_work(results, fps))


def rows_of(results: Results, work: Work) -> list[Decoded]:
    """What is drawn below the frames: one row a way to decode."""
    return [row for row in typical(results.decoded(work), results.machine.cpus_allowed) if row.marks]


def size_of(results: Results, fps: float, words: bool = True) -> tuple[float, float]:
    """Room for the rows, and for the words below them."""
    work = work_at(results, fps)
    lines = words_of_work(results, fps) if words else []
    return 8.0, 2.2 + 0.5 * len(rows_of(results, work) if work else []) + 0.25 * len(lines)


@describe(
    "GOPs",
    "Which frames must be decoded for those that are asked for?",
    shows="which frames must be decoded for those that are asked for, in an excerpt of the video",
    caption="Frames are stored as differences from others, back to the last keyframe, so more are decoded than are "
    "asked for. Nothing refers to disposable frames; a strategy that knows them can leave them out.",
    lacking=no_gop_map,
    of="video",
    says=words_of_work,
    size=size_of,
)
def gop_map(ax: Axes, results: Results, fps: float, words: bool = True) -> None:
    """An excerpt of the video as it is shown: types of frames, which are asked for, and what is decoded for them.

    One row a way to decode, with as many workers as this machine has CPUs, as far as that was measured. A bar of half
    the height is a frame that is decoded; a striped one on top, that it is decoded again; a dot, that it is left out.

    Args:
        words: say under the chart how many frames are decoded in the whole video.
    """
    work = work_at(results, fps)
    assert work  # or there is nothing to draw
    rows = rows_of(results, work)
    lines = words_of_work(results, fps) if words else []
    draw_frames(ax, work)
    for number, row in enumerate(rows, start=1):
        draw_row(ax, row.marks, number, colour(row.setting.strategy))
    labels = [plain(f"{name(row)}\n{row.frames:,} decoded") for row in rows]
    ax.set_yticks(range(len(rows) + 1), [f"the frames\n{work.total:,} in all", *labels], fontsize=8.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(-1, len(work.frame_types))
    ax.set_ylim(len(rows) + 0.55, -0.75)
    at = range(-work.first % STEP, len(work.frame_types), STEP)
    ax.set_xticks([number + 0.5 for number in at], [f"{work.first + number:,}" for number in at])
    ax.set_xlabel("number of the frame, as shown", color=MUTED, fontsize=9)
    legend = legend_below(ax, entries(work, [row.marks for row in rows]))
    if lines:
        say(ax, legend, lines, width=105)


def draw_frames(ax: Axes, work: Work) -> None:
    """The strip on top: a bar a frame, its height by its type; triangles over those that are asked for."""
    for letter, (_, height, shade) in FRAME_TYPES.items():
        same = [number for number, own in enumerate(work.frame_types) if drawn_as(own) == letter]
        bars(ax, [(n + GAP / 2, n + 1 - GAP / 2, 0.4, 0.4 - 0.8 * height) for n in same], facecolor=shade, linewidth=0)
    keyframes = [number for number, letter in enumerate(work.frame_types) if letter == "K"]
    if len(keyframes) < len(work.frame_types) / 4:
        for number in keyframes:
            ax.axvline(number, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    asked = [number + 0.5 for number, mark in enumerate(work.wanted) if mark == "1"]
    ax.plot(asked, [-0.58] * len(asked), "v", color=ASKED, markersize=5, linewidth=0)


def draw_row(ax: Axes, marks: str, row: int, tone: str) -> None:
    """A strategy's row: decoded frames as bars, decoded again as bars on top, left out as dots."""
    base, middle, top = row + 0.36, row, row - 0.36
    bars(ax, [(*run, base, middle) for run in runs([mark > "0" for mark in marks])], facecolor=tone, linewidth=0)
    bars(ax, [(*run, middle, top) for run in runs([mark > "1" for mark in marks])], facecolor=tone, **AGAIN)
    skipped = [number for number, mark in enumerate(marks) if mark == "0"]
    dots = [(number + 0.3, number + 0.7, base - 0.03, base - 0.09) for number in skipped]
    bars(ax, dots, facecolor=LEFT_OUT, linewidth=0)


def entries(work: Work, rows: list[str]) -> list[Artist]:
    """The legend's: what is to be seen, and nothing else."""
    seen = {drawn_as(letter) for letter in work.frame_types}
    found: list[Artist] = [
        Patch(color=shade, label=said) for key, (said, _, shade) in FRAME_TYPES.items() if key in seen
    ]
    found.append(Line2D([], [], marker="v", color=ASKED, linewidth=0, markersize=5, label="asked for"))
    if any(mark > "1" for marks in rows for mark in marks):
        found.append(Patch(facecolor=MUTED, label="decoded again", **AGAIN))
    if any("0" in marks for marks in rows):
        found.append(Line2D([], [], marker="s", color=LEFT_OUT, linewidth=0, markersize=2.5, label="left out"))
    return found


def drawn_as(letter: str) -> str:
    """The type to draw a frame as: whatever is disposable looks alike."""
    return "b" if letter.islower() else letter if letter in FRAME_TYPES else "?"
