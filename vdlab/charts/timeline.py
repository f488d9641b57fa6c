"""What each worker did when."""

from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes

from vdlab.charts.canvas import DOING, MUTED, WAITING, bars, doing_legend, legend_below, look_of, panels, plain, say
from vdlab.charts.chart import describe, not_measured, single, started
from vdlab.results.records import Results, Setting, Trace
from vdlab.results.waiting import (
    decoders,
    gaps,
    most_telling,
    trace_in_words,
    trace_of,
    workers,
    worth_comparing,
)
from vdlab.results.wording import enumerated

BAR = 0.72
TITLE = 64  # characters of a line
CROWD = 12  # rows from which on they are thinner


def no_timeline(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    found = worth_comparing(results, fps)
    if not found:
        return not_measured(results, fps, "timeline was recorded", "trace", "Timeline")
    return single(found, trace_in_words) if len(workers(found[0])) == 1 else ""


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
    """One row a worker: decoding in the strategy's colour, all else in greys, striped where it waited.

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
    lacking = "" if trace else f"{setting} was not recorded" if setting else no_timeline(results, fps)
    return draw(results, [trace] if trace else [], ax, fps, words, lacking)


@describe(
    "Timeline",
    "What does each worker do when?",
    shows="what each worker did when, in the fastest setting and in the tutorial's threads",
    caption="Each row is a worker, in the strategy's colour where it decoded. Where there are only stripes, it waited: "
    "for the others, or for its turn.",
    lacking=no_timeline,
    of="video",
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
    return draw(results, worth_comparing(results, fps), ax, fps, words, no_timeline(results, fps))


def draw(results: Results, traces: Sequence[Trace], ax: Axes | None, fps: float, words: bool, lacking: str) -> Axes:
    """One panel a trace, on one scale; or what is said where nothing is drawn."""
    counts = [len(workers(trace)) for trace in traces]
    lines = [trace_in_words(trace) for trace in traces] if words else []
    thickness = [0.34 if count <= CROWD else 0.18 for count in counts]
    height = 1.55 + sum(0.35 + inches * count for inches, count in zip(thickness, counts, strict=True))
    question = fill(f"What does each worker do when? {traces[0].setting}", TITLE) if traces else ""
    ax, lacking = started(timelines, results, ax, fps, height + 0.3 * len(lines), question=question, lacking=lacking)
    if lacking:
        return ax
    ax.set_label(f"what each worker did when, in {enumerated([trace.setting for trace in traces])}")
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
    legend = legend_below(stacked[-1], **doing_legend([trace.setting.strategy for trace in traces], done))
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
    for doing, found in boxes.items():
        bars(ax, found, **look_of(doing, trace.setting.strategy))
    ax.axvline(trace.seconds, color=MUTED, linewidth=1, linestyle=":")
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_yticks(range(len(names)), list(names), fontsize=9 if len(names) <= CROWD else 7)
    ax.tick_params(axis="y", length=0)
