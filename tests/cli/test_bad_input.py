"""Bad input on the real command line: one line on standard error, exit code 2, no traceback, nothing half-written."""

import io
import os
import shutil
import subprocess
import sys
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import av
import numpy as np
import pytest

from vdlab import __version__, clips
from vdlab.cli import main


def as_process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a person would."""
    command = [sys.executable, "-c", "from vdlab.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def vdlab(*arguments: str | Path, cwd: Path | str = ".") -> subprocess.CompletedProcess[str]:
    """Run the command in this process, which has imported torch already."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(list(map(str, arguments)))
    assert isinstance(ended.value.code, int)
    return subprocess.CompletedProcess(arguments, ended.value.code, out.getvalue(), err.getvalue())


def assert_one_line(outcome: subprocess.CompletedProcess[str], *words: str) -> None:
    assert outcome.returncode == 2, outcome.stderr
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) == 1, outcome.stderr
    assert lines[0].startswith("vdlab: ")
    for word in words:
        assert word in lines[0]


def audio_only(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        samples = np.zeros((1, 44100), dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def truncated(path: Path, clip: Path) -> None:
    """A file cut short whose header came first, as in a download that broke off."""
    whole = path.with_name("whole.mp4")
    with av.open(str(clip)) as source, av.open(str(whole), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])


@pytest.mark.slow
def test_a_missing_file() -> None:
    assert_one_line(as_process("bench", "no-such.mp4"), "no-such.mp4", "No such file")


def test_a_folder_without_videos(tmp_path: Path) -> None:
    assert_one_line(vdlab("bench", tmp_path), str(tmp_path), "holds no videos")


def test_a_text_file_named_mp4(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("not a video\n" * 100)
    assert_one_line(vdlab("bench", path), "notes.mp4", "is not a video")


def test_an_audio_file(tmp_path: Path) -> None:
    audio_only(tmp_path / "song.mp4")
    assert_one_line(vdlab("bench", tmp_path / "song.mp4"), "song.mp4", "no video stream")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert_one_line(vdlab("bench", tmp_path / "empty.mp4"), "empty.mp4", "empty")


def test_a_truncated_file(tmp_path: Path, clip: Path) -> None:
    truncated(tmp_path / "cut.mp4", clip)
    assert_one_line(vdlab("bench", tmp_path / "cut.mp4"), "cut.mp4", "truncated")


def test_a_truncated_matroska_file(tmp_path: Path) -> None:
    whole = clips.make(tmp_path / "whole.mkv", width=192, height=108, seconds=4)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert_one_line(vdlab("bench", cut), "cut.mkv", "truncated")


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may read every file")
def test_no_permission(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "secret.mp4"
    shutil.copy(clip, path)
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    # Root reads whatever it likes, so it gives that power up for this one command.
    without_power = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*without_power, sys.executable, "-c", "from vdlab.cli import main; main()", "bench", str(path)]
    assert_one_line(subprocess.run(command, capture_output=True, text=True), "secret.mp4", "Permission denied")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fps", "0"], ["fps is 0", "above zero"]),
        (["--fps", "-2"], ["above zero"]),
        (["--fps", "nan"], ["above zero"]),
        (["--fps", "two"], ["--fps two will not do", "2 or 0.5,2 would"]),
        (["--workers", "0"], ["at least 1"]),
        (["--workers", "1,x"], ["--workers 1,x will not do", "1,2 or threads=1,2 would"]),
        (["--strategies", "thread"], ["unknown strategy", "did you mean", "threads"]),
        (["--repeats", "0"], ["number of repeats is 0", "at least 1"]),
        (["--repeats", "three"], ["--repeats three will not do", "3 or auto would"]),
        (["--seek-mode", "fast"], ["--seek-mode", "fast", "approximate", "exact"]),
        (["--charts", "tiem"], ["unknown chart 'tiem'", "did you mean time"]),
        (["--strategies", ""], ["--strategies names nothing"]),
        (["--workers", ""], ["no number of workers"]),
        (["--full"], ["--full"]),
        (["--nonsense"], ["--nonsense"]),
    ],
)
def test_settings_that_make_no_sense(clip: Path, tmp_path: Path, options: list[str], words: list[str]) -> None:
    outcome = vdlab("bench", clip, "--out", tmp_path / "out", *options)
    assert_one_line(outcome, *words)
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_made(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = vdlab("bench", clip, "--out", tmp_path / "file" / "out", "--workers", "1", "--repeats", "1")
    assert_one_line(outcome, "cannot write to the folder", "Not a directory")


@pytest.mark.slow
def test_a_disk_that_fills_leaves_no_half_written_file(clip: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the full disk: the same failed write, without a disk to fill."""
    limited = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000));"
        "from vdlab.cli import main; main()"
    )
    options = ["--fps", "1", "--workers", "1", "--repeats", "3", "--strategies", "threads", "--out", str(tmp_path)]
    command = [sys.executable, "-B", "-c", limited, "bench", str(clip), *options]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert_one_line(outcome, "cannot write", "results.json", "File too large")
    assert not list(tmp_path.glob(".writing-*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["-dash.mp4", "two words.mp4", 'it\'s "quoted".mp4', "100%d.mp4", "a:b.mp4", "vidéo-日本.mp4", "$(id).mp4"]
)
def test_odd_file_names_just_work(clip: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(clip, tmp_path / name)
    options = ["--fps", "1", "--workers", "1", "--strategies", "threads", "--repeats", "1", "--warmup", "0"]
    options += ["--no-trace", "--no-memory"]
    outcome = vdlab("bench", name, *options, "--out", "out", cwd=tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert name in outcome.stdout
    assert {"results.csv", "results.json", "report.html"} <= {path.name for path in (tmp_path / "out").iterdir()}


def test_help_is_there_at_once_and_the_version_is_told() -> None:
    began = time.perf_counter()
    outcome = as_process("--help")
    assert time.perf_counter() - began < 2, "0.3 s on a machine with nothing else to do"
    assert outcome.returncode == 0
    for name in ("bench", "report", "compare", "memory", "lab", "doctor", "clip", "--install-completion"):
        assert name in outcome.stdout
    assert as_process("--version").stdout == f"vdlab {__version__}\n"


@pytest.mark.parametrize(("typed", "offered"), [("vdlab be", "bench"), ("vdlab report --to", "--to")])
def test_shells_complete_what_is_typed(typed: str, offered: str) -> None:
    environment = os.environ | {"_VDLAB_COMPLETE": "complete_bash", "COMP_WORDS": typed}
    environment["COMP_CWORD"] = str(typed.count(" "))
    script = "from vdlab.cli import main; main()"
    outcome = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv[0] = 'vdlab'; {script}"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert outcome.stdout.split() == [offered]


@pytest.mark.parametrize("arguments", [["--help"], ["bench", "--help"], ["report"]])
def test_nothing_heavy_is_imported_for_help_or_for_a_typing_error(arguments: list[str]) -> None:
    heavy = "{'torch', 'scipy', 'pandas', 'matplotlib', 'numpy', 'av'}"
    code = f"""
import sys
from vdlab.cli import main
try:
    main({arguments})
except SystemExit:
    print(sorted({heavy} & set(sys.modules)), file=sys.stderr)
"""
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert outcome.stderr.splitlines()[-1] == "[]"


def test_the_package_lists_its_public_surface_and_nothing_else() -> None:
    code = "import vdlab, vdlab.results.records; print(dir(vdlab) == sorted(vdlab.__all__))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "True\n"
