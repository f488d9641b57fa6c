"""`vdlab lab`: the lab, and the project's other notebooks, in JupyterLab run by the project's own Python."""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

import vdlab
from vdlab.errors import MachineError

SETTINGS = Path(vdlab.__file__).resolve().parent / "lab" / "jupyter"
NOTEBOOK = Path("notebooks/00_lab.ipynb")


def lab(
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port to serve it on.")] = None,
    app: Annotated[bool, typer.Option("--app", help="The lab alone, as a page of its own, by Voila.")] = False,
) -> None:
    """Open the lab in JupyterLab, the other notebooks beside it, on this machine only."""
    project = Path(vdlab.__file__).resolve().parents[1]
    if not (project / NOTEBOOK).is_file():
        raise MachineError(
            f"there is no {NOTEBOOK} in {project}: this vdlab was installed without its notebooks; "
            "run this in a clone of the project: make lab"
        )
    if app and find_spec("voila") is None:
        raise MachineError(f"Voila, which --app needs, is not installed; run: {sys.executable} -m pip install voila")
    # In place of this process: Ctrl-C and the terminal then are JupyterLab's alone.
    sys.stdout.flush()
    os.execve(sys.executable, command(project, browser, port, app), environment(os.environ))


def command(project: Path, browser: bool, port: int | None, app: bool = False) -> list[str]:
    """How JupyterLab is started. Its token stays on, made anew by Jupyter for each launch, for Voila's page too."""
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={project}",
        # Not the notebook as an argument: the address that Jupyter prints would not lead to it.
        f"--LabApp.default_url=/{'voila/render' if app else 'lab/tree'}/{NOTEBOOK.as_posix()}",
        "--LabApp.news_url=None",
    ]
    if not browser:
        options.append("--no-browser")
    if port is not None:
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # containers run as root, and Jupyter would refuse
    return [sys.executable, "-m", "jupyterlab", *options]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables for a JupyterLab of our own.

    This Python's kernels come first: no other `python3` kernel then hides them. And JupyterLab's question about
    news is answered with no; that it fetches none is not enough for it not to ask.
    """
    return {
        **variables,
        "JUPYTER_PATH": with_folder(Path(sys.prefix) / "share" / "jupyter", variables.get("JUPYTER_PATH")),
        "JUPYTER_CONFIG_PATH": with_folder(SETTINGS, variables.get("JUPYTER_CONFIG_PATH")),
    }


def with_folder(folder: Path, others: str | None) -> str:
    """A search path that begins with `folder`."""
    return os.pathsep.join([str(folder), others] if others else [str(folder)])
