"""Tables fit the terminal: no name and no figure is cut where columns can be left out."""

import pytest
from builders import add, machine, results
from rich.console import Console

from vdlab.cli import compare as compare_command
from vdlab.cli import terminal
from vdlab.cli.bench import SPARE, print_results
from vdlab.cli.compare import print_compared
from vdlab.results.compare import compare
from vdlab.results.records import Peak, Results

TIMES = {"sequential": [2.0, 2.1, 1.9], "keyframe-threads x16": [1.0, 1.05, 0.95], "hybrid x4x2": [1.2, 1.3, 1.1]}


@pytest.fixture
def measured() -> Results:
    found = results(TIMES)
    return add(found, *(Peak(one.setting, 1_234_000_000, 100_000_000) for one in found.measurements))


def printed(columns: int, monkeypatch: pytest.MonkeyPatch, show: object, shown: object) -> list[str]:
    screen = Console(width=columns, record=True, highlight=False)
    for module in (terminal, compare_command):
        monkeypatch.setattr(module, "console", lambda: screen)
    show(shown)
    return screen.export_text().splitlines()


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_the_table_fits_and_says_what_it_leaves_out(
    measured: Results, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = printed(columns, monkeypatch, print_results, measured)
    assert max(map(len, lines)) <= columns
    (row,) = (line for line in lines if line.startswith(" keyframe-threads "))
    assert "16" in row
    assert row.rstrip().endswith("identical")
    assert any("1.000 ± 0.050" in line and "2.00x [" in line for line in lines)
    (left_out,) = [line for line in lines if line.startswith("too narrow for")] or [""]
    assert ("1.2 GB" in row) == ("Peak memory" not in left_out)
    assert bool(left_out) == (columns < 140)
    assert all(
        heading in SPARE for heading in left_out.removeprefix("too narrow for ").split(": ")[0].split(", ") if heading
    )


@pytest.mark.parametrize("columns", [80, 100])
def test_a_comparison_fits(measured: Results, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    other = results(TIMES, machine=machine(hostname="a-machine-with-a-long-name"))
    lines = printed(columns, monkeypatch, print_compared, compare(measured, other))
    assert max(map(len, lines)) <= columns
    assert any("keyframe-threads x16" in line and "1.000" in line for line in lines)
