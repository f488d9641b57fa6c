"""Results: what is written is what comes back, and the summary's arithmetic."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import builders
import pytest
from builders import add, run, setting

from vdlab.errors import VDLabError
from vdlab.results.judgement import standing
from vdlab.results.records import Caution, Decoded, Peak, Reference, Remedy, Results, Run, Span, Trace, Truth, Work
from vdlab.results.statistics import Ratio, paired_ratio, unpaired_ratio
from vdlab.results.store import SCHEMA
from vdlab.results.verdict import Said, verdict, words_of_frames


def test_saved_results_load_as_the_same_object(tmp_path: Path) -> None:
    saved = builders.results({"sequential": [2.0, 2.2, 1.9], "threads": [1.0, 1.1, 1.0]})
    saved.truths.append(Truth(2.0, "all right", 10, 10, 0, None))
    saved.references.append(Reference(2.0, "linear", "exact", "the file keeps no times"))
    saved.cautions.append(Caution("busy", "others take a CPU", "", Remedy("close other programs")))
    saved.work.append(Work(2.0, 10, 100, first=3, frame_types="KbBP", wanted="1000"))
    threads = setting("threads")
    spans = (Span(0, "seeking", 0.25, 0.5, 1), Span(1, "copying", 0, 1))
    add(saved, Trace(threads, 1.5, spans), Peak(threads, 10**9, 10**8), Decoded(threads, 60, 5, 45, "1210"))
    path = saved.save(tmp_path / "run.json")
    assert Results.load(path) == saved


def test_the_frame_is_tidy_and_the_csv_holds_it(tmp_path: Path) -> None:
    table = builders.results({"sequential": [2.0, 2.2], "threads": [1.0, 1.1]}).frame
    assert len(table) == 4
    assert list(table["seconds"]) == [2.0, 1.0, 2.2, 1.1]
    assert set(table["seek_mode"]) == {"approximate"}
    path = builders.results({"sequential": [2.0]}).save_csv(tmp_path / "run.csv")
    assert len(path.read_text().splitlines()) == 2


def test_the_summary_computes_speedup_efficiency_and_throughput() -> None:
    measured = builders.results({"sequential": [2.0, 2.2, 1.9], "threads": [1.0, 1.1, 1.0]})
    row = measured.summary().set_index("strategy").loc["threads"]
    assert row["median"] == 1.0
    assert row["speedup"] == 2.0
    assert row["efficiency"] == 1.0
    assert row["frames_per_second"] == 100
    assert row["cpu_seconds"] == 2.0
    assert 1.72 < row["speedup_low"] <= 2.0 <= row["speedup_high"] <= 2.2


def test_warm_ups_do_not_count() -> None:
    measured = builders.results({"sequential": [2.0], "threads": [1.0]})
    add(measured, run("threads", 99.0, phase="warmup"))
    assert measured.summary().set_index("strategy").loc["threads", "median"] == 1.0


def test_one_failed_run_is_its_settings_verdict() -> None:
    measured = builders.results({"sequential": [2.0], "threads": [1.0]})
    add(measured, run("threads", round=2, verdict="failed", detail="worker killed"))
    row = measured.summary().set_index("strategy").loc["threads"]
    assert (row["verdict"], row["detail"]) == ("failed", "worker killed")
    assert not measured.agrees
    best = standing(measured, 2.0).fastest
    assert best and best.setting.strategy == "sequential"


def test_a_common_slow_round_leaves_the_ratio_alone() -> None:
    ratio = paired_ratio([2.0, 20.0, 2.0, 2.0], [1.0, 10.0, 1.0, 1.0])
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2.0, 2.0, 2.0))


@pytest.mark.parametrize("ratio_of", [paired_ratio, unpaired_ratio])
def test_one_round_gives_no_interval(ratio_of: Callable[[list[float], list[float]], Ratio]) -> None:
    assert ratio_of([2.0], [1.0]) == Ratio(2.0, None, None)


def test_the_verdict_names_the_fastest_and_the_agreement() -> None:
    text = verdict(builders.results({"sequential": [2.0, 2.0], "processes": [1.5, 1.5], "threads": [1.0, 1.0]}))
    speed, frames = text.split("; ")
    assert speed == "threads x2 is the fastest, 2.00x [2.00, 2.00] as fast as sequential"
    assert frames == "all 3 strategies return identical frames"


def test_a_strategy_that_differs_is_never_called_the_fastest() -> None:
    measured = builders.results({"sequential": [2.0, 2.0], "threads": [1.0, 1.0]})
    add(measured, run("threads", round=3, verdict="differs", detail="differs: 1 of 100 frames"))
    assert verdict(measured) == "only sequential returned the right frames; threads x2 differs"


def checked(name: str, frames: int, wrong: int = 0) -> Run:
    verdict, first = ("differs", 24) if wrong else ("identical", None)
    return run(
        f"{name} x1", frames=17, verdict=verdict, times_checked=frames, wrong_times=wrong, first_wrong_time=first
    )


def test_of_the_frames_it_is_said_what_shows_that_they_are_right() -> None:
    runs = [checked("sequential", 17), checked("threads", 17), checked("opencv", 0), checked("decord", 0)]
    measured = builders.results(records=runs, references=[Reference(2.0, "sequential", "approximate")])
    assert words_of_frames(measured, 2.0) == [
        Said("the reference is sequential with approximate seeking", True),
        Said(
            "all 17 frames carry the times of the frames asked for, whoever decoded them; "
            "decord and opencv give no times",
            True,
        ),
    ]
    assert words_of_frames(measured, 5.0) == []


def test_settings_with_frames_from_the_wrong_place_are_named() -> None:
    runs = [checked("sequential", 17, wrong=3), checked("threads", 17, wrong=1), checked("pyav", 17)]
    measured = builders.results(records=runs, references=[Reference(2.0, "linear", "exact", "it rains")])
    assert words_of_frames(measured, 2.0) == [
        Said("the reference is linear, because it rains", False),
        Said(
            "all 17 frames carry the times of the frames asked for, but for those of sequential x1 and threads x1",
            False,
        ),
    ]
    row = measured.summary().set_index("strategy").loc["sequential"]
    assert (row["times_checked"], row["wrong_times"], row["first_wrong_time"]) == (17, 3, 24)


def test_where_no_time_could_be_checked_nothing_is_claimed() -> None:
    measured = builders.results(records=[checked("linear", 0)])
    assert words_of_frames(measured, 2.0) == [
        Said("no frame could be held against the time it should be shown at", False)
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged, or not a results file"),
        ('{"schema": 6}', "is damaged: .*`video`"),
        ('{"schema": 1}', "of an unknown version in schema 1, and this version reads 6; measure again"),
        ('{"schema": 99, "version": "7.0"}', "written by VDLab 7.0 in schema 99"),
    ],
)
def test_a_damaged_file_gives_one_line(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(VDLabError, match=says) as caught:
        Results.load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(VDLabError, match=r"run\.json: cannot be read: No such file"):
        Results.load(tmp_path / "run.json")


def test_unmeasured_figures_are_not_numbers_rather_than_zero() -> None:
    measured = builders.results({"sequential": [2.0]})
    add(measured, run("threads", phase="warmup", verdict="failed", detail="no"))
    row = measured.summary().set_index("strategy").loc["threads"]
    assert math.isnan(row["median"])
    assert row["runs"] == 0


def test_json_is_plain(tmp_path: Path) -> None:
    path = builders.results({"sequential": [2.0]}).save(tmp_path / "run.json")
    content = json.loads(path.read_text())
    assert content["schema"] == SCHEMA
    assert content["measurements"][0]["runs"][0]["seconds"] == 2.0


def test_many_results_become_one_table() -> None:
    one, other = builders.results({"sequential": [2.0]}), builders.results({"sequential": [1.0], "threads": [0.5]})
    other.machine = builders.machine(hostname="server")
    table = Results.concat([one, other])
    assert list(table["machine"]) == ["laptop", "server", "server"]
    assert list(table["seconds"]) == [2.0, 1.0, 0.5]
    assert set(table["video"]) == {"talk.mp4"}
