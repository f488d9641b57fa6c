"""The verdict as code: run in a process that never heard of VDLab's own code, every frame compared."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import vdlab
from vdlab.benchmark.results import Results
from vdlab.report import code
from vdlab.report.code import SCRIPTS

# Where FFmpeg is not installed, TorchCodec finds it only through VDLab's import hook, in the script's process and in
# the workers that it starts. Python runs this file when it starts; the script itself runs as a user would run it.
HOOK = "import vdlab\n"
RUN = "import runpy, sys, torch; torch.save(runpy.run_path(sys.argv[1], run_name='__main__')['frames'], sys.argv[2])"


@pytest.mark.parametrize(
    ("strategy", "seek_mode"), [*((name, "approximate") for name in SCRIPTS), ("threads", "exact")]
)
def test_the_script_returns_the_same_frames(
    measured: Results, clip: Path, tmp_path: Path, strategy: str, seek_mode: str
) -> None:
    runs = [replace(run, strategy=strategy, fps=5.0) for run in measured.runs if run.strategy == "threads"]
    settings = {**measured.settings, "fps": [5.0], "seek_mode": seek_mode}
    script = code(replace(measured, runs=runs, settings=settings, video={**measured.video, "path": str(clip)}))
    assert len(script.splitlines()) <= 30
    assert set(re.findall(r"^(?:from|import) (\w+)", script, re.MULTILINE)) <= {"torch", "torchcodec", "joblib", "av"}
    (tmp_path / "script.py").write_text(script)
    command = [sys.executable, "-c", RUN, tmp_path / "script.py", tmp_path / "frames.pt"]
    (tmp_path / "sitecustomize.py").write_text(HOOK)
    search = os.pathsep.join([str(tmp_path), str(Path(vdlab.__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": search}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("10 frames of shape (3, 108, 192)")
    expected = vdlab.decode(clip, fps=5, strategy="sequential", seek_mode=seek_mode).data
    assert torch.equal(torch.load(tmp_path / "frames.pt"), expected)
