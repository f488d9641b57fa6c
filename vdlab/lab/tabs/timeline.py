"""What each worker did when, in one setting."""

from vdlab import charts
from vdlab.benchmark.idle import most_telling, trace_in_words, traces_at
from vdlab.benchmark.results import Setting
from vdlab.charts.timeline import no_timeline
from vdlab.lab.markup import text
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, choosing


def timeline() -> Tab:
    """A choice of setting, the fastest first, and its timeline."""
    return choosing(
        "Timeline",
        "Setting",
        "Press Run: after the timed runs, every setting is run once more and recorded.",
        offer,
        lambda view: f"{no_timeline(view.results, view.fps)}.",
        render,
    )


def offer(view: View) -> tuple[list[Setting], Setting | None]:
    """The settings that were traced, and the one to look at first."""
    first = most_telling(view.results, view.fps)
    return [trace.setting for trace in traces_at(view.results, view.fps)], first and first.setting


def render(view: View, setting: Setting) -> str:
    """The page: what the timeline tells, and the timeline."""
    trace = next(trace for trace in view.results.traces if trace.setting == setting)
    drawn = themed(charts.timeline(view.results, setting, words=False))
    return f'<ul class="vdlab-says"><li>{text(trace_in_words(trace))}.</li></ul>{drawn}'
