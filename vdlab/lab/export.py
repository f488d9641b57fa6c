"""Take it away: the report, the results as JSON, the runs as CSV, the charts as PNG; and see it first."""

import base64
import html
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import ipywidgets as widgets

from vdlab import report
from vdlab.charts.catalogue import chart, charts_of
from vdlab.lab.markup import block, empty, friendly, note, one_of, page_in_a_frame, picture, text
from vdlab.lab.tabs import Tab, View
from vdlab.results.judgement import standing
from vdlab.results.records import Results
from vdlab.results.store import as_json
from vdlab.results.tables import as_csv
from vdlab.results.wording import size

File = tuple[str, bytes, str, str]
SEEN = ("report.html", "report.md", "decode.py")
"""What can be seen in the page."""


def export() -> Tab:
    """Links that download, over what is behind them; nothing is written on the machine that runs the kernel.

    Writing a report takes longer than drawing a chart, so a finished sweep's is written in the background, and only
    once. While a sweep runs there is none, and nothing may run beside it.
    """
    links = block(empty("Press Run: what is measured can be taken away from here."), "page")
    choice = one_of(SEEN, "See", shown=False)
    seen = block(kind="seen")
    state = SimpleNamespace(shown=None, files={})

    def show(change: object = None) -> None:
        seen.value = preview(choice.value, state.files[choice.value]) if choice.value in state.files else ""

    def write(view: View, shown: tuple[Any, ...]) -> None:
        try:
            found = files(view)
            said = render(view.results, found)
        except Exception as error:
            found, said = [], empty(text(friendly(error)))
        if state.shown != shown:
            return  # there are newer results
        state.files = {name: content for name, content, _, _ in found if name in SEEN}
        choice.layout.display = None if state.files else "none"
        links.value = said
        show()

    def draw(view: View) -> None:
        whole = view.whole or view.results
        shown = (id(whole), len(whole.runs), whole.finished, view.fps, view.results.plan.frames)
        if shown == state.shown:
            return
        state.shown = shown
        if view.results.finished is None:
            write(view, shown)
            return
        links.value, seen.value, choice.layout.display = empty("Writing the report."), "", "none"
        threading.Thread(target=write, args=(view, shown), name="vdlab export", daemon=True).start()

    choice.observe(show, "value")
    return Tab("Export", widgets.VBox([links, choice, seen]), draw)


def preview(name: str, content: bytes) -> str:
    """A file as it looks: the page in a frame of its own that runs no scripts, everything else as text."""
    if name.endswith(".html"):
        return page_in_a_frame(name, content.decode())
    return f'<pre class="vdlab-text" tabindex="0">{html.escape(content.decode())}</pre>'


def render(results: Results, found: Sequence[File]) -> str:
    """The links."""
    stem = results.video.name.rpartition(".")[0] or results.video.name
    links = "".join(link(f"{stem}-{name}", content, kind, about) for name, content, kind, about in found)
    return f'<div class="vdlab-links">{links}</div>' + note(
        'From a cell: `lab.results.save("run.json")`, `lab.results.save_csv("run.csv")`'
    )


def files(view: View) -> list[File]:
    """Name, content, media type and purpose of every file; script and charts are on what is looked at."""
    results, fps, whole = view.results, view.fps, view.whole or view.results
    found = [
        ("results.json", as_json(whole), "application/json", "everything: machine, plan and every run"),
        ("results.csv", as_csv(whole).encode(), "text/csv", "one row a run"),
    ]
    if results.finished and standing(results, fps).choice is not None:
        written = [
            ("report.html", report.html(whole), "text/html", "one page for everybody, charts inside"),
            ("report.md", report.markdown(whole), "text/markdown", "for an issue or a pull request"),
            ("decode.py", report.code(results, fps), "text/x-python", "the fastest way, as a script"),
        ]
        # A file name that is no Unicode, as Linux allows, shows question marks.
        found = [(name, said.encode(errors="replace"), kind, about) for name, said, kind, about in written] + found
    if any(trace.spans for trace in results.traces):
        about = "every timeline, for ui.perfetto.dev or chrome://tracing"
        found.append(("timelines.trace.json", report.chrome_trace(results).encode(), "application/json", about))
        svg = picture(chart("timelines").draw(results, fps=fps), "svg")
        found.append(("timelines.svg", svg, "image/svg+xml", "the timelines, to be enlarged"))
    if not results.rates:
        return found
    drawn = [one for one in charts_of(results) if not one.lacking(results, fps)]
    return found + [
        (f"{one.name}.png", picture(one.draw(results, fps=fps), "png"), "image/png", one.title) for one in drawn
    ]


def link(name: str, content: bytes, kind: str, about: str) -> str:
    """A link that downloads `content` as a file of that name."""
    weight = f"{len(content) / 1e3:,.0f} kB" if len(content) < 1e6 else size(len(content))
    uri = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return (
        f'<a class="vdlab-download" download="{text(name)}" href="{uri}"><b>{text(name)}</b>'
        f"<span>{text(about)}, {weight}</span></a>"
    )
