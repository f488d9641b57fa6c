"""`vdlab doctor` as people run it: in a pipe, on a machine that works and on one that does not."""

import os
import subprocess
import sys

from vdlab.cli import doctor
from vdlab.machine import describe as machine

RUN = [sys.executable, "-c", "from vdlab.cli.doctor import doctor; doctor()"]


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "40", **variables}
    return subprocess.run(RUN, env=environment, capture_output=True, text=True, timeout=120)


def test_a_machine_that_works() -> None:
    outcome = run()
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "BROKEN" not in outcome.stdout
    rows = {line[8:].split("  ")[0]: line for line in outcome.stdout.splitlines()}
    names = {"decoding", "FFmpeg", "python", *machine.PACKAGES, "CPU", "CPUs allowed", "memory", "GPU"}
    assert names <= rows.keys()
    assert all(line.startswith("ok") and line == line.rstrip() for line in rows.values())


def test_a_broken_ffmpeg_is_named_with_one_command_and_hides_nothing_else() -> None:
    outcome = run(VDLAB_FFMPEG="none")
    assert outcome.returncode == 1
    assert "To mend decoding, FFmpeg, strategies, run:\n  unset VDLAB_FFMPEG\n" in outcome.stdout
    assert "CPUs allowed" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr


def test_a_missing_package_says_how_to_install_it() -> None:
    (check,) = doctor.packages({"pandas": None})
    assert not check.ok
    assert check.remedy == f"{sys.executable} -m pip install pandas"


def test_a_tiny_video_decodes() -> None:
    assert doctor.decode_tiny_video() == 10
