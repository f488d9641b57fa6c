"""Results as Markdown, for a pull request or an issue: tables, no pictures."""

import re
from collections.abc import Iterable, Iterator, Sequence

from vdlab.errors import harmless
from vdlab.report.code import own_code, script_of
from vdlab.report.facts import Section, machine_facts, sections, video_facts
from vdlab.report.repeat import call, command, remarks
from vdlab.results.compare import Compared
from vdlab.results.records import Results
from vdlab.results.verdict import verdict, words_of_cautions


def markdown(results: Results) -> str:
    """The report as GitHub-flavoured Markdown."""
    return harmless("\n".join(lines(results))) + "\n"


def lines(results: Results) -> Iterator[str]:
    """The report, block by block."""
    yield f"## Decoding {plain(results.video.name)} in parallel"
    for sentence in verdict(results).splitlines():
        yield f"\n**{plain(sentence)}**"
    for section in sections(results):
        yield from section_lines(section)
    if results.cautions or results.finished is None:
        yield "\n### What weakens these numbers\n"
        if results.finished is None:
            yield "- the sweep was cut short: this is what there was until then"
        yield from (f"- {plain(one.sentence)}" for one in words_of_cautions(results.cautions, "command"))
    yield "\n### Measured on\n"
    yield from grid(("", ""), [*video_facts(results), *machine_facts(results), ("Measured", results.started)])
    yield "\n### To repeat it\n"
    yield fenced(command(results), "sh")
    said = remarks(results)
    if said:
        yield f"\n{plain('. '.join(remark[0].upper() + remark[1:] for remark in said))}:\n"
        yield fenced(call(results), "python")
    yield from program_lines(results)


def section_lines(section: Section) -> Iterator[str]:
    """One sampling rate: its table, and what there is to say of it."""
    yield f"\n### {section.title}\n"
    heads = list(section.rows[0].cells)
    yield from grid(heads, (list(row.cells.values()) for row in section.rows), right=range(1, len(heads) - 1))
    yield ""
    sentences = [
        *section.said_of_speed,
        *section.notes,
        *(said.sentence for said in section.said_of_frames),
        *section.words,
    ]
    yield from (f"- {plain(sentence)}" for sentence in sentences)


def program_lines(results: Results) -> Iterator[str]:
    """The verdict as code, folded away."""
    for heading, program in (
        ("The verdict, which is not part of VDLab", own_code(results, results.video.name)),
        ("The verdict as code", script_of(results)),
    ):
        if program:
            yield f"\n<details><summary>{heading}</summary>\n"
            yield fenced(program.rstrip(), "python")
            yield "\n</details>"


def comparison_markdown(compared: Compared) -> str:
    """The comparison as GitHub-flavoured Markdown."""
    return harmless("\n".join(comparison_lines(compared))) + "\n"


def comparison_lines(compared: Compared) -> Iterator[str]:
    """The comparison, block by block."""
    one, other = map(plain, compared.labels)
    yield f"## {one} against {other}\n\n**{plain(compared.verdict)}**\n"
    yield from (f"- {plain(headline)}" for headline in compared.headlines)
    yield ""
    heads = ("setting", "fps", f"{one} [s]", f"{other} [s]", "ratio [95 %]", "verdict")
    yield from grid(heads, (pair.cells for pair in compared.pairs), right=(1, 2, 3, 4))
    if compared.cautions:
        yield "\n### What weakens this\n"
        yield from (f"- {plain(caution)}" for caution in compared.cautions)
    if compared.surroundings:
        yield "\n### What else differs\n"
        differences = ((difference.what, difference.first, difference.second) for difference in compared.surroundings)
        yield from grid(("", one, other), differences)
    yield "\n### The video\n"
    yield from grid(("", ""), video_facts(compared.results[0]))


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """A table; the columns numbered in `right` are set flush right."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---:' if number in right else '---' for number in range(len(heads)))}|"
    for row in rows:
        yield f"| {' | '.join(map(plain, row))} |"


def plain(text: str) -> str:
    """The text on one line, with every character that Markdown or HTML would act on made harmless."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]#|~!@$])", r"\\\1", line)


def fenced(text: str, language: str) -> str:
    """A block of code, in a fence longer than any inside it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
