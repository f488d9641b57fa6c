"""What is handed over of a collection: a section for each case, the command and the call, and scripts that run."""

import subprocess
import sys
from pathlib import Path

import builders
import pytest

import vdlab
from vdlab import report
from vdlab.errors import VDLabError
from vdlab.report.code import LIBRARIES, TEMPLATES, code, collection_code, collection_scripts
from vdlab.report.repeat import call, command
from vdlab.results.records import Measurement, Results, Setting

NEEDS = {"dask": "distributed", "ray": "ray"}


@pytest.fixture(scope="module")
def some_videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tiny videos of 25 frames, and one that is broken."""
    found = builders.tiny_videos(tmp_path_factory.mktemp("videos"), 3)
    return found


@pytest.fixture(scope="module")
def measured(some_videos: Path) -> Results:
    return vdlab.sweep_collection(
        some_videos, fps=5, loaders=["threads", "vdlab"], workers=[2], frames=["stay", "small"], repeats=1, memory=False
    )


def test_a_report_has_a_section_for_each_case(measured: Results, tmp_path: Path) -> None:
    page = report.write(measured, tmp_path / "report.html").read_text()
    text = report.write(measured, tmp_path / "report.md").read_text()
    for written in (page, text):
        assert "frames stay where they are decoded" in written and "frames come back at 224 pixels" in written
        assert "Videos/s" in written and "all 4 videos are measured" in written
    assert all(title.replace("'", "&#39;") in page for title in LIBRARIES.values())
    assert str(tmp_path.parent) not in page, "folders name a person"


def test_the_command_and_the_call_measure_the_same_again(measured: Results) -> None:
    words = command(measured).replace("\\\n", " ").split()
    assert words[:3] == ["vdlab", "bench", "."]
    assert words[words.index("--frames") + 1] == "stay,small" and words[words.index("--sample") + 1] == "4"
    assert words[words.index("--strategies") + 1] == "one-by-one,threads,vdlab"
    assert "--no-memory" in words and "--seek-mode" not in words
    asked = dict(line.strip().rstrip(",").split("=", 1) for line in call(measured).splitlines() if "=" in line)
    assert asked["frames"] == "['stay', 'small']" and asked["loaders"] == "['one-by-one', 'threads', 'vdlab']"
    assert not {"seek_mode", "truth", "trace", "looks"} & set(asked)


CASES = (("threads", "stay"), ("threads", "small"), ("vdlab", "small"))
RUN = [(library, *case) for library in LIBRARIES for case in (CASES if library == "joblib" else CASES[-1:])]
"""What the case changes in a script is the same in all libraries, and some take their time to start."""


@pytest.mark.slow
@pytest.mark.parametrize(("library", "loader", "frames"), RUN)
def test_the_scripts_run_and_find_all_frames(
    measured: Results, some_videos: Path, tmp_path: Path, library: str, loader: str, frames: str
) -> None:
    if library in NEEDS:
        pytest.importorskip(NEEDS[library])
    one = Measurement(Setting(loader, 2, 5.0, 1, frames))
    script = tmp_path / "script.py"
    script.write_text(collection_code(measured, one, str(some_videos), library))
    assert max(map(len, script.read_text().splitlines())) <= 140 and len(script.read_text().splitlines()) < 75
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "15 frames of 4 videos"
    assert "broken.mp4" in done.stdout + done.stderr


def test_every_script_is_a_program_with_the_workers_of_the_verdict(measured: Results) -> None:
    for case in measured.cases:
        for one in case.measurements:
            for library in LIBRARIES:
                text = collection_code(measured, one, "clips", library)
                compile(text, library, "exec")
                assert f"WORKERS = {one.setting.workers}\n" in text and "Path('clips')" in text
                assert ("import vdlab" in text) == (one.setting.strategy == "vdlab")
                small = "resize=224" if one.setting.strategy == "vdlab" else "interpolate("
                assert (small in text) == (one.setting.frames == "small")
    assert [title for title, _ in collection_scripts(measured, "clips")] == list(LIBRARIES.values())


def test_the_verdict_as_code_says_what_was_found(measured: Results) -> None:
    assert code(measured, video="clips").startswith("# ")
    with pytest.raises(VDLabError, match="no verdict"):
        code(builders.results(), video="clips")
    assert len([name for name in TEMPLATES.list_templates() if "collection/" in name and "/_" not in name]) == len(
        LIBRARIES
    )
