"""What the time of a run goes into: starting, seeking, decoding, copying, waiting."""

from typing import Any, get_args

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, WAITING, doing_legend, ink, legend_beside, look_of, row_heights, rows
from vdlab.charts.chart import describe, not_measured, single
from vdlab.results.records import Results, Trace
from vdlab.tracing.spans import Doing

LEGIBLE = 0.06  # of the longest bar: in anything narrower there is no room for a number


def traces_of(results: Results, fps: float) -> list[Trace]:
    """The traces at a sampling rate that took any time."""
    return [trace for trace in results.traces if trace.setting.fps == fps and trace.seconds > 0]


def no_breakdown(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    found = traces_of(results, fps)
    if not found:
        return not_measured(results, fps, "timeline was recorded", "trace", "Timeline")
    return single(found, breakdown_in_words)


def breakdown_in_words(trace: Trace) -> str:
    """What a bar of the chart shows."""
    spent = ", ".join(f"{fraction:.0%} {doing}" for doing, fraction in fractions(trace).items())
    return f"{trace.setting}: of {trace.seconds:.2f} s its workers spent {spent}"


@describe(
    "Breakdown",
    "What do workers spend their time on?",
    shows="what the workers of every setting spend their time on",
    caption="From one traced run of each setting. Waiting is for other workers, or for the last of them to end.",
    lacking=no_breakdown,
    of="video",
    size=lambda results, fps: (8.0, 2.1 + row_heights(len(traces_of(results, fps)))),
)
def breakdown(ax: Axes, results: Results, fps: float) -> None:
    """Bars as long as the traced run of each setting, divided as the time of its workers is, on average.

    Waiting is the time in which a worker did nothing that was seen: for others, for its next task, or because it was
    done before them. Where only the strategy's own thread is seen, as with FFmpeg's threads, it is taken for one
    worker.
    """
    traces = traces_of(results, fps)
    longest = max(trace.seconds for trace in traces)
    for row, trace in enumerate(traces):
        begin = 0.0
        for doing, fraction in fractions(trace).items():
            width = fraction * trace.seconds
            style = look_of(doing, trace.setting.strategy)
            ax.barh(row, width, 0.68, begin, **style)
            if width > LEGIBLE * longest:
                back = "white" if "hatch" in style else style["facecolor"]
                look: dict[str, Any] = {"color": ink(back), "bbox": {"facecolor": back, "linewidth": 0, "pad": 1.2}}
                ax.text(begin + width / 2, row, f"{fraction:.0%}", fontsize=8, ha="center", va="center", **look)
            begin += width
        ax.text(trace.seconds + 0.015 * longest, row, f"{trace.seconds:.2f} s", va="center", fontsize=9)
    rows(ax, [trace.setting for trace in traces])
    ax.set_xlim(0, longest * 1.12)
    ax.set_xlabel("seconds of one traced run; percentages are means over its workers", color=MUTED, fontsize=9)
    done = {doing for trace in traces for doing in fractions(trace)}
    legend_beside(ax, **doing_legend([trace.setting.strategy for trace in traces], done))


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
