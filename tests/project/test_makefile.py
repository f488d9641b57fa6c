"""`make` installs when it must, only then, and says in one line why it cannot."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
        os.utime(tmp_path / name, (1, 1))
    return tmp_path


def make(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=clone, env=inherited, capture_output=True, text=True, timeout=120)


def installed(clone: Path, constraints: str = "constraints.txt") -> Path:
    stamp = clone / ".venv" / "installed-with"
    stamp.parent.mkdir()
    stamp.write_text(f"constraints: {constraints}\n")
    return stamp


def up_to_date(clone: Path, *words: str) -> bool:
    return make(clone, "--question", "setup", *words).returncode == 0


def test_an_installed_clone_installs_nothing_again(clone: Path) -> None:
    assert not up_to_date(clone)
    installed(clone)
    assert up_to_date(clone)


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_dependencies_install_again(clone: Path, name: str) -> None:
    os.utime(installed(clone), (2, 2))
    os.utime(clone / name, (3, 3))
    assert not up_to_date(clone)


def test_other_constraints_install_again_and_then_stay(clone: Path) -> None:
    stamp = installed(clone)
    assert not up_to_date(clone, "CONSTRAINTS=")
    stamp.write_text("constraints: \n")
    assert up_to_date(clone, "CONSTRAINTS=")
    assert up_to_date(clone)


def test_a_failed_install_says_why_and_leaves_no_stamp(clone: Path) -> None:
    (clone / "constraints.txt").write_text("this is no constraint\n")
    outcome = make(clone, "setup")
    assert outcome.returncode != 0
    assert "ERROR: Invalid requirement" in outcome.stderr
    assert "Ready" not in outcome.stdout
    assert (clone / ".venv" / "bin" / "python").exists()
    assert not (clone / ".venv" / "installed-with").exists()


def test_an_install_that_works_takes_three_lines(clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$*" >> asked\ncase "$*" in *metadata*) echo "Ready: torch 1";; esac\n')
    python.chmod(0o755)
    outcome = make(clone, "setup")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == ""
    assert len(outcome.stdout.splitlines()) == 3
    assert "-m pip install -qq" in (clone / "asked").read_text()


def test_no_python_is_one_line(clone: Path) -> None:
    outcome = make(clone, "setup", "PYTHON=python-not-here")
    assert "no python-not-here here; install Python 3.11" in outcome.stderr.splitlines()[0]
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    ("fails_at", "says"),
    [("version_info", "is too old, Python 3.11"), ("ensurepip", "apt install python3-venv")],
)
def test_a_python_that_will_not_do_is_one_line(clone: Path, fails_at: str, says: str) -> None:
    python = clone / "a-python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{fails_at}*) exit 1;; --version) echo Python 3.9.2;; esac\n')
    python.chmod(0o755)
    outcome = make(clone, "setup", f"PYTHON={python}")
    assert outcome.returncode != 0
    assert says in outcome.stderr.splitlines()[0]
    assert not (clone / ".venv").exists()


def test_help_lists_every_command(clone: Path) -> None:
    listed = make(clone, "help").stdout
    assert all(
        f"  {target}" in listed for target in ("setup", "bench", "test", "test-fast", "lab", "lint", "picture", "clean")
    )
