"""Results as one HTML file: no network, pictures inside, for a screen, a telephone, paper, in light and dark."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from vdlab.benchmark.numbers import interval, number, spread
from vdlab.benchmark.results import Results, Truth
from vdlab.benchmark.verdict import fastest, verdict
from vdlab.errors import VDLabError
from vdlab.report.code import code, own_code
from vdlab.report.facts import machine_facts, video_facts
from vdlab.report.picture import CHARTS, inline, measured_rates
from vdlab.report.repeat import call, command, remarks


@dataclass(frozen=True)
class Picture:
    """A chart of the page: an address for `src`, what it shows in words, and how to read it."""

    address: str
    shows: str
    caption: str


@dataclass(frozen=True)
class Section:
    """What the page says of one sampling rate; `matrix` maps a strategy and a worker count to its verdict."""

    fps: float
    frames: int
    rows: list[Any]
    best: Any
    baseline: Any
    rounds: str
    columns: list[str]
    matrix: dict[str, dict[str, str]]
    truths: list[Truth]
    pictures: list[Picture]


def html(results: Results) -> str:
    """The report as a page that needs nothing else. The same results give the same page, byte for byte."""
    name = Path(results.video["path"]).name
    try:
        script = code(results, video=name)
    except VDLabError:
        script = ""
    return page(
        "report.html.jinja",
        results=results,
        name=name,
        verdicts=verdict(results).splitlines(),
        sections=list(sections(results)),
        warnings=results.warnings,
        video=video_facts(results),
        machine=machine_facts(results),
        command=command(results),
        call=call(results),
        remarks=remarks(results),
        script=script,
        foreign=own_code(results, name),
    )


def page(template: str, **content: Any) -> str:
    """A template of this folder, filled in; whatever comes from outside is escaped."""
    environment = Environment(
        loader=PackageLoader("vdlab.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number)
    environment.globals.update(interval=interval, spread=spread)
    return environment.get_template(template).render(**content)


def sections(results: Results) -> Iterator[Section]:
    """One a sampling rate, in the order of the settings."""
    table = results.summary()
    for fps in results.settings["fps"]:
        rows = list(table[table["fps"] == fps].itertuples())
        if not rows:
            continue
        best = fastest(results, fps)
        yield Section(
            fps=fps,
            frames=next(run.frames for run in results.runs if run.fps == fps),
            rows=rows,
            best=None if best is None else next(row for row in rows if row.Index == best.name),
            baseline=next((row for row in rows if row.strategy == "sequential" and row.runs), None),
            rounds=rounds(rows),
            columns=list(dict.fromkeys(workers(row) for row in sorted(rows, key=lambda row: row[2:5]))),
            matrix={
                row.strategy: {workers(other): other.verdict for other in rows if other.strategy == row.strategy}
                for row in rows
            },
            truths=[truth for truth in results.truths if truth.fps == fps],
            pictures=list(pictures(results, fps)),
        )


def rounds(rows: list[Any]) -> str:
    """In how many rounds settings were timed: one that failed has fewer, and with `repeats="auto"` nobody said."""
    counts = sorted({row.runs for row in rows if row.runs}) or [0]
    return f"{counts[0]} to {counts[-1]} rounds" if len(counts) > 1 else f"{counts[0]} round{'s' * (counts[0] != 1)}"


def workers(row: Any) -> str:
    """The number of workers, and that of FFmpeg threads in each where there is more than one."""
    return f"{row.workers}x{row.ffmpeg_threads}" if row.ffmpeg_threads > 1 else f"{row.workers}"


def pictures(results: Results, fps: float) -> Iterator[Picture]:
    if fps not in measured_rates(results):
        return
    for draw, caption in CHARTS.items():
        shows = f"Chart: {draw.__name__} of every setting at {fps:g} fps; the numbers are in the table above."
        yield Picture(inline(lambda draw=draw: draw(results, fps=fps)), shows, caption)
