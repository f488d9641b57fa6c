"""`vdlab compare`: two runs side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vdlab.cli.terminal import console, fraction, print_files

if TYPE_CHECKING:
    from vdlab.results.compare import Compared

STYLES = {"faster": "green", "slower": "red", "same": "green", "unclear": "yellow"}


def compare(
    first: Annotated[Path, typer.Argument(help="The results.json of a run.")],
    second: Annotated[Path, typer.Argument(help="Of another, held against the first.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Compare them though they did different work.")] = False,
    to: Annotated[
        list[Path] | None, typer.Option(help="Also write it, by suffix: .html .md .png .svg; repeatable.")
    ] = None,
    fail_if_slower: Annotated[
        str | None,
        typer.Option(
            metavar="5%", help="Exit with 1 where a setting surely takes more than that longer in the second."
        ),
    ] = None,
) -> None:
    """Show how many times as fast the second run is, setting by setting, and what else is different."""
    from rich.text import Text

    from vdlab.report import write_comparison
    from vdlab.results.compare import compare as compare_results
    from vdlab.results.records import Results

    limit = None if fail_if_slower is None else fraction(fail_if_slower, "--fail-if-slower")
    compared = compare_results(Results.load(first), Results.load(second), anyway)
    print_compared(compared)
    print_files([write_comparison(compared, path) for path in to or []])
    if limit is not None:
        slower = compared.slower_by(limit)
        said = ", ".join(f"{pair.setting} ({pair.ratio} as fast)" for pair in slower) or "nothing"
        console().print(
            Text(f"surely slower by more than {100 * limit:g}%: {said}", style="bold red" if slower else "green")
        )
        raise typer.Exit(1 if slower else 0)


def print_compared(compared: "Compared") -> None:
    """A table of all settings, the verdict in a sentence, what each said on its own, and everything that weakens it."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    one, other = compared.labels
    out = console()
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Setting", overflow="fold", no_wrap=True)
    for heading in ("fps", f"{one}\n[s]", f"{other}\n[s]", "Ratio\n[95 %]"):
        table.add_column(Text(heading), justify="right", vertical="bottom", overflow="fold")
    table.add_column("Verdict")
    for pair in compared.pairs:
        *cells, ratio, call = pair.cells
        table.add_row(*map(Text, cells), Text(ratio, no_wrap=True), Text(call, style=STYLES[pair.call]))
    out.print(table)
    out.print(Text(compared.verdict, style="bold"))
    for headline in compared.headlines:
        out.print(Text(headline))
    for caution in compared.cautions:
        out.print(Text(f"warning: {caution}", style="yellow"))
    for difference in compared.surroundings:
        out.print(Text(str(difference), style="dim"))
