"""Two runs side by side, as HTML, Markdown or a picture."""

import os
from collections.abc import Iterator
from pathlib import Path

from vdlab import charts
from vdlab.errors import SettingsError
from vdlab.report.facts import video_facts
from vdlab.report.html import Picture, page
from vdlab.report.markdown import grid, plain
from vdlab.report.picture import inline, measured_rates
from vdlab.report.write import save_text
from vdlab.results.compare import Compared
from vdlab.results.wording import interval


def write_comparison(compared: Compared, path: str | os.PathLike[str]) -> Path:
    """Write the comparison to `path`, in the format that its suffix names.

    Raises:
        SettingsError: there is no format for the suffix.
        VDLabError: it cannot be written there.
    """
    match Path(path).suffix.lower():
        case ".html":
            return save_text(path, comparison_html(compared))
        case ".md":
            return save_text(path, comparison_markdown(compared))
        case ".png" | ".svg":
            return charts.save(charts.compare(compared.results), path)
        case suffix:
            raise SettingsError(
                f"{path}: no format for {suffix or 'a name without suffix'}; use .html, .md, .png, .svg"
            )


def comparison_html(compared: Compared) -> str:
    """The comparison as a page that needs nothing else."""
    return page(
        "comparison.html.jinja",
        compared=compared,
        name=Path(compared.results[0].video["path"]).name,
        video=video_facts(compared.results[0]),
        pictures=list(pictures(compared)),
    )


def pictures(compared: Compared) -> Iterator[Picture]:
    for fps in measured_rates(compared.results[0]):
        yield Picture(
            inline(lambda fps=fps: charts.compare(compared.results, fps=fps)),
            f"Chart: seconds of every setting at {fps:g} fps in both runs; the numbers are in the table above.",
            "Each bar is a median, each dot one run. Where the dots of two bars overlap, do not read much into which "
            "bar is shorter.",
        )


def comparison_markdown(compared: Compared) -> str:
    """The comparison as GitHub-flavoured Markdown."""
    return "\n".join(lines(compared)) + "\n"


def lines(compared: Compared) -> Iterator[str]:
    one, other = compared.labels
    yield f"## {plain(one)} against {plain(other)}\n\n**{plain(compared.verdict)}**\n"
    yield from grid(
        ("setting", "fps", f"{plain(one)} [s]", f"{plain(other)} [s]", "ratio [95 %]", "verdict"),
        (
            (
                str(pair.setting),
                f"{pair.setting.fps:g}",
                f"{pair.first:.3f}",
                f"{pair.second:.3f}",
                interval(pair.ratio.value, pair.ratio.low, pair.ratio.high),
                pair.words,
            )
            for pair in compared.pairs
        ),
        right=(1, 2, 3, 4),
    )
    if compared.cautions:
        yield "\n### What weakens this\n"
        yield from (f"- {plain(caution)}" for caution in compared.cautions)
    if compared.surroundings:
        yield "\n### What else differs\n"
        yield from grid(
            ("", plain(one), plain(other)),
            ((difference.what, difference.first, difference.second) for difference in compared.surroundings),
        )
    yield "\n### The video\n"
    yield from grid(("", ""), video_facts(compared.results[0]))
