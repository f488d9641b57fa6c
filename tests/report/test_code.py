"""The verdict as code: run in a process that never heard of VDLab's own code, every frame compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

import builders
import pytest
import torch
from encoders import CASES

import vdlab
from vdlab.errors import VDLabError
from vdlab.report import code
from vdlab.report.code import TEMPLATES
from vdlab.results.records import Setting

# Where FFmpeg is not installed, TorchCodec finds it only through VDLab's import hook, in the script's process and in
# the workers that it starts. Python runs this file when it starts; the script itself runs as a user would run it.
HOOK = "import vdlab\n"
RUN = "import runpy, sys, torch; torch.save(runpy.run_path(sys.argv[1], run_name='__main__')['frames'], sys.argv[2])"
PRUNED = "pruned-threads"
SCRIPTS = [Path(name).name.split(".")[0] for name in TEMPLATES.list_templates() if Path(name).parent.name == "scripts"]


def winning(strategy: str, path: Path, seek_mode: str = "approximate", codec: str = "h264", notes: str = "") -> str:
    """The script for a sweep over `path` that only `strategy` was in."""
    setting = Setting(strategy, 2, 5.0, ffmpeg_threads=2 if strategy == "hybrid" else 1)
    plan = builders.plan([setting], seek_mode=seek_mode)
    video = builders.video(path=str(path), codec=codec)
    return code(builders.results(records=[builders.run(setting, notes=notes)], plan=plan, video=video))


def run_apart(script: str, folder: Path) -> tuple[str, torch.Tensor]:
    """What a script prints, and its frames, in a process that never heard of VDLab."""
    (folder / "script.py").write_text(script)
    (folder / "sitecustomize.py").write_text(HOOK)
    command = [sys.executable, "-c", RUN, folder / "script.py", folder / "frames.pt"]
    search = os.pathsep.join([str(folder), str(Path(vdlab.__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": search}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout, torch.load(folder / "frames.pt")


def run_here(script: str) -> torch.Tensor:
    """The same in this process, which takes a tenth of the time."""
    constants: dict[str, object] = {}
    exec(compile(script, "script.py", "exec"), constants)
    return constants["frames"]


@pytest.mark.parametrize("strategy", SCRIPTS)
def test_a_script_is_short_and_needs_little(strategy: str) -> None:
    script = winning(strategy, Path("it's \\ a {{ name }}.mp4"))
    compile(script, strategy, "exec")
    assert repr("it's \\ a {{ name }}.mp4") in script
    below = script[script.index('"""') :]
    assert len(below.splitlines()) <= 30
    assert max(map(len, script.splitlines())) <= 120
    imported = set(re.findall(r"^(?:from|import) (\w+)", script, re.MULTILINE)) - sys.stdlib_module_names
    assert imported <= {"torch", "torchcodec", "joblib", *(["av"] if strategy in (PRUNED, "pyav") else [])}


@pytest.mark.parametrize("strategy", ["processes", "threads", "shared-memory", PRUNED])
def test_the_script_returns_the_same_frames_elsewhere(clip: Path, tmp_path: Path, strategy: str) -> None:
    printed, frames = run_apart(winning(strategy, clip), tmp_path)
    assert printed.startswith("10 frames of shape (3, 108, 192)")
    assert torch.equal(frames, vdlab.decode(clip, fps=5, strategy="sequential", seek_mode="approximate").data)


@pytest.mark.parametrize("strategy", ["sequential", "ffmpeg-threads", "threads", "hybrid", "pyav", "keyframe-threads"])
def test_the_script_returns_the_same_frames(clip: Path, strategy: str) -> None:
    frames = run_here(winning(strategy, clip, "exact"))
    assert torch.equal(frames, vdlab.decode(clip, fps=5, strategy="sequential", seek_mode="exact").data)


@pytest.mark.parametrize("seek_mode", ["approximate", "exact"])
def test_the_pruned_script_is_right_with_open_gops_too(open_gop_clip: Path, seek_mode: str) -> None:
    script = winning(PRUNED, open_gop_clip, seek_mode, "hevc")
    truth = vdlab.decode(open_gop_clip, fps=5, strategy="linear", seek_mode=seek_mode).data
    assert torch.equal(run_here(script), truth)


def test_leaving_out_more_than_what_nobody_needs_shows(clip: Path) -> None:
    script = winning(PRUNED, clip).replace('"nonref"', '"bidir"')
    assert not torch.equal(run_here(script), vdlab.decode(clip, fps=5, strategy="linear").data)


@pytest.mark.parametrize("name", ["x264-open-gop", "x264-intra-refresh", "x265-gop-3", "fragmented-open-gop"])
def test_the_pruned_script_is_right_where_seeking_is_hard(folder: Path, name: str) -> None:
    path = CASES[name].recipe(folder / f"script-{name}")
    frames = run_here(winning(PRUNED, path, "exact", "hevc" if "x265" in name else "h264"))
    assert torch.equal(frames, vdlab.decode(path, fps=5, strategy="linear").data)


@pytest.mark.parametrize("name", ["x265-temporal-layers", "edit-list", "vp9"])
def test_the_pruned_script_stops_at_what_it_does_not_understand(folder: Path, name: str) -> None:
    path = CASES[name].recipe(folder / f"script-{name}")
    with pytest.raises(AssertionError, match="not understood"):
        run_here(winning(PRUNED, path, "exact"))


def test_no_script_claims_to_do_what_its_strategy_did_not(clip: Path) -> None:
    with pytest.raises(VDLabError, match="no script"):
        winning(PRUNED, clip, codec="vp9")
    with pytest.raises(VDLabError, match="no script"):
        winning(PRUNED, clip, notes="decoded from the first frame on")
