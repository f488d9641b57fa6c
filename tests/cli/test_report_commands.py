"""`vdlab bench`, `vdlab report` and `vdlab compare`: what they leave behind and how they end."""

import dataclasses
import shlex
import shutil
from pathlib import Path

import builders
import pytest

import vdlab
from vdlab import cli
from vdlab.benchmark.sweep import sweep
from vdlab.report import repeat
from vdlab.results.records import Results, Span, Trace


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    return ended.value.code


def test_bench_leaves_reports_and_prints_the_code(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--fps", 5, "--workers", 1, "--strategies", "threads", "--repeats", 1, "--warmup", 0, "--out", tmp_path)
    options += ("--no-trace", "--no-memory")
    assert run("bench", clip, *options, "--code") == 0
    assert "from torchcodec.decoders import VideoDecoder" in capsys.readouterr().out
    page = (tmp_path / "report.html").read_text()
    assert "10 frames out of clip.mp4" in page
    assert "decode_chunk" in page  # the source of the strategy that ran
    assert "## Decoding clip.mp4 in parallel" in (tmp_path / "report.md").read_text()
    assert [facts.title for facts in Results.load(tmp_path / "results.json").strategies.values()] == [
        "Sequential",
        "Threads",
    ]


def test_report_writes_every_file_it_is_asked_for(measured: Results, tmp_path: Path) -> None:
    builders.add(measured, Trace(builders.setting("threads"), 1.0, (Span(0, "decoding", 0.0, 1.0, 100),)))
    saved = measured.save(tmp_path / "run.json")
    written = [tmp_path / name for name in ("a.html", "a.md", "a.trace.json")]
    assert run("report", saved, *(word for path in written for word in ("--to", path))) == 0
    assert all(path.exists() for path in written)
    assert "traceEvents" in written[-1].read_text()


def test_report_prints_nothing_but_the_code(
    measured: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("report", measured.save(tmp_path / "run.json"), "--code") == 0
    compile(capsys.readouterr().out, "script.py", "exec")


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"workers": {"threads": [1, 2], "hybrid": [2]}, "ffmpeg_threads": [2], "repeats": 1, "truth": False},
        {"workers": [2], "repeats": "auto", "budget_seconds": 0.5, "seek_mode": "exact", "fps": [0.5]},
    ],
)
def test_the_command_and_the_call_of_a_report_measure_the_same_again(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object]
) -> None:
    video = shutil.copy(clip, tmp_path / "-it's my $HOME; clip.mp4")
    results = sweep(video, strategies=["threads", "hybrid"], warmup=0, trace=False, memory=False, **settings)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(repeat.command(results).replace("\\\n", ""))
    run(*words[1:], "--out", "again")
    assert told(Results.load("again/results.json")) == told(results)
    assert told(eval(repeat.call(results), {"vdlab": vdlab})) == told(results)


def told(results: Results) -> tuple[object, ...]:
    """The plan as far as it means something, and the frames: sequential has no workers."""
    counts = {name: counts for name, counts in results.plan.workers.items() if name != "sequential"}
    return dataclasses.replace(results.plan, workers=counts), {run.frames for run in results.runs}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run.json", "--to", "a.docx"), "no format for .docx"),
        (("run.json", "--to", "a.trace.json"), "no timeline was recorded: measure with --trace"),
        (("run.json",), "say what to write"),
        (("missing.json", "--to", "a.html"), "cannot be read"),
        (("run.json", "--to", "nowhere/a.html"), "cannot write"),
    ],
)
def test_report_ends_with_2_and_one_line(
    measured: Results,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    measured.save("run.json")
    assert run("report", *arguments) == 2
    line = capsys.readouterr().err
    assert says in line
    assert line.count("\n") == 1


def test_a_worker_count_that_is_none_is_one_line(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bench", clip, "--workers", "1,2", "--workers", "threads=many") == 2
    line = capsys.readouterr().err
    assert "--workers threads=many will not do; 1,2 or threads=1,2 would" in line
    assert line.count("\n") == 1


def test_compare_shows_and_writes(measured: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = measured.save(tmp_path / "one.json")
    faster = [dataclasses.replace(run, seconds=run.seconds / 3) for run in measured.runs]
    other = builders.results(records=faster, machine=builders.machine(hostname="server"))
    two = other.save(tmp_path / "two.json")
    written = [tmp_path / f"both{suffix}" for suffix in (".html", ".md", ".png", ".svg")]
    assert run("compare", one, two, *(word for path in written for word in ("--to", path))) == 0
    out = capsys.readouterr().out
    assert "server is faster than laptop: 3.00x [" in out
    assert "machine hostname: laptop and server" in out
    assert all(path.stat().st_size > 500 for path in written)


@pytest.mark.parametrize(
    ("factor", "limit", "code"),
    [
        (1.0, "5%", 0),
        (1.03, "5%", 0),  # slower, but by less
        (1.2, "5%", 1),
        (1.2, "0.05", 1),
        (1.2, "15 %", 1),
        (1.2, "20%", 0),  # by about as much, so the interval does not exclude it
        (1.2, "0%", 1),
        (0.5, "0%", 0),
        (1.2, "much", 2),
        (1.2, "5", 2),
        (1.2, "5%%", 2),
        (1.2, "-1%", 2),
        (1.2, "nan", 2),
    ],
)
def test_compare_fails_only_where_it_is_surely_slower(
    factor: float, limit: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = {"sequential": [2.0, 2.01, 2.02, 1.99, 1.98, 2.0], "threads": [1.0, 1.01, 1.02, 0.99, 0.98, 1.0]}
    before = builders.results(times).save(tmp_path / "before.json")
    slower = {"sequential": times["sequential"], "threads": [factor * seconds for seconds in times["threads"]]}
    after = builders.results(slower).save(tmp_path / "after.json")
    assert run("compare", before, after, "--fail-if-slower", limit) == code
    out, err = capsys.readouterr()
    if code == 2:
        assert f"--fail-if-slower {limit}: is no difference such as 5% or 0.05" in err
        assert err.count("\n") == 1
    else:
        assert ("threads x2 (0.83x [" in out) == (code == 1)
        assert ("nothing" in out.splitlines()[-1]) == (code == 0)
    assert "sequential x1 (" not in out


def test_noise_is_no_slowdown(tmp_path: Path) -> None:
    """Twice as slow by the medians, of runs that say nothing; or from one round."""
    for before, after in (([1.0, 0.3, 3.0], [2.0, 0.9, 5.0]), ([1.0], [9.0])):
        one = builders.results({"threads": before}).save(tmp_path / "before.json")
        two = builders.results({"threads": after}).save(tmp_path / "after.json")
        assert run("compare", one, two, "--fail-if-slower", "5%") == 0
    assert run("compare", one, tmp_path / "missing.json", "--fail-if-slower", "5%") == 2


def test_compare_refuses_different_work_unless_told_to(
    measured: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = measured.save(tmp_path / "one.json")
    measured.video = builders.video(num_frames=10)
    two = measured.save(tmp_path / "two.json")
    assert run("compare", one, two) == 2
    line = capsys.readouterr().err
    assert "num frames: 1200 and 10" in line
    assert line.count("\n") == 1
    assert run("compare", one, two, "--anyway") == 0
    assert run("compare", one, two, "--anyway", "--to", tmp_path / "both.csv") == 2
