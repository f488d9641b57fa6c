"""`vdlab compare`: two runs side by side."""

from pathlib import Path
from typing import Annotated

import typer

from vdlab.cli.terminal import console, print_files

STYLES = {"faster": "green", "slower": "red", "unclear": "yellow"}


def compare(
    first: Annotated[Path, typer.Argument(help="The results.json of a run.")],
    second: Annotated[Path, typer.Argument(help="Of another, held against the first.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Compare them though they did different work.")] = False,
    to: Annotated[
        list[Path] | None, typer.Option(help="Also write it, by suffix: .html .md .png .svg; repeatable.")
    ] = None,
) -> None:
    """Show how many times as fast the second run is, setting by setting, and what else is different."""
    from rich.table import Table
    from rich.text import Text

    from vdlab.report import write_comparison
    from vdlab.results.compare import compare as compare_results
    from vdlab.results.records import Results
    from vdlab.results.wording import interval

    compared = compare_results(Results.load(first), Results.load(second), anyway)
    one, other = compared.labels
    out = console()
    table = Table(header_style="bold")
    table.add_column("Setting")
    table.add_column("fps", justify="right")
    table.add_column(Text(f"{one} [s]"), justify="right")
    table.add_column(Text(f"{other} [s]"), justify="right")
    table.add_column("Ratio [95 %]", justify="right")
    table.add_column("Verdict")
    for pair in compared.pairs:
        ratio = pair.ratio
        table.add_row(
            Text(str(pair.setting)),
            f"{pair.setting.fps:g}",
            f"{pair.first:.3f}",
            f"{pair.second:.3f}",
            interval(ratio.value, ratio.low, ratio.high),
            Text(pair.words, style=STYLES[pair.change]),
        )
    out.print(table)
    out.print(Text(compared.verdict, style="bold"))
    for caution in compared.cautions:
        out.print(Text(f"warning: {caution}", style="yellow"))
    for difference in compared.surroundings:
        out.print(Text(str(difference), style="dim"))
    print_files([write_comparison(compared, path) for path in to or []])
