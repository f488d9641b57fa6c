"""What the time of a run goes into: starting, seeking, decoding, copying, waiting."""

from typing import get_args

from matplotlib.axes import Axes

from vdlab.charts.canvas import DOING, MUTED, WAITING, legend_beside, row_heights, rows
from vdlab.charts.chart import describe, not_measured, started
from vdlab.results.records import Results, Trace
from vdlab.tracing.spans import Doing

LEGIBLE = 0.06  # of the longest bar: in anything narrower there is no room for a number
DARK = ("decoding", "copying", "working")


def traces_of(results: Results, fps: float) -> list[Trace]:
    """The traces at a sampling rate that took any time."""
    return [trace for trace in results.traces if trace.setting.fps == fps and trace.seconds > 0]


def no_breakdown(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    return "" if traces_of(results, fps) else not_measured(results, fps, "timeline was recorded", "trace", "Timeline")


@describe(
    "Breakdown",
    "What do workers spend their time on?",
    shows="what the workers of every setting spend their time on",
    caption="From one traced run of each setting. Waiting is for other workers, or for the last of them to end.",
    lacking=no_breakdown,
)
def breakdown(results: Results, ax: Axes | None = None, fps: float | None = None) -> Axes:
    """Bars as long as the traced run of each setting, divided as the time of its workers is, on average.

    Waiting is the time in which a worker did nothing that was seen: for others, for its next task, or because it was
    done before them. Where only the strategy's own thread is seen, as with FFmpeg's threads, it is taken for one
    worker.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
    """
    fps = results.first_rate(fps)
    traces = traces_of(results, fps)
    ax, lacking = started(breakdown, results, ax, fps, 2.1 + row_heights(len(traces)))
    if lacking:
        return ax
    longest = max(trace.seconds for trace in traces)
    for row, trace in enumerate(traces):
        begin = 0.0
        for doing, fraction in fractions(trace).items():
            width = fraction * trace.seconds
            ax.barh(row, width, 0.68, begin, color=DOING[doing], linewidth=0)
            if width > LEGIBLE * longest:
                tone = "white" if doing in DARK else "#222222"
                ax.text(begin + width / 2, row, f"{fraction:.0%}", color=tone, fontsize=8, ha="center", va="center")
            begin += width
        ax.text(trace.seconds + 0.015 * longest, row, f"{trace.seconds:.2f} s", va="center", fontsize=9)
    for doing in DOING:
        if any(doing in fractions(trace) for trace in traces):
            ax.barh(0, 0, color=DOING[doing], label=doing)
    rows(ax, [trace.setting for trace in traces])
    ax.set_xlim(0, longest * 1.12)
    ax.set_xlabel("seconds of one traced run; percentages are means over its workers", color=MUTED, fontsize=9)
    legend_beside(ax)
    return ax


def fractions(trace: Trace) -> dict[str, float]:
    """How much of the workers' time went into each thing: all that are not 0, and together 1.

    There are as many workers as were seen, but no more than were asked for: a calling thread that hands out work and
    collects results beside them takes turns with them.
    """
    workers = max(1, min(len({span.worker for span in trace.spans}), trace.setting.workers))
    spent = {
        doing: sum(span.end - span.begin for span in trace.spans if span.doing == doing) for doing in get_args(Doing)
    }
    whole = max(workers * trace.seconds, sum(spent.values()))
    spent[WAITING] = whole - sum(spent.values())
    return {doing: seconds / whole for doing, seconds in spent.items() if seconds > 0}
