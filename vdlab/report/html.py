"""Results as one HTML file: no network, pictures inside, for a screen, a telephone, paper, in light and dark."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from vdlab.errors import VDLabError
from vdlab.report.code import code, own_code
from vdlab.report.facts import machine_facts, video_facts
from vdlab.report.picture import CHARTS, inline, measured_rates
from vdlab.report.repeat import call, command, remarks
from vdlab.results.records import Results
from vdlab.results.verdict import Said, fastest, verdict, words_of_frames
from vdlab.results.wording import interval, number, size, spread


@dataclass(frozen=True)
class Picture:
    """A chart of the page: an address for `src`, what it shows in words, how to read it, and what it says."""

    address: str
    shows: str
    caption: str
    says: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """What the page says of one sampling rate.

    `matrix` maps a strategy and a worker count to its verdict, `peaks` a setting to its memory; `left_out` are the
    reasons for which charts are not there.
    """

    fps: float
    frames: int
    rows: list[Any]
    best: Any
    baseline: Any
    rounds: str
    columns: list[str]
    matrix: dict[str, dict[str, str]]
    said_of_frames: list[Said]
    peaks: dict[str, str]
    pictures: list[Picture]
    left_out: list[str]


def html(results: Results) -> str:
    """The report as a page that needs nothing else. The same results give the same page, byte for byte."""
    name = results.video.name
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
        warnings=results.cautions,
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
    for fps in results.plan.fps:
        rows = list(table[table["fps"] == fps].itertuples())
        if not rows:
            continue
        best = fastest(results, fps)
        drawn, left_out = pictures(results, fps)
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
            said_of_frames=words_of_frames(results, fps),
            peaks={str(peak.setting): size(peak.peak_bytes) for peak in results.peaks if peak.fps == fps},
            pictures=drawn,
            left_out=left_out,
        )


def rounds(rows: list[Any]) -> str:
    """In how many rounds settings were timed: one that failed has fewer, and with `repeats="auto"` nobody said."""
    counts = sorted({row.runs for row in rows if row.runs}) or [0]
    return f"{counts[0]} to {counts[-1]} rounds" if len(counts) > 1 else f"{counts[0]} round{'s' * (counts[0] != 1)}"


def workers(row: Any) -> str:
    """The number of workers, and that of FFmpeg threads in each where there is more than one."""
    return f"{row.workers}x{row.ffmpeg_threads}" if row.ffmpeg_threads > 1 else f"{row.workers}"


def pictures(results: Results, fps: float) -> tuple[list[Picture], list[str]]:
    """Every chart that has something to say at this rate, and why the others are not there, each reason once.

    A page with every chart at every rate would be long, and take long to write: most are drawn once.
    """
    found, reasons = [], []
    rates = measured_rates(results)
    for chart in CHARTS if fps in rates else ():
        if fps != rates[0] and not chart.again:
            reasons.append(f"the other charts are drawn at {rates[0]:g} fps only")
        elif reason := chart.lacking(results, fps):
            reasons.append(reason)
        else:
            draw = partial(chart.draw, words=False) if chart.says else chart.draw
            says = chart.says(results, fps) if chart.says else []
            address = inline(lambda draw=draw: draw(results, fps=fps))
            found.append(Picture(address, f"Chart at {fps:g} fps: {chart.shows}.", chart.caption, says))
    return found, list(dict.fromkeys(reasons))
