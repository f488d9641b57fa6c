"""The `vdlab` command."""

import io
import re
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from vdlab import __version__
from vdlab.cli import bench, clip, compare, doctor, lab, memory, report
from vdlab.errors import VDLabError

app = typer.Typer(
    help="The fastest correct way to get these frames out of this video on this machine.",
    rich_markup_mode=None,
)
app.command()(bench.bench)
app.command()(report.report)
app.command()(compare.compare)
app.command()(memory.memory)
app.add_typer(clip.app, name="clip")
app.command()(lab.lab)
app.command()(doctor.doctor)


def print_version(wanted: bool) -> None:
    if wanted:
        print(f"vdlab {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What can be asked of `vdlab` itself, whatever the command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 when all is well, 1 when a strategy failed or differed, 2 for bad input.

    Bad input is one line on standard error, whatever it is: nobody wants to read a traceback to find a typing error.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no such letter must not stop a measurement
    try:
        code = app([as_argument(text) for text in given] or ["--help"], standalone_mode=False)
    except (typer.TyperException, VDLabError) as error:
        complain(error.format_message() if isinstance(error, typer.TyperException) else str(error))
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        complain("stopped")
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def as_argument(text: str) -> str:
    """An argument as the parser should see it: a file name that begins with a dash is not an option."""
    return f"./{text}" if re.fullmatch(r"-[^=]*\.[A-Za-z]\w*", text) else text


def complain(message: str) -> None:
    """One line on standard error."""
    from vdlab.cli.terminal import console

    line = " ".join(message.split("\n"))
    console(stderr=True).print(f"vdlab: {line}", markup=False, soft_wrap=True)
