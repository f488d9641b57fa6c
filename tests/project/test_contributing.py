"""CONTRIBUTING.md is true: what its diffs add works, and what they change is there."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import builders
import pytest
import torch

import vdlab
from vdlab.benchmark import cautions
from vdlab.benchmark.cautions import Rule, Seen
from vdlab.charts.chart import DESCRIBED
from vdlab.report import write
from vdlab.results.records import Results
from vdlab.video import Video

ROOT = Path(__file__).parents[2]
SECTIONS = re.findall(r"^## An? (\w+)\n.*?```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.M | re.S)
DIFFS = dict(SECTIONS)


def added(diff: str) -> str:
    """The lines that the first file of a diff gains, less the headers."""
    first = re.split(r"^--- ", diff.removeprefix("--- "), flags=re.M)[0]
    return "".join(f"{line[1:]}\n" for line in first.splitlines() if line[:1] == "+" and line[:3] != "+++")


def run(source: str, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the source defines, in a module of its own."""
    module = ModuleType("contributed")
    monkeypatch.setitem(sys.modules, "contributed", module)
    module.__dict__.update({**names, "__name__": "contributed"})
    exec("from __future__ import annotations\n" + source, module.__dict__)
    return module.__dict__


def test_there_is_a_diff_for_each_of_them() -> None:
    assert set(DIFFS) == {"strategy", "chart", "exporter", "caution"}


@pytest.mark.parametrize("diff", DIFFS.values(), ids=DIFFS.keys())
def test_what_is_changed_is_there(diff: str) -> None:
    file = None
    for line in diff.splitlines():
        if line.startswith("--- a/"):
            file = ROOT / line.removeprefix("--- a/")
        elif line[:1] in ("-", " "):
            assert file and line[1:] in file.read_text().splitlines()


def test_the_strategy_decodes(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    run(added(DIFFS["strategy"]), {}, monkeypatch)
    frames = [vdlab.decode(video, fps=5, strategy=name) for name in ("sequential", "backwards")]
    assert torch.equal(frames[0].data, frames[1].data)


def test_the_chart_is_drawn(measured: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    ax = run(added(DIFFS["chart"]), {}, monkeypatch)["rounds"](measured)
    assert len(ax.get_lines()) == 3
    assert ax.get_title(loc="left") == DESCRIBED.pop("rounds").question


def test_the_exporter_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    function = added(DIFFS["exporter"]).split('    ".parquet')[0]
    assert callable(run(function, vars(write), monkeypatch)["save_parquet"])


def test_the_caution_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    function, rule = added(DIFFS["caution"]).split("    Rule(", 1)
    found = run(f"{function}rule = Rule({rule.rstrip().rstrip(',')}", vars(cautions), monkeypatch)
    once = builders.results({"sequential": [1.0]}, plan=builders.plan(repeats=1))
    assert isinstance(found["rule"], Rule)
    monkeypatch.setattr(cautions, "RULES", (found["rule"],))
    (caution,) = cautions.found(Seen(once))
    assert caution.message.endswith("raise --repeats to 3 or more")
