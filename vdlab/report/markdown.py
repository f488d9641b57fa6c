"""Results as Markdown, for a pull request or an issue: tables, no pictures."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vdlab.charts.laws import words_of_laws
from vdlab.charts.timeline import words_of_timelines
from vdlab.errors import VDLabError
from vdlab.report.code import code, own_code
from vdlab.report.facts import machine_facts, video_facts
from vdlab.report.picture import measured_rates
from vdlab.report.repeat import call, command, remarks
from vdlab.results.decoded import words_of_work, work_at
from vdlab.results.records import Results
from vdlab.results.verdict import verdict, words_of_frames
from vdlab.results.wording import interval, number, size, spread


def markdown(results: Results) -> str:
    """The report as GitHub-flavoured Markdown."""
    return "\n".join(lines(results)) + "\n"


def lines(results: Results) -> Iterator[str]:
    name = results.video.name
    yield f"## Decoding {plain(name)} in parallel"
    for sentence in verdict(results).splitlines():
        yield f"\n**{plain(sentence)}**"
    table = results.summary()
    for fps in results.plan.fps:
        rows = table[table["fps"] == fps]
        if rows.empty:
            continue
        frames = next(run.frames for run in results.runs if run.fps == fps)
        yield f"\n### {fps:g} fps: {frames:,} of {results.video.num_frames:,} frames\n"
        heads = ("strategy", "workers", "median ± std [s]", "speedup [95 %]", "frames/s", "CPU [s]", "peak", "frames")
        peaks = {str(peak.setting): size(peak.peak_bytes) for peak in results.peaks if peak.fps == fps}
        yield from grid(
            heads,
            (
                (
                    row.strategy,
                    f"{row.workers}x{row.ffmpeg_threads}" if row.ffmpeg_threads > 1 else f"{row.workers}",
                    spread(row.median, row.std),
                    interval(row.speedup, row.speedup_low, row.speedup_high),
                    number(row.frames_per_second, ",.0f"),
                    number(row.cpu_seconds, ".2f"),
                    peaks.get(row.setting, "-"),
                    row.verdict,
                )
                for row in rows.itertuples()
            ),
            right=(1, 2, 3, 4, 5, 6),
        )
        yield ""
        for row in rows.itertuples():
            yield from (f"- {plain(f'{row.setting}: {said}')}" for said in (row.detail, row.notes) if said)
        yield from (f"- {plain(said.sentence)}" for said in words_of_frames(results, fps))
        if fps in measured_rates(results):
            yield f"- {plain('. '.join(words_of_laws(results, fps)))}"
            yield from (f"- {plain(sentence)}" for sentence in words_of_timelines(results, fps))
            if work_at(results, fps):
                yield f"- {plain('. '.join(words_of_work(results, fps)))}"
    if results.cautions or results.finished is None:
        yield "\n### What weakens these numbers\n"
        if results.finished is None:
            yield "- the sweep was cut short: this is what there was until then"
        yield from (f"- {plain(caution.message)}" for caution in results.cautions)
    yield "\n### Measured on\n"
    facts = [*video_facts(results), *machine_facts(results), ("Measured", results.started)]
    yield from grid(("", ""), facts)
    yield "\n### To repeat it\n"
    yield fenced(command(results), "sh")
    said = remarks(results)
    if said:
        yield f"\n{plain('. '.join(remark[0].upper() + remark[1:] for remark in said))}:\n"
        yield fenced(call(results), "python")
    try:
        script = code(results, video=name)
    except VDLabError:
        script = ""
    for heading, program in (
        ("The fastest strategy, which is not part of VDLab", own_code(results, name)),
        ("The verdict as code", script),
    ):
        if program:
            yield f"\n<details><summary>{heading}</summary>\n"
            yield fenced(program.rstrip(), "python")
            yield "\n</details>"


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """A table; the columns numbered in `right` are set flush right."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---:' if number in right else '---' for number in range(len(heads)))}|"
    for row in rows:
        yield f"| {' | '.join(map(plain, row))} |"


def plain(text: str) -> str:
    """The text on one line, with every character that Markdown or HTML would act on made harmless."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]#|~!@])", r"\\\1", line)


def fenced(text: str, language: str) -> str:
    """A block of code, in a fence longer than any inside it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
