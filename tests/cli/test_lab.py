"""`vdlab lab`: a real JupyterLab, with its token, without the news question, with this Python's kernel."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import vdlab
from vdlab.cli import lab


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_served(address: str) -> None:
    """Jupyter prints its address a moment before it answers there."""
    parts = urllib.parse.urlsplit(address)
    for _ in range(150):
        try:
            socket.create_connection((parts.hostname, parts.port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing answers at {address}")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address, with its token, that a lab printed; another `python3` kernel stood in its way."""
    other = tmp_path_factory.mktemp("jupyter")
    kernel = other / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": ["false"], "display_name": "Another", "language": "python"})
    )
    code = f"from vdlab.cli.lab import lab; lab(browser=False, port={free_port()})"
    environment = {**os.environ, "JUPYTER_PATH": str(other), "JUPYTER_RUNTIME_DIR": str(other / "runtime")}
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stderr is not None
        lines = (re.search(r"http://127\.0\.0\.1:\S+token=\S+", line) for line in server.stderr)
        found = next(match[0] for match in lines if match)
        wait_until_served(found)
        yield found
    finally:
        server.terminate()
        server.communicate(timeout=30)


def fetch(address: str, path: str, token: bool = True) -> str:
    base, _, secret = address.partition("/lab")
    token_part = secret.partition("?")[2] if token else ""
    with urllib.request.urlopen(f"{base}{path}?{token_part}", timeout=30) as answer:
        return answer.read().decode()


def test_it_opens_the_notebook_of_the_lab(address: str) -> None:
    assert "/lab/tree/notebooks/00_lab.ipynb" in address


def test_without_the_token_there_is_nothing(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetch(address, "/api/contents", token=False)


def test_the_news_question_is_off(address: str) -> None:
    page = fetch(address, "/lab")
    config = re.search(r'id="jupyter-config-data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert config is not None
    assert json.loads(config[1])["news"] == {"disabled": True}


def test_the_kernel_is_this_python(address: str) -> None:
    specs = json.loads(fetch(address, "/api/kernelspecs"))["kernelspecs"]
    assert specs["python3"]["spec"]["display_name"] != "Another"
    assert Path(specs["python3"]["spec"]["argv"][0]).name.startswith("python")


def test_without_a_clone_one_line_says_so(tmp_path: Path) -> None:
    shutil.copytree(Path(vdlab.__file__).parent, tmp_path / "vdlab")
    code = "from vdlab.cli.lab import lab; lab(browser=False)"
    # With -c, Python looks for modules in the current folder first.
    outcome = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert outcome.stderr.splitlines()[-1].startswith("vdlab.errors.MachineError: there is no notebooks/00_")


def test_the_port_asked_for_is_the_only_one_tried() -> None:
    words = lab.command(Path("/project"), browser=False, port=9001)
    assert {"--no-browser", "--ServerApp.port=9001", "--ServerApp.port_retries=0"} <= set(words)
