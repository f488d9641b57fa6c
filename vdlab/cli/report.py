"""`vdlab report`: results as a page, Markdown, a table or a picture, and the verdict as code."""

from pathlib import Path
from typing import Annotated

import typer

from vdlab.cli.terminal import print_files
from vdlab.errors import SettingsError


def report(
    run: Annotated[Path, typer.Argument(help="The results.json of a run.")],
    to: Annotated[
        list[Path] | None,
        typer.Option(help="What to write, by suffix: .html .md .csv .json .trace.json .png .svg; repeatable."),
    ] = None,
    code: Annotated[bool, typer.Option("--code", help="Print the verdict as a script.")] = False,
) -> None:
    """Turn a run into a report for others, or into the script that decodes the fastest way."""
    if not to and not code:
        raise SettingsError("say what to write, such as --to report.html, or --code")
    from vdlab import report
    from vdlab.results.records import Results

    results = Results.load(run)
    written = [report.write(results, path) for path in to or []]
    if code:
        print(report.code(results), end="")
    else:
        print_files(written)
