"""A real JupyterLab on a free port, and a real Chromium that looks at it."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from vdlab.cli import lab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "for-this-test-only"
PROJECT = Path(__file__).parents[2]

expect.set_options(timeout=60_000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the notebooks, which JupyterLab serves."""
    return Path(shutil.copytree(PROJECT / "notebooks", tmp_path_factory.mktemp("project") / "notebooks"))


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    """A JupyterLab started as `vdlab lab` starts it."""
    folder, port = project.parent, free_port()
    # Settings of whoever runs the tests, and workspaces of earlier runs, must not show through.
    own = {name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR")}
    own |= {"JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    own |= {"VDLAB_RESULTS": str(folder / "results")}
    python_path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    environment = lab.environment({**os.environ, **own, "PYTHONPATH": python_path})
    command = [*lab.command(folder, browser=False, port=port), f"--IdentityProvider.token={TOKEN}"]
    with (folder / "jupyter.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_until_served(port, server, folder / "jupyter.log")
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/{{}}?token={TOKEN}&reset"
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()  # one that has shut down all it had can wait for a thread of its own for ever


def wait_until_served(port: int, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, gone when its module is: later tests watch the memory of all processes below this one."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; on Debian and Ubuntu run: sudo apt install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 1400})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()
