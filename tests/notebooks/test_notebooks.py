"""Every notebook runs from top to bottom without a person, in the kernel that its readers use."""

import ast
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

import vdlab
import vdlab.teaching

pytestmark = pytest.mark.notebook

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_stored_as_written(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is, but for half of the rounds on half of the video: what they find out is not asked here."""
    own_kernels = Path(sys.prefix) / "share" / "jupyter"
    monkeypatch.setenv("JUPYTER_PATH", os.pathsep.join([str(own_kernels), os.environ.get("JUPYTER_PATH", "")]))
    assert "python3" in KernelSpecManager().find_kernel_specs()
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = re.sub(
            r"""(repeats"?[=:] ?)[346]\b""", r"\g<1>2", cell.source.replace("long_video(2)", "long_video(1)")
        )
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    words = "".join(str(output) for cell in notebook.cells for output in cell.get("outputs", []))
    assert "did not work" not in words
    assert "<Figure size" not in "".join(map(only_text, notebook.cells)), "a chart is not drawn: %matplotlib inline"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_uses_what_is_public(path: Path) -> None:
    public = {f"vdlab.{name}" for name in vdlab.__all__} | {f"vdlab.teaching.{name}" for name in vdlab.teaching.__all__}
    code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    for node in ast.walk(ast.parse(re.sub(r"^%.*$", "", code, flags=re.MULTILINE))):
        if isinstance(node, ast.Import):
            assert all(one.name == "vdlab" or not one.name.startswith("vdlab") for one in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "vdlab":
            assert {f"{node.module}.{one.name}" for one in node.names} <= public
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "vdlab":
            assert f"vdlab.{node.attr}" in public


def test_they_read_in_order_and_lead_to_one_another() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(len(NOTEBOOKS))]
    names = {path.name for path in NOTEBOOKS}
    for path in [*NOTEBOOKS, NOTEBOOKS[0].parents[1] / "README.md"]:
        mentioned = set(re.findall(r"\d\d_\w+\.ipynb", path.read_text(encoding="utf-8")))
        assert mentioned <= names, path.name
    assert mentioned == names, "README names them all"


def only_text(cell: nbformat.NotebookNode) -> str:
    """What a cell shows that has no other form than text."""
    return "".join(str(output) for output in cell.get("outputs", []) if set(output.get("data", {})) == {"text/plain"})
