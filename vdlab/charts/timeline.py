"""What each worker did when."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from vdlab.charts.canvas import DOING, MUTED, WAITING, bars, legend_below, panels, plain, say
from vdlab.charts.chart import describe, not_measured, started
from vdlab.results.records import Results, Setting, Trace
from vdlab.results.waiting import (
    decoders,
    gaps,
    most_telling,
    trace_in_words,
    trace_of,
    traces_at,
    workers,
    worth_comparing,
)

BAR = 0.72
TITLE = 64  # characters of a line
CROWD = 12  # rows from which on they are thinner
LOOK: dict[str, dict[str, Any]] = {doing: {"facecolor": colour, "linewidth": 0} for doing, colour in DOING.items()}
# Waiting is what one looks for: hatched, and in a colour that nothing else has. In SVG, what is hatched is opaque or
# nothing at all, so the tint under it is a shape of its own.
LOOK[WAITING] = {"facecolor": "none", "edgecolor": "#d62728", "hatch": "/////", "linewidth": 0}
TINT = {"facecolor": "#d62728", "alpha": 0.12, "linewidth": 0}


def no_timeline(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    return "" if traces_at(results, fps) else not_measured(results, fps, "timeline was recorded", "trace", "Timeline")


def words_of_timelines(results: Results, fps: float) -> list[str]:
    """How long workers waited in what `timelines` draws, a sentence a setting."""
    return [trace_in_words(trace) for trace in worth_comparing(results, fps)]


def timeline(
    results: Results,
    setting: Setting | None = None,
    ax: Axes | None = None,
    fps: float | None = None,
    words: bool = True,
) -> Axes:
    """One row a worker, coloured by what it did; hatched in red where it waited.

    It is a run of its own: recording takes time, so no timed run was recorded.

    Args:
        results: what was measured.
        setting: which; if None, the fastest one in which several workers decoded.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate, where no setting is given; the first one measured if None.
        words: say under the chart how long workers waited.
    """
    fps = setting.fps if setting else results.first_rate(fps)
    trace = trace_of(results, setting) if setting else most_telling(results, fps)
    return draw(results, [trace] if trace else [], ax, fps, words, f"{setting} was not recorded" if setting else "")


@describe(
    "Timeline",
    "What does each worker do when?",
    shows="what each worker did when, in the fastest setting and in the tutorial's threads",
    caption="Each row is a worker. Where it is hatched in red, the worker waited: for the others, or for its turn.",
    lacking=no_timeline,
    says=words_of_timelines,
)
def timelines(results: Results, ax: Axes | None = None, fps: float | None = None, words: bool = True) -> Axes:
    """The timeline of the fastest setting above that of the tutorial's threads, on one scale.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
        words: say under the chart how long workers waited.
    """
    fps = results.first_rate(fps)
    return draw(results, worth_comparing(results, fps), ax, fps, words)


def draw(
    results: Results, traces: Sequence[Trace], ax: Axes | None, fps: float, words: bool, lacking: str = ""
) -> Axes:
    """One panel a trace, on one scale; or why there is none."""
    counts = [len(workers(trace)) for trace in traces]
    lines = [trace_in_words(trace) for trace in traces] if words else []
    thickness = [0.34 if count <= CROWD else 0.18 for count in counts]
    height = 1.55 + sum(0.35 + inches * count for inches, count in zip(thickness, counts, strict=True))
    question = fill(f"What does each worker do when? {traces[0].setting}", TITLE) if traces else ""
    lacking = "" if traces else lacking or no_timeline(results, fps)
    ax, lacking = started(timelines, results, ax, fps, height + 0.3 * len(lines), question=question, lacking=lacking)
    if lacking:
        return ax
    stacked = panels(ax, [count + 0.8 for count in counts])
    longest = max(trace.seconds for trace in traces)
    for panel, trace in zip(stacked, traces, strict=True):
        draw_trace(panel, trace)
        panel.set_xlim(0, longest * 1.02)
        if panel is not ax:
            panel.set_title(plain(trace.setting), loc="left", fontsize=10, fontweight="bold")
        if panel is not stacked[-1]:
            panel.tick_params(labelbottom=False)
    stacked[-1].set_xlabel("seconds since the call, in a run of its own", color=MUTED, fontsize=9)
    done = {span.doing for trace in traces for span in trace.spans} | {WAITING}
    legend = legend_below(stacked[-1], [Patch(**LOOK[doing], label=doing) for doing in DOING if doing in done])
    if lines:
        say(stacked[-1], legend, lines)
    return ax


def draw_trace(ax: Axes, trace: Trace) -> None:
    """One trace: a single shape for all that workers did of one thing, however many spans there are."""
    boxes: dict[str, list[tuple[float, float, float, float]]] = {doing: [] for doing in DOING}
    names, decoding = workers(trace), decoders(trace)
    for row, (name, spans) in enumerate(names.items()):
        edges = (row - BAR / 2, row + BAR / 2)
        for span in spans:
            boxes[span.doing].append((span.begin, span.end, *edges))
        if name in decoding:
            boxes[WAITING] += [(*gap, *edges) for gap in gaps(spans, trace.seconds)]
    bars(ax, boxes[WAITING], **TINT)
    for doing, found in boxes.items():
        bars(ax, found, **LOOK[doing])
    ax.axvline(trace.seconds, color=MUTED, linewidth=1, linestyle=":")
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_yticks(range(len(names)), list(names), fontsize=9 if len(names) <= CROWD else 7)
    ax.tick_params(axis="y", length=0)
