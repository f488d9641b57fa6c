"""`vdlab doctor`: what this machine has, whether it works, and what mends it."""

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from vdlab.doctor import Check, examine


def doctor() -> None:
    """Show the versions, CPUs, memory, GPU and FFmpeg that VDLab finds, and what mends anything broken."""
    checks = examine()
    if sys.stdout.isatty():
        Console().print(_table(checks))
    else:
        # In a pipe each fact stays whole on its line, for grep and for bug reports.
        for check in checks:
            print(f"{_verdict(check):<8}{check.name:<14}{check.value}")
    broken = [check for check in checks if not check.ok]
    for remedy in dict.fromkeys(check.remedy for check in broken):
        names = ", ".join(check.name for check in broken if check.remedy == remedy)
        print(f"\nTo mend {names}, run:\n  {remedy}")
    if broken:
        raise SystemExit(1)


def _table(checks: list[Check]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        verdict = Text(_verdict(check), "green" if check.ok else "bold red")
        table.add_row(verdict, Text(check.name), Text(check.value))
    return table


def _verdict(check: Check) -> str:
    return "ok" if check.ok else "BROKEN"
