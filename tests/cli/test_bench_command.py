"""`vdlab bench` from beginning to end on a real video."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from vdlab.results.records import Results

OPTIONS = ["--fps", "5", "--workers", "1,2", "--repeats", "2"]
ONLY_TIMES = ["--no-trace", "--no-memory"]


def start(*arguments: str | Path, code: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", f"{code}\nfrom vdlab.cli import main; main()", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def test_it_prints_a_table_and_leaves_results_and_charts(clip: Path, tmp_path: Path) -> None:
    process = start("bench", clip, *OPTIONS, "--out", tmp_path)
    out, _ = process.communicate(timeout=180)
    assert process.returncode == 0
    for word in ("sequential", "ffmpeg-threads", "processes", "threads", "identical frames", "10 of 50 frames"):
        assert word in out
    for name in ("time", "speedup", "cpu", "memory", "breakdown", "cold"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "laws.png").exists(), "two worker counts are too few"
    results = Results.load(tmp_path / "results.json")
    phases = Counter(run.phase for run in results.runs if run.phase != "disturbed")
    assert phases == {"warmup": 9, "timed": 9 * 2, "control": 2}
    assert len(results.traces) == len(results.peaks) == 9
    assert results.agrees


def test_more_than_the_videos_rate_is_said(clip: Path, tmp_path: Path) -> None:
    options = ["--fps", "60", "--workers", "1", "--repeats", "1", *ONLY_TIMES, "--charts", "time, memory"]
    process = start("bench", clip, *options, "--out", tmp_path)
    out, _ = process.communicate(timeout=180)
    assert process.returncode == 0
    assert [path.name for path in tmp_path.glob("*.png")] == ["time.png"], "only these two, and the other has nothing"
    assert "memory is not drawn: " in out
    assert "50 of 50 frames" in out
    assert "the video has only 25 fps, so every frame" in out


def test_a_strategy_that_differs_makes_it_exit_1_and_is_named(clip: Path, tmp_path: Path) -> None:
    plant = """
import vdlab
from vdlab.strategies import find
@vdlab.strategy("wrong", "One wrong pixel")
def wrong(video, indices, workers):
    frames = find("sequential").decode(video, indices, 1)
    frames.data[4, 0, 7, 7] ^= 1
    return frames
"""
    options = ["--fps", "5", "--workers", "1", "--strategies", "wrong", "--repeats", "1", *ONLY_TIMES]
    process = start("bench", clip, *options, "--out", tmp_path, code=plant)
    out, _ = process.communicate(timeout=180)
    assert process.returncode == 1
    assert "wrong x1: differs: 1 of 10 frames in pixels, the first at index 20" in out


def test_auto_repeats_end_with_the_budget_and_say_what_can_be_told(clip: Path, tmp_path: Path) -> None:
    options = ["--fps", "5", "--workers", "1", "--strategies", "threads", "--repeats", "auto", "--budget", "3"]
    process = start("bench", clip, *options, "--no-truth", *ONLY_TIMES, "--out", tmp_path)
    out, _ = process.communicate(timeout=180)
    assert process.returncode == 0
    assert any(words in out for words in (" is faster than ", " is slower than ", " is as fast as ", "cannot tell yet"))
    results = Results.load(tmp_path / "results.json")
    assert results.plan.repeats == "auto"
    assert results.plan.budget_seconds == 3
    assert (results.traces, results.peaks) == ([], [])
    assert max(run.round for run in results.runs) >= 3


def test_without_repeats_it_is_the_budget_that_ends_it_and_the_plan_keeps_what_was_chosen(
    clip: Path, tmp_path: Path
) -> None:
    options = ["--fps", "5", "--workers", "1", "--strategies", "threads", "--budget", "1", "--charts", "time"]
    chosen = ["--seed", "7", "--no-control", "--practical", "10%"]
    process = start("bench", clip, *options, *chosen, *ONLY_TIMES, "--out", tmp_path)
    process.communicate(timeout=180)
    assert process.returncode == 0
    results = Results.load(tmp_path / "results.json")
    plan = results.plan
    assert (plan.repeats, plan.seed, plan.control, plan.practical) == ("auto", 7, False, 0.1)
    assert "control" not in {run.phase for run in results.runs}
    assert results.noise(5) is None


def test_a_difference_that_is_none_is_refused_in_one_line(clip: Path, tmp_path: Path) -> None:
    for value, says in (("much", "--practical much: is no difference such as 5% or 0.05"), ("0", "none that counts")):
        process = start("bench", clip, "--practical", value, "--out", tmp_path / "out")
        _, err = process.communicate(timeout=180)
        assert process.returncode == 2
        assert says in err


def test_repeats_that_are_no_number_are_refused_in_one_line(clip: Path, tmp_path: Path) -> None:
    process = start("bench", clip, "--repeats", "often", "--out", tmp_path)
    _, err = process.communicate(timeout=180)
    assert process.returncode == 2
    assert "--repeats often will not do; 3 or auto would" in err


def test_ctrl_c_keeps_finished_measurements_and_says_where(clip: Path, tmp_path: Path) -> None:
    process = start("bench", clip, "--fps", "5", "--workers", "1,2", "--repeats", "500", "--out", tmp_path)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        written = (tmp_path / "results.json").is_file() and len(Results.load(tmp_path / "results.json").runs)
        if written and written > 9:
            break
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: to the command and all its workers
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    results = Results.load(tmp_path / "results.json")
    assert len(results.runs) > 9
    assert results.finished is None
    assert str(tmp_path / "results.json") in out.replace("\n", "")
