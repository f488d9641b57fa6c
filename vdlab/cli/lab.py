"""`vdlab lab`: JupyterLab on the project's notebooks, run by the project's own Python."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

import vdlab
from vdlab.errors import MachineError

FIRST_NOTEBOOK = Path("notebooks/01_parallel_decoding.ipynb")


def lab(
    browser: Annotated[bool, typer.Option(help="Open JupyterLab in a browser.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port to serve it on.")] = None,
) -> None:
    """Open the notebooks in JupyterLab, on this machine only."""
    project = Path(vdlab.__file__).resolve().parents[1]
    if not (project / FIRST_NOTEBOOK).is_file():
        raise MachineError(
            f"there is no {FIRST_NOTEBOOK} in {project}: this vdlab was installed without its notebooks; "
            "run this in a clone of the project: make lab"
        )
    # In place of this process: Ctrl-C and the terminal then are JupyterLab's alone.
    sys.stdout.flush()
    os.execve(sys.executable, command(project, browser, port), environment(os.environ))


def command(project: Path, browser: bool, port: int | None) -> list[str]:
    """How JupyterLab is started. Its token stays on, made anew by Jupyter for each launch."""
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={project}",
        # Not the notebook as an argument: the address that Jupyter prints would not lead to it.
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK.as_posix()}",
        "--LabApp.news_url=None",  # no "Jupyter news" question, for this launch only
    ]
    if not browser:
        options.append("--no-browser")
    if port is not None:
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # containers run as root, and Jupyter would refuse
    return [sys.executable, "-m", "jupyterlab", *options]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, with this Python's own kernels put first: no other `python3` kernel then hides them."""
    own = str(Path(sys.prefix) / "share" / "jupyter")
    others = variables.get("JUPYTER_PATH")
    return {**variables, "JUPYTER_PATH": os.pathsep.join([own, others] if others else [own])}
