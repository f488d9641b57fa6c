"""What each worker did when."""

from matplotlib.axes import Axes

from vdlab.charts.canvas import DOING, MUTED, WAITING, bars, doing_legend, legend_below, look_of, panels, plain, say
from vdlab.charts.chart import ABOVE, describe, not_measured, single
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
CROWD = 12  # rows from which on they are thinner


def shown(results: Results, fps: float, setting: Setting | None = None) -> list[Trace]:
    """What is drawn: the trace of a setting, or those that are worth comparing."""
    if setting is None:
        return worth_comparing(results, fps)
    found = trace_of(results, setting)
    return [found] if found else []


def no_timeline(results: Results, fps: float, setting: Setting | None = None) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    found = shown(results, fps, setting)
    if not found and setting:
        return f"{setting} was not recorded"
    if not found:
        return not_measured(results, fps, "timeline was recorded", "trace", "Timeline")
    return single(found, trace_in_words) if len(workers(found[0])) == 1 and not setting else ""


def words_of_timelines(results: Results, fps: float, setting: Setting | None = None) -> list[str]:
    """How long workers waited in what `timelines` draws, a sentence a setting."""
    return [trace_in_words(trace) for trace in shown(results, fps, setting)]


def size_of(results: Results, fps: float, setting: Setting | None = None, words: bool = True) -> tuple[float, float]:
    """Room for a row a worker, and for a sentence a setting."""
    counts = [len(workers(trace)) for trace in shown(results, fps, setting)]
    panels = sum(0.35 + (0.34 if count <= CROWD else 0.18) * count for count in counts)
    return 8.0, 1.55 + panels + 0.3 * words * len(counts)


@describe(
    "Timeline",
    "What does each worker do when?",
    shows="what each worker did when, in the fastest setting and in the tutorial's threads",
    caption="Each row is a worker, in the strategy's colour where it decoded. Where there are only stripes, it waited: "
    "for the others, or for its turn.",
    size=size_of,
    lacking=no_timeline,
    of="video",
    says=words_of_timelines,
)
def timelines(ax: Axes, results: Results, fps: float, setting: Setting | None = None, words: bool = True) -> None:
    """The timeline of the fastest setting above that of the tutorial's threads, on one scale: a row a worker.

    Decoding is in the strategy's colour, all else in greys, striped where a worker waited. It is a run of its own:
    recording takes time, so no timed run was recorded.

    Args:
        setting: of this one only.
        words: say under the chart how long workers waited.
    """
    traces = shown(results, fps, setting)
    ax.set_label(f"what each worker did when, in {enumerated([trace.setting for trace in traces])}")
    stacked = panels(ax, [len(workers(trace)) + 0.8 for trace in traces])
    longest = max(trace.seconds for trace in traces)
    for panel, trace in zip(stacked, traces, strict=True):
        draw_trace(panel, trace)
        panel.set_xlim(0, longest * 1.02)
        pad = ABOVE if panel is ax else None  # beside the question
        panel.set_title(plain(trace.setting), loc="right", fontsize=10, fontweight="bold", pad=pad)
        if panel is not stacked[-1]:
            panel.tick_params(labelbottom=False)
    stacked[-1].set_xlabel("seconds since the call, in a run of its own", color=MUTED, fontsize=9)
    done = {span.doing for trace in traces for span in trace.spans} | {WAITING}
    legend = legend_below(stacked[-1], **doing_legend([trace.setting.strategy for trace in traces], done))
    if words:
        say(stacked[-1], legend, words_of_timelines(results, fps, setting))


def timeline(
    results: Results,
    setting: Setting | None = None,
    ax: Axes | None = None,
    fps: float | None = None,
    words: bool = True,
) -> Axes:
    """The timeline of one setting: if None, of the fastest one in which several workers decoded.

    Args:
        results: what was measured.
        setting: which.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate, where no setting is given; the first one measured if None.
        words: say under the chart how long workers waited.
    """
    fps = setting.fps if setting else results.first_rate(fps)
    telling = most_telling(results, fps)
    return timelines(results, ax, fps, setting=setting or (telling and telling.setting), words=words)


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
