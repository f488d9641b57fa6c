"""Results: what is written is what comes back, and the summary's arithmetic."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from vdlab.benchmark.cautions import oversubscribed, wide_spread
from vdlab.errors import VDLabError
from vdlab.results.records import SCHEMA, Caution, Peak, Reference, Results, Run, Span, Trace, Truth
from vdlab.results.statistics import Ratio, paired_ratio, unpaired_ratio
from vdlab.results.verdict import Said, fastest, verdict, words_of_frames


def results(**seconds: list[float]) -> Results:
    """Two workers each but for sequential; one run for every number given."""
    runs = [
        Run(name, 1 if name == "sequential" else 2, 2.0, number, "timed", 100, "identical", time, 2 * time)
        for name, times in seconds.items()
        for number, time in enumerate(times, start=1)
    ]
    return Results(
        video={"path": "/videos/talk.mp4", "num_frames": 1200, "width": 640, "height": 360, "codec": "h264"},
        machine={"cpus_allowed": 2},
        settings={"fps": [2.0], "strategies": list(seconds), "workers": [2], "seek_mode": "approximate"},
        version="0",
        started="2026-01-01T00:00:00+00:00",
        runs=runs,
    )


def test_saved_results_load_as_the_same_object(tmp_path: Path) -> None:
    saved = results(sequential=[2.0, 2.2, 1.9], threads=[1.0, 1.1, 1.0])
    saved.truths.append(Truth(2.0, "all right", 10, 10, 0, None))
    saved.references.append(Reference(2.0, "linear", "exact", "the file keeps no times"))
    saved.warnings.append(Caution("busy", "close other programs"))
    saved.traces.append(Trace("threads", 2, 2.0, 1, 1.5, (Span(0, "seeking", 0.25, 0.5, 1), Span(1, "copying", 0, 1))))
    saved.peaks.append(Peak("threads", 2, 2.0, 1, 10**9, 10**8))
    path = saved.save(tmp_path / "run.json")
    assert Results.load(path) == saved


def test_the_frame_is_tidy_and_the_csv_holds_it(tmp_path: Path) -> None:
    table = results(sequential=[2.0, 2.2], threads=[1.0, 1.1]).frame
    assert len(table) == 4
    assert list(table["seconds"]) == [2.0, 2.2, 1.0, 1.1]
    assert set(table["seek_mode"]) == {"approximate"}
    path = results(sequential=[2.0]).save_csv(tmp_path / "run.csv")
    assert len(path.read_text().splitlines()) == 2


def test_the_summary_computes_speedup_efficiency_and_throughput() -> None:
    row = results(sequential=[2.0, 2.2, 1.9], threads=[1.0, 1.1, 1.0]).summary().set_index("strategy").loc["threads"]
    assert row["median"] == 1.0
    assert row["speedup"] == 2.0
    assert row["efficiency"] == 1.0
    assert row["frames_per_second"] == 100
    assert row["cpu_seconds"] == 2.0
    assert 1.72 < row["speedup_low"] <= 2.0 <= row["speedup_high"] <= 2.2


def test_warm_ups_do_not_count() -> None:
    measured = results(sequential=[2.0], threads=[1.0])
    measured.runs.append(Run("threads", 2, 2.0, 1, "warmup", 100, "identical", 99.0, 99.0))
    assert measured.summary().set_index("strategy").loc["threads", "median"] == 1.0


def test_one_failed_run_is_its_settings_verdict() -> None:
    measured = results(sequential=[2.0], threads=[1.0])
    measured.runs.append(Run("threads", 2, 2.0, 2, "timed", 100, "failed", detail="worker killed"))
    row = measured.summary().set_index("strategy").loc["threads"]
    assert (row["verdict"], row["detail"]) == ("failed", "worker killed")
    assert not measured.agrees
    assert fastest(measured, 2.0)["strategy"] == "sequential"


def test_a_common_slow_round_leaves_the_ratio_alone() -> None:
    ratio = paired_ratio([2.0, 20.0, 2.0, 2.0], [1.0, 10.0, 1.0, 1.0])
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2.0, 2.0, 2.0))


@pytest.mark.parametrize("ratio_of", [paired_ratio, unpaired_ratio])
def test_one_round_gives_no_interval(ratio_of: Callable[[list[float], list[float]], Ratio]) -> None:
    assert ratio_of([2.0], [1.0]) == Ratio(2.0, None, None)


def test_the_verdict_names_the_fastest_and_the_agreement() -> None:
    text = verdict(results(sequential=[2.0, 2.0], processes=[1.5, 1.5], threads=[1.0, 1.0]))
    assert text == "threads x2 is 2.00x [2.00, 2.00] as fast as sequential; all 3 strategies return identical frames"


def test_a_strategy_that_differs_is_never_called_the_fastest() -> None:
    measured = results(sequential=[2.0, 2.0], threads=[1.0, 1.0])
    measured.runs.append(Run("threads", 2, 2.0, 3, "timed", 100, "differs", 1.0, 1.0, "differs: 1 of 100 frames"))
    assert verdict(measured) == "nothing was faster than sequential; threads x2 differs"


def checked(name: str, frames: int, wrong: int = 0) -> Run:
    verdict, first = ("differs", 24) if wrong else ("identical", None)
    return Run(name, 1, 2.0, 1, "timed", 17, verdict, 1.0, 1.0, "", wrong, first, 0, 1, "", frames, wrong, first)


def test_of_the_frames_it_is_said_what_shows_that_they_are_right() -> None:
    measured = results()
    measured.references.append(Reference(2.0, "sequential", "approximate"))
    measured.runs = [checked("sequential", 17), checked("threads", 17), checked("opencv", 0), checked("decord", 0)]
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
    measured = results()
    measured.references.append(Reference(2.0, "linear", "exact", "it rains"))
    measured.runs = [checked("sequential", 17, wrong=3), checked("threads", 17, wrong=1), checked("pyav", 17)]
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
    measured = results()
    measured.runs = [checked("linear", 0)]
    assert words_of_frames(measured, 2.0) == [
        Said("no frame could be held against the time it should be shown at", False)
    ]


def test_wide_spread_and_too_many_workers_are_warned_of() -> None:
    measured = results(sequential=[2.0, 2.0, 2.0], threads=[1.0, 1.5, 1.0])
    assert [caution.about for caution in wide_spread(measured)] == ["threads x2"]
    assert "raise --repeats above 3" in wide_spread(measured)[0].message
    assert oversubscribed(measured, cpus=2) == []
    assert "2 workers share 1 CPUs" in oversubscribed(measured, cpus=1)[0].message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is damaged"),
        ("[]", "is not a results file"),
        ('{"schema": 1}', "is damaged"),
        ('{"schema": 99, "version": "7.0"}', "written by VDLab 7.0 in format 99"),
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
    measured = results(sequential=[2.0])
    measured.runs.append(Run("threads", 2, 2.0, 1, "warmup", 100, "failed", detail="no"))
    row = measured.summary().set_index("strategy").loc["threads"]
    assert math.isnan(row["median"])
    assert row["runs"] == 0


def test_json_is_plain(tmp_path: Path) -> None:
    path = results(sequential=[2.0]).save(tmp_path / "run.json")
    content = json.loads(path.read_text())
    assert content["schema"] == SCHEMA
    assert content["runs"][0]["seconds"] == 2.0


def test_a_file_of_the_first_format_loads_without_what_came_later(tmp_path: Path) -> None:
    saved = results(sequential=[2.0, 2.2], threads=[1.0, 1.1])
    path = saved.save(tmp_path / "run.json")
    content = json.loads(path.read_text())
    for later in ("sources", "titles", "traces", "peaks", "work", "references"):
        del content[later]
    for run in content["runs"]:
        del run["times_checked"], run["wrong_times"], run["first_wrong_time"]
    path.write_text(json.dumps({**content, "schema": 1}))
    assert Results.load(path) == saved


def test_many_results_become_one_table() -> None:
    one, other = results(sequential=[2.0]), results(sequential=[1.0], threads=[0.5])
    one.machine.hostname, other.machine.hostname = "laptop", "server"
    table = Results.concat([one, other])
    assert list(table["machine"]) == ["laptop", "server", "server"]
    assert list(table["seconds"]) == [2.0, 1.0, 0.5]
    assert set(table["video"]) == {"talk.mp4"}
