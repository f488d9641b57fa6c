"""Take it away: the report, the results as JSON, the runs as CSV, the charts as PNG; and see it first."""

import base64
import html
import io
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import ipywidgets as widgets
from matplotlib.axes import Axes

from vdlab import charts, report
from vdlab.charts.gop_map import no_gop_map
from vdlab.lab.markup import block, text
from vdlab.lab.tabs.tab import Tab, View, empty
from vdlab.lab.telling import friendly
from vdlab.results.records import SCHEMA, Results
from vdlab.results.verdict import fastest
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
    choice = widgets.ToggleButtons(options=SEEN, style={"button_width": "auto"}, layout={"display": "none"})
    choice.add_class("vdlab-segments")
    seen = block(kind="seen")
    state = SimpleNamespace(shown=None, files={})

    def show(change: object = None) -> None:
        seen.value = preview(choice.value, state.files[choice.value]) if choice.value in state.files else ""

    def write(view: View, shown: tuple) -> None:
        try:
            found = files(view.results, view.fps)
            said = render(view.results, found)
        except Exception as error:
            found, said = [], empty(text(friendly(error)))
        if state.shown != shown:
            return  # there are newer results
        state.files = {name: content for name, content, _, _ in found if name in SEEN}
        choice.layout.display = "flex" if state.files else "none"
        links.value = said
        show()

    def draw(view: View) -> None:
        shown = (id(view.results), len(view.results.runs), view.results.finished, view.fps)
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
    written = html.escape(content.decode())
    if name.endswith(".html"):
        return f'<iframe class="vdlab-report" sandbox="" title="{text(name)}" srcdoc="{written}"></iframe>'
    return f'<pre class="vdlab-text">{written}</pre>'


def render(results: Results, found: Sequence[File]) -> str:
    """The links."""
    stem = Path(results.video.path).stem
    links = "".join(link(f"{stem}-{name}", content, kind, about) for name, content, kind, about in found)
    how = 'From a cell: <code>lab.results.save("run.json")</code>, <code>lab.results.save_csv("run.csv")</code>.'
    return f'<div class="vdlab-links">{links}</div><p class="vdlab-note">{how}</p>'


def files(results: Results, fps: float) -> list[File]:
    """Name, content, media type and purpose of every file."""
    content = json.dumps({"schema": SCHEMA, **asdict(results)}, indent=1).encode()
    table = results.frame.to_csv(index=False).encode()
    found = [
        ("results.json", content, "application/json", "everything: machine, settings and every run"),
        ("results.csv", table, "text/csv", "one row a run"),
    ]
    if not any(run.phase == "timed" for run in results.runs):
        return found
    drawn: list[tuple[str, Callable[[], Axes], str]] = [
        ("time.png", lambda: charts.time(results, fps=fps), "time by strategy"),
        ("speedup.png", lambda: charts.speedup(results, fps=fps), "speedup against workers"),
    ]
    if results.finished and fastest(results, fps) is not None:
        written = [
            ("report.html", report.html(results), "text/html", "one page for everybody, charts inside"),
            ("report.md", report.markdown(results), "text/markdown", "for an issue or a pull request"),
            ("decode.py", report.code(results, fps), "text/x-python", "the fastest way, as a script"),
        ]
        # A file name that is no Unicode, as Linux allows, shows question marks.
        found = [(name, said.encode(errors="replace"), kind, about) for name, said, kind, about in written] + found
    if any(trace.fps == fps for trace in results.traces):
        drawn.append(("timelines.png", lambda: charts.timelines(results, fps=fps), "what each worker did"))
    if not no_gop_map(results, fps):
        drawn.append(("gop_map.png", lambda: charts.gop_map(results, fps=fps), "which frames must be decoded"))
    if len(results.plan.fps) > 1 or results.work:
        drawn.append(("sampling.png", lambda: charts.sampling(results), "time against the sampling rate"))
    return found + [(name, png(draw()), "image/png", about) for name, draw, about in drawn]


def png(ax: Axes) -> bytes:
    """The chart's figure as a PNG file."""
    buffer = io.BytesIO()
    ax.figure.savefig(buffer, format="png")
    return buffer.getvalue()


def link(name: str, content: bytes, kind: str, about: str) -> str:
    """A link that downloads `content` as a file of that name."""
    weight = f"{len(content) / 1e3:,.0f} kB" if len(content) < 1e6 else size(len(content))
    uri = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return (
        f'<a class="vdlab-download" download="{text(name)}" href="{uri}"><b>{text(name)}</b>'
        f"<span>{text(about)}, {weight}</span></a>"
    )
