"""What all charts share: colours, a quiet frame around the data, and a figure without pyplot's global state."""

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from vdlab.errors import SettingsError
from vdlab.machine.files import written_whole

if TYPE_CHECKING:
    from vdlab.results.records import Results

# Okabe and Ito's palette (Color Universal Design, 2008), told apart by colour-blind readers too. A strategy has
# the same colour in every chart.
COLOURS = {
    "sequential": "#7f7f7f",
    "ffmpeg-threads": "#e69f00",
    "processes": "#cc79a7",
    "threads": "#0072b2",
    "shared-memory": "#d55e00",
    "keyframe-threads": "#56b4e9",
    "pruned-threads": "#009e73",
    "hybrid": "#b3a100",
    "cuda": "#6a51a3",
    "pyav": "#8c564b",
    "opencv": "#1b9e9e",
    "decord": "#a6761d",
    "ffmpeg-cli": "#e7298a",
}
OTHERS = ("#4d4d4d", "#9e9ac8", "#bc80bd", "#66c2a5", "#c49c94", "#fb6a4a")
RUNS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")  # of one chart, told apart by machine
MUTED = "#767676"
FEWEST_ROWS = 3  # fewer would be as fat as they are few

# What a worker does, in the palette's order of lightness; none of it is a strategy.
WAITING = "waiting"
DOING = {
    "starting": "#e69f00",
    "seeking": "#cc79a7",
    "decoding": "#0072b2",
    "copying": "#009e73",
    "working": "#6b6b6b",
    WAITING: "#c9ccd1",
}

# How earlier runs are told apart where colours stand for strategies: a marker and a dash each.
MARKS = (("D", "--"), ("s", ":"), ("^", "-."), ("v", (0, (5, 1, 1, 1, 1, 1))), ("P", (0, (8, 3))), ("X", (0, (1, 3))))


def colour(strategy: str) -> str:
    """The strategy's colour; one that has none of its own gets the same one every time, chosen by its name."""
    return COLOURS.get(strategy) or OTHERS[zlib.crc32(strategy.encode()) % len(OTHERS)]


def axes(ax: Axes | None, width: float = 8.0, height: float = 4.5) -> Axes:
    """`ax` itself, or the Axes of a new figure of `width` by `height` inches that belongs to no window."""
    if ax is None:
        figure = Figure(figsize=(width, height), layout="constrained", dpi=120)
        FigureCanvasAgg(figure)
        ax = figure.add_subplot()
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def title(ax: Axes, text: str, results: "Results", fps: float, cpus: bool = True) -> None:
    """A heading that says what is seen, and under it which frames of which video on which machine.

    Where several machines are in one chart, leave out the number of `cpus`. The video's name is a person's: dollar
    signs in it must not start a formula.
    """
    video, machine = results.video, results.machine
    frames = next((run.frames for run in results.runs if run.fps == fps), 0)
    share = f"{machine['cpus_allowed']} CPUs, " if cpus else ""
    facts = (
        f"{frames:,} of {video['num_frames']:,} frames of {Path(video['path']).name} "
        f"({video['width']}x{video['height']} {video['codec']}), {share}"
        f"{results.plan.seek_mode} seeking"
    )
    ax.set_title(text, loc="left", fontweight="bold", pad=24)
    ax.annotate(
        facts.replace("$", r"\$"),
        (0, 1),
        (0, 8),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8.5,
        color=MUTED,
        annotation_clip=False,
    )


def check_behind(results: "Results", behind: "Sequence[Results]", fps: float) -> None:
    """Refuse to lay runs behind others that did other work: their times would say nothing of each other.

    Raises:
        SettingsError: a line that says which, and in what it differs.
    """
    from vdlab.results.compare import other_work

    for earlier in behind:
        reason = other_work(results, earlier, fps)
        if reason:
            raise SettingsError(reason)


def footnotes(ax: Axes, results: "Results", fps: float) -> None:
    """Under the chart, what weakens its message: wrong frames at this rate, another reference than the usual one."""
    from vdlab.results.verdict import words_of_frames

    lines = [said.sentence for said in words_of_frames(results, fps) if not said.good]
    if lines:
        ax.figure.supxlabel("\n".join(lines), fontsize=8.5, color="#b22222", x=0.01, ha="left", wrap=True)


def rows(ax: Axes, settings: Sequence[object]) -> None:
    """Settings as the rows of a bar chart, the first on top, in two lines where one would take the bars' place."""
    ax.set_yticks(range(len(settings)), [fill(str(setting), 22).replace("$", r"\$") for setting in settings])
    ax.set_ylim(max(len(settings), FEWEST_ROWS) - 0.5, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.25)


def by_factors(axis: Axis) -> None:
    """A logarithmic axis with ticks at 1, 2, 5, 10 ..., as plain numbers."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def nothing(ax: Axes, reason: str) -> Axes:
    """In place of a chart, why there is nothing to draw."""
    ax.set_axis_off()
    ax.text(0, 0.95, fill(reason, 95), transform=ax.transAxes, va="top", fontsize=10)
    return ax


def not_measured(results: "Results", fps: float, what: str, setting: str, label: str) -> str:
    """Why a sweep has none of what it measures in runs of their own, and what to do.

    Args:
        what: was not measured, and how one says so.
        setting: the argument of `sweep` that switches it on.
        label: what the lab calls it.
    """
    said = f"No {what} at {fps:g} fps"
    if not results.settings.get(setting):
        return f"{said}: switch it on, in the lab with {label} under Measuring, elsewhere with --{setting}"
    if results.finished is None:
        return f"{said} yet: that comes last, after the timed runs"
    return f"{said}: the warnings say why"


def save(ax: Axes, path: str | os.PathLike[str]) -> Path:
    """Write the chart's figure to a PNG, SVG or PDF file, by its suffix, whole or not at all.

    Raises:
        VDLabError: it cannot be written there.
    """
    with written_whole(path) as aside:
        ax.figure.savefig(aside)
    return Path(path)


def first_rate(results: "Results", fps: float | None) -> float:
    """The sampling rate to draw: the one asked for, or the first that was measured."""
    return results.plan.fps[0] if fps is None else fps
