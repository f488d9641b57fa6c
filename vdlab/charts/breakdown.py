"""What the time of a run goes into: starting, seeking, decoding, copying, waiting."""

from typing import TYPE_CHECKING, get_args

from matplotlib.axes import Axes

from vdlab.charts.canvas import DOING, MUTED, WAITING, axes, first_rate, footnotes, not_measured, nothing, rows, title
from vdlab.results.records import Doing

if TYPE_CHECKING:
    from vdlab.results.records import Results, Trace

LEGIBLE = 0.06  # of the longest bar: in narrower parts there is no room for a number


def breakdown(results: "Results", ax: Axes | None = None, fps: float | None = None) -> Axes:
    """Bars as long as the traced run of each setting, divided as the time of its workers is, on average.

    Waiting is the time in which a worker did nothing that was seen: for others, for its share of the work to come, or
    because it was done before them. Where only the strategy's own thread is seen, as with FFmpeg's threads, it is
    taken for one worker.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
    """
    fps = first_rate(results, fps)
    traces = traces_of(results, fps)
    reason = no_breakdown(results, fps)
    ax = axes(ax, height=1.8 if reason else 2.1 + 0.36 * max(3, len(traces)))
    title(ax, "Where the time goes", results, fps)
    if reason:
        return nothing(ax, reason)
    longest = max(trace.seconds for trace in traces)
    for row, trace in enumerate(traces):
        begin = 0.0
        for doing, share in shares(trace).items():
            width = share * trace.seconds
            ax.barh(row, width, 0.68, begin, color=DOING[doing], linewidth=0)
            if width > LEGIBLE * longest:
                tone = "white" if doing in ("decoding", "copying", "working") else "#222222"
                ax.text(begin + width / 2, row, f"{share:.0%}", color=tone, fontsize=8, ha="center", va="center")
            begin += width
        ax.text(trace.seconds + 0.015 * longest, row, f"{trace.seconds:.2f} s", va="center", fontsize=9)
    for doing in DOING:
        if any(doing in shares(trace) for trace in traces):
            ax.barh(0, 0, color=DOING[doing], label=doing)
    rows(ax, [trace.setting for trace in traces])
    ax.set_xlim(0, longest * 1.12)
    ax.set_xlabel("seconds of one traced run; the shares are means over its workers", color=MUTED, fontsize=9)
    ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.01, 0.5))
    footnotes(ax, results, fps)
    return ax


def shares(trace: "Trace") -> dict[str, float]:
    """The share of the workers' time that went into each thing; all that are not 0, and together 1.

    There are as many workers as were seen, but no more than were asked for: a calling thread that hands out work and
    collects results beside them takes turns with them.
    """
    workers = max(1, min(len({span.worker for span in trace.spans}), trace.workers))
    spent = {
        doing: sum(span.end - span.begin for span in trace.spans if span.doing == doing) for doing in get_args(Doing)
    }
    whole = max(workers * trace.seconds, sum(spent.values()))
    spent[WAITING] = whole - sum(spent.values())
    return {doing: seconds / whole for doing, seconds in spent.items() if seconds > 0}


def traces_of(results: "Results", fps: float) -> "list[Trace]":
    return [trace for trace in results.traces if trace.fps == fps and trace.seconds > 0]


def no_breakdown(results: "Results", fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    return "" if traces_of(results, fps) else not_measured(results, fps, "timeline was recorded", "trace", "Timeline")
