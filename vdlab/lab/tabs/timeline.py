"""What each worker did when, in one setting."""

from vdlab import charts
from vdlab.charts.timeline import no_timeline
from vdlab.lab.markup import text
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, choosing
from vdlab.results.records import Setting
from vdlab.results.waiting import most_telling, trace_in_words, trace_of, traces_at


def timeline() -> Tab:
    """A choice of setting, the fastest first, and its timeline."""
    return choosing(
        "Timeline",
        "Setting",
        "Press Run: after the timed runs, every setting is run once more and recorded.",
        lambda view: [trace.setting for trace in traces_at(view.results, view.fps)],
        lambda view: most_telling(view.results, view.fps).setting,
        lambda view: f"{no_timeline(view.results, view.fps)}.",
        render,
    )


def render(view: View, setting: Setting) -> str:
    """The page: what the timeline tells, and the timeline."""
    told = trace_in_words(trace_of(view.results, setting))
    drawn = themed(charts.timeline(view.results, setting, words=False))
    return f'<ul class="vdlab-says"><li>{text(told)}.</li></ul>{drawn}'
