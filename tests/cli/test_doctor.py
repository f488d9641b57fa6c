"""`vdlab doctor` as people run it: in a pipe, on a machine that works and on one that does not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vdlab.cli import doctor
from vdlab.machine import describe as machine
from vdlab.machine import ffmpeg

RUN = [sys.executable, "-c", "from vdlab.cli import main; main()", "doctor"]


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "40", **variables}
    return subprocess.run(RUN, env=environment, capture_output=True, text=True, timeout=120)


def test_a_machine_that_works() -> None:
    outcome = run()
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "BROKEN" not in outcome.stdout
    rows = {line[8:].split("  ")[0]: line for line in outcome.stdout.splitlines()}
    names = {"decoding", "FFmpeg", "python", *machine.PACKAGES, "CPU", "CPUs allowed", "memory", "GPU"}
    names |= {"encoders", "versions", "processes", "home", "cache", "disk", "port"}
    assert names <= rows.keys()
    assert all(line.startswith("ok") and line == line.rstrip() for line in rows.values())


def test_a_broken_ffmpeg_is_named_with_one_command_and_hides_nothing_else() -> None:
    outcome = run(VDLAB_FFMPEG="none")
    assert outcome.returncode == 1
    assert "To mend decoding, FFmpeg, versions, strategies, run:\n  unset VDLAB_FFMPEG\n" in outcome.stdout
    assert "CPUs allowed" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr


def test_a_missing_package_says_how_to_install_it() -> None:
    (check,) = doctor.packages({"pandas": None})
    assert not check.ok
    assert check.remedy == f"{sys.executable} -m pip install pandas"


def test_a_tiny_video_decodes() -> None:
    assert doctor.decode_tiny_video() == 10


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run(["unshare", "-mn", "true"]).returncode != 0,
    reason="only root can mount a file system of its own",
)
def test_every_fault_of_a_machine_is_named_with_what_mends_it(tmp_path: Path) -> None:
    """No semaphores, no room, no network, no home folder to write to, an old TorchCodec: all at once."""
    old = tmp_path / "old" / "torchcodec-0.5.0.dist-info"
    old.mkdir(parents=True)
    (old / "METADATA").write_text("Metadata-Version: 2.1\nName: torchcodec\nVersion: 0.5.0\n")
    small = tmp_path / "small"
    small.mkdir()
    shm, room = "mount -t tmpfs -o ro tmpfs /dev/shm", f"mount -t tmpfs -o size=1m tmpfs {small}"
    mounts = f"mount --make-rprivate / && {shm} && {room}"
    command = ["unshare", "-mn", "sh", "-c", f'{mounts} && exec "$@"', "sh", *RUN, "--json"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "old"),
        "TMPDIR": str(small),
        "XDG_CACHE_HOME": str(small),
    }
    outcome = subprocess.run(
        command, env={**environment, "HOME": "/proc/1"}, capture_output=True, text=True, timeout=120
    )
    assert outcome.returncode == 1, outcome.stderr
    found = json.loads(outcome.stdout)
    assert not found["ok"]
    remedies = {check["name"]: check["remedy"] for check in found["checks"] if not check["ok"]}
    assert remedies["processes"] == "mount -o remount,rw /dev/shm"
    assert remedies["versions"].endswith("--upgrade 'torch>=2.14' 'torchcodec>=0.17'")
    assert remedies["disk"] == remedies["cache"].replace("/vdlab", "") == f"df -h {small}"
    assert remedies["port"] == "ip link set lo up"
    # Without an FFmpeg of the system's, PyAV's has to be stored first, and there is no room.
    borrowed = {"FFmpeg", "decoding", "strategies"} if ffmpeg.ensure().source == "pyav" else set()
    assert remedies.keys() <= {"processes", "versions", "disk", "cache", "port", "home"} | borrowed


def test_little_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "free_memory", lambda: 300 << 20)
    (check,) = [check for check in doctor.examine() if check.name == "memory"]
    assert not check.ok
    assert check.value.startswith("0.3 GiB may still be taken of")
