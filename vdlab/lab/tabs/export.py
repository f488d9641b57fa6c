"""Take it away: the report, the results as JSON, the runs as CSV, the charts as PNG."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from matplotlib.axes import Axes

from vdlab import charts, report
from vdlab.benchmark.numbers import size
from vdlab.benchmark.results import SCHEMA, Results
from vdlab.benchmark.verdict import fastest
from vdlab.charts.gop_map import no_gop_map
from vdlab.lab.markup import text
from vdlab.lab.tabs.tab import Tab, View, page


def export() -> Tab:
    """Links that download; nothing is written on the machine that runs the kernel."""
    return page("Export", render)


def render(view: View) -> str:
    """The page."""
    stem = Path(view.results.video["path"]).stem
    links = "".join(
        link(f"{stem}-{name}", content, kind, about) for name, content, kind, about in files(view.results, view.fps)
    )
    how = 'From a cell: <code>lab.results.save("run.json")</code>, <code>lab.results.save_csv("run.csv")</code>.'
    return f'<div class="vdlab-links">{links}</div><p class="vdlab-note">{how}</p>'


def files(results: Results, fps: float) -> list[tuple[str, bytes, str, str]]:
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
        found = [
            ("report.html", report.html(results).encode(), "text/html", "one page for everybody, charts inside"),
            ("report.md", report.markdown(results).encode(), "text/markdown", "for an issue or a pull request"),
            ("decode.py", report.code(results, fps).encode(), "text/x-python", "the fastest way, as a script"),
            *found,
        ]
    if any(trace.fps == fps for trace in results.traces):
        drawn.append(("timelines.png", lambda: charts.timelines(results, fps=fps), "what each worker did"))
    if not no_gop_map(results, fps):
        drawn.append(("gop_map.png", lambda: charts.gop_map(results, fps=fps), "which frames must be decoded"))
    if len(results.settings["fps"]) > 1 or results.work:
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
