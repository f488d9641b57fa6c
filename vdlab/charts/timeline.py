"""What each worker did when."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from vdlab.charts.bars import bars
from vdlab.charts.below import legend_below, say
from vdlab.charts.canvas import DOING, MUTED, WAITING, axes, first_rate, not_measured, nothing, title
from vdlab.charts.panels import panels

if TYPE_CHECKING:
    from vdlab.results.records import Results, Setting, Trace

BAR = 0.72
TITLE = 64  # characters of a line
CROWD = 12  # rows from which on they are thinner
LOOK = {doing: {"facecolor": colour, "linewidth": 0} for doing, colour in DOING.items()}
# Idle time is what one looks for: hatched, and in a colour that nothing else has. In SVG, what is hatched is opaque or
# nothing at all, so the tint under it is a shape of its own.
LOOK[WAITING] = {"facecolor": "none", "edgecolor": "#d62728", "hatch": "/////", "linewidth": 0}
TINT = {"facecolor": "#d62728", "alpha": 0.12, "linewidth": 0}


def timeline(
    results: "Results",
    setting: "Setting | None" = None,
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
    from vdlab.results.waiting import most_telling, trace_of

    fps = setting.fps if setting else first_rate(results, fps)
    trace = trace_of(results, setting) if setting else most_telling(results, fps)
    return draw(results, [trace] if trace else [], ax, fps, words, wanted=setting)


def timelines(results: "Results", ax: Axes | None = None, fps: float | None = None, words: bool = True) -> Axes:
    """The timeline of the fastest setting above that of the tutorial's threads, on one scale.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
        words: say under the chart how long workers waited.
    """
    from vdlab.results.waiting import worth_comparing

    fps = first_rate(results, fps)
    return draw(results, worth_comparing(results, fps), ax, fps, words)


def no_timeline(results: "Results", fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    recorded = any(trace.fps == fps and trace.spans for trace in results.traces)
    return "" if recorded else not_measured(results, fps, "timeline was recorded", "trace", "Timeline")


def words_of_timelines(results: "Results", fps: float) -> list[str]:
    """How long workers waited in what `timelines` draws, a sentence a setting."""
    from vdlab.results.waiting import trace_in_words, worth_comparing

    return [trace_in_words(trace) for trace in worth_comparing(results, fps)]


def draw(
    results: "Results",
    traces: "Sequence[Trace]",
    ax: Axes | None,
    fps: float,
    words: bool,
    wanted: "Setting | None" = None,
) -> Axes:
    """One panel a trace, on one scale; or, without any, why there is none."""
    from vdlab.results.waiting import trace_in_words, workers

    counts = [len(workers(trace)) for trace in traces]
    lines = [trace_in_words(trace) for trace in traces] if words else []
    height = 1.55 + sum(0.35 + thickness(count) * count for count in counts) + 0.3 * len(lines)
    ax = axes(ax, height=height if traces else 1.8)
    if not traces:
        title(ax, "What each worker did", results, fps)
        return nothing(ax, f"{wanted} was not recorded" if wanted else no_timeline(results, fps))
    places = panels(ax, [count + 0.8 for count in counts]) if len(traces) > 1 else [ax]
    longest = max(trace.seconds for trace in traces)
    for place, trace in zip(places, traces, strict=True):
        panel(place, trace, longest)
        if len(traces) > 1 and place is not ax:
            place.set_title(str(trace.setting).replace("$", r"\$"), loc="left", fontsize=10, fontweight="bold")
        if place is not places[-1]:
            place.tick_params(labelbottom=False)
    title(ax, fill(f"What each worker did: {traces[0].setting}", TITLE).replace("$", r"\$"), results, fps)
    places[-1].set_xlabel("seconds since the call, in a run of its own", color=MUTED, fontsize=9)
    done = {span.doing for trace in traces for span in trace.spans}
    seen = [doing for doing in DOING if doing in done or doing == WAITING]
    legend = legend_below(places[-1], [Patch(**LOOK[doing], label=doing) for doing in seen], drop=38)
    if lines:
        say(legend, lines)
    return ax


def panel(ax: Axes, trace: "Trace", longest: float) -> None:
    """One trace: a shape for all that was done of a kind, however many spans there are."""
    from vdlab.results.waiting import decoders, gaps, workers

    boxes: dict[str, list[tuple[float, float, float, float]]] = {doing: [] for doing in DOING}
    rows, decoding = workers(trace), decoders(trace)
    for row, (name, spans) in enumerate(rows.items()):
        edges = (row - BAR / 2, row + BAR / 2)
        for span in spans:
            boxes[span.doing].append((span.begin, span.end, *edges))
        if name in decoding:
            boxes[WAITING] += [(*gap, *edges) for gap in gaps(spans, trace.seconds)]
    bars(ax, boxes[WAITING], **TINT)
    for doing, found in boxes.items():
        bars(ax, found, **LOOK[doing])
    ax.axvline(trace.seconds, color=MUTED, linewidth=1, linestyle=":")
    ax.set_xlim(0, longest * 1.02)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)), list(rows), fontsize=9 if len(rows) <= CROWD else 7)
    ax.tick_params(axis="y", length=0)


def thickness(rows: int) -> float:
    """Inches."""
    return 0.34 if rows <= CROWD else 0.18
