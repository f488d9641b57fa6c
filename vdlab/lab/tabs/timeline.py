"""What each worker did when, in one setting."""

from typing import Any

import ipywidgets as widgets

from vdlab import charts
from vdlab.benchmark.idle import most_telling, trace_in_words, traces_at
from vdlab.benchmark.results import Trace
from vdlab.charts.timeline import no_timeline
from vdlab.lab.markup import block, text
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, empty


def timeline() -> Tab:
    """A choice of setting, the fastest first, and its timeline."""
    choice = widgets.Dropdown(description="Setting", layout={"max_width": "340px", "display": "none"})
    sheet = block(empty("Press Run: after the timed runs, every setting is run once more and recorded."), "page")
    views: dict[str, View] = {}

    def show(change: dict[str, Any] | None = None) -> None:
        if choice.value is not None:
            sheet.value = render(views["last"], choice.value)

    def draw(view: View) -> None:
        views["last"] = view
        traces = traces_at(view.results, view.fps)
        choice.layout.display = None if traces else "none"
        if not traces:
            sheet.value = empty(text(f"{no_timeline(view.results, view.fps)}."))
            return
        before = choice.value.setting if choice.value else most_telling(view.results, view.fps).setting
        choice.options = [(str(trace.setting), trace) for trace in traces]
        choice.value = next((trace for trace in traces if trace.setting == before), traces[0])
        show()

    choice.observe(show, "value")
    return Tab("Timeline", widgets.VBox([choice, sheet]), draw)


def render(view: View, trace: Trace) -> str:
    """The page: what the timeline tells, and the timeline."""
    drawn = themed(charts.timeline(view.results, trace.setting, words=False))
    return f'<ul class="vdlab-says"><li>{text(trace_in_words(trace))}.</li></ul>{drawn}'
