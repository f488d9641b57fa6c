"""`vdlab bench FOLDER`, as somebody tries it for the first time: mixed files, a text and a broken clip among them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from vdlab import Results, clips
from vdlab.cli import app
from vdlab.video.collection import is_collection

QUICK = ("--repeats", "1", "--workers", "2", "--strategies", "threads,vdlab", "--no-memory")


@pytest.fixture(scope="module")
def some_videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("downloads")
    clips.make(found / "cat.mp4", width=64, height=48, seconds=1)
    (found / "more").mkdir()
    clips.make(found / "more" / "dog.webm", width=64, height=48, seconds=1, codec="libvpx-vp9")
    (found / "broken.mp4").write_bytes((found / "cat.mp4").read_bytes()[:700])
    (found / "notes.txt").write_text("to do")
    return found


def bench(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bench", *map(str, arguments)])
    return result.exit_code, " ".join(result.output.split())


def test_a_folder_gives_tables_a_verdict_and_a_report(some_videos: Path, tmp_path: Path) -> None:
    code, said = bench(some_videos, "--fps", "5", "--frames", "stay,whole", "--out", tmp_path, "--code", *QUICK)
    assert code == 0, said
    assert "Videos/s" in said and "all 3 loaders return identical frames" in said
    assert "all 3 videos are measured" in said and "1 of these could not be opened" not in said
    assert "notes.txt" in said, "what was left out is said"
    assert "frames stay where they are decoded" in said and "frames come back whole" in said
    assert "WORKERS = " in said
    results = Results.load(tmp_path / "results.json")
    assert results.finished and [run.loading.failures for run in results.runs] == [1] * len(results.runs)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"report.html", "report.md", "results.csv", "throughput.png", "inside.png"} <= names
    assert not names & {"timelines.png", "gop_map.png"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--frames", "some"), "--frames some will not do; stay, small, whole, or several with commas would"),
        (("--sample", "few"), "--sample few will not do; 100, all or auto would"),
        (("--strategies", "sequential"), "unknown loader 'sequential'"),
    ],
)
def test_what_makes_no_sense_is_one_line(some_videos: Path, arguments: tuple[str, str], said: str) -> None:
    result = CliRunner().invoke(app, ["bench", str(some_videos), *arguments])
    message = str(result.exception) if result.exception else result.output
    assert result.exit_code and said in message


def test_folders_patterns_and_manifests_are_collections(some_videos: Path) -> None:
    assert is_collection(some_videos) and is_collection(some_videos / "*.mp4") and is_collection(Path("list.csv"))
    assert not is_collection(some_videos / "cat.mp4") and not is_collection(Path("missing.mp4"))
