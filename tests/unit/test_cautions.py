"""What weakens numbers is found in numbers made to be weak, and not in others."""

from pathlib import Path

import pytest

from vdlab.benchmark import cautions
from vdlab.machine import cgroups
from vdlab.machine.activity import Vitals, vitals
from vdlab.results.records import Results, Run

CALM = Vitals(0.0, 0, 3000.0)


def runs(seconds: list[float], strategy: str = "threads") -> list[Run]:
    return [
        Run(strategy, 2, 2.0, number, "timed", 100, "identical", time, time)
        for number, time in enumerate(seconds, start=1)
    ]


def results(seconds: list[float]) -> Results:
    steady = runs([3.0, 3.02, 2.99, 3.01, 3.0, 2.98, 3.01], "processes")[: len(seconds)]
    return Results(video={}, machine={}, settings={}, version="0", started="", runs=runs(seconds) + steady)


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        ([1.0, 1.05, 1.11, 1.14, 1.2, 1.27], "its runs became 24% slower from the first round to the last"),
        ([1.3, 1.2, 1.15, 1.1, 1.0], "faster from the first round to the last; raise --warmup"),
    ],
)
def test_drift_is_found_beside_its_setting(seconds: list[float], says: str) -> None:
    (caution,) = cautions.drift(results(seconds))
    assert (caution.code, caution.about) == ("drift", "threads x2")
    assert says in caution.message


@pytest.mark.parametrize(
    "seconds",
    [
        [1.0, 1.3, 0.9, 1.2, 1.05, 1.1],  # up and down
        [1.0, 1.005, 1.01, 1.015, 1.02],  # steady, and too little to matter
        [1.0, 1.2, 1.4],  # three rounds are in some order by chance
    ],
)
def test_no_drift_is_seen_in_noise(seconds: list[float]) -> None:
    assert cautions.drift(results(seconds)) == []


def test_an_outlier_is_named_with_its_round() -> None:
    (caution,) = cautions.outliers(results([1.0, 1.01, 2.5, 0.99, 1.02]))
    assert (caution.code, caution.about) == ("outlier", "threads x2")
    assert "took 2.5 s in round 3, though 1.01 s is usual" in caution.message


@pytest.mark.parametrize("seconds", [[1.0, 1.2, 1.4, 1.1, 0.9], [1.0, 1.0, 1.0, 1.0, 1.1], [1.0, 1.0, 9.0]])
def test_no_outlier_is_seen_in_a_wide_spread_a_trifle_or_too_few_runs(seconds: list[float]) -> None:
    assert cautions.outliers(results(seconds)) == []


def test_what_the_machine_did_is_named_beside_the_setting_it_touched() -> None:
    quiet, loud = runs([1.0, 1.0], "processes"), runs([1.0, 1.0])
    watched = [
        *((run, CALM, CALM) for run in quiet),
        (loud[0], Vitals(1.0, 1_000_000, 3000.0), Vitals(1.4, 6_000_000, 3000.0)),
        (loud[1], Vitals(1.4, 6_000_000, 3000.0), Vitals(1.5, 6_000_000, 1800.0)),
    ]
    found = cautions.of_vitals(watched)
    assert [(caution.code, caution.about) for caution in found] == [
        ("throttled", "threads x2"),
        ("swapping", "threads x2"),
        ("clock", "threads x2"),
    ]
    assert "the CPU quota stopped it for 0.5 s in 2 runs; use fewer workers" in found[0].message
    assert "swapped 5.0 MB during its runs" in found[1].message
    assert "between 1.8 and 3.0 GHz" in found[2].message


def test_a_machine_that_tells_nothing_gives_no_caution() -> None:
    silent = Vitals(None, 0, None)
    failed = Run("threads", 2, 2.0, 3, "timed", 100, "failed")
    watched = [(runs([1.0])[0], silent, silent), (failed, CALM, Vitals(9.0, 9, 1.0))]
    assert cautions.of_vitals(watched) == []


def test_this_machines_vitals_can_be_read() -> None:
    before, after = vitals(), vitals()
    assert after.swapped_bytes >= before.swapped_bytes >= 0
    assert before.megahertz is None or before.megahertz > 0
    assert before.throttled_seconds is None or after.throttled_seconds >= before.throttled_seconds


def test_throttling_of_version_2_is_read_of_the_most_stopped_group(tmp_path: Path) -> None:
    group = tmp_path / "pods" / "one"
    group.mkdir(parents=True)
    stat = "usage_usec 5000\nuser_usec 4000\nsystem_usec 1000\nnr_periods 20\nnr_throttled 7\nthrottled_usec {}\n"
    (group / "cpu.stat").write_text(stat.format(250_000))
    (tmp_path / "pods" / "cpu.stat").write_text(stat.format(1_500_000))
    (tmp_path / "cpu.stat").write_text("usage_usec 5000\n")  # the root has no quota and counts no stops
    assert cgroups.throttled_seconds(tmp_path, "0::/pods/one\n") == 1.5


def test_throttling_of_version_1_is_read_in_nanoseconds(tmp_path: Path) -> None:
    group = tmp_path / "cpu,cpuacct" / "job"
    group.mkdir(parents=True)
    (group / "cpu.stat").write_text("nr_periods 40\nnr_throttled 12\nthrottled_time 2300000000\n")
    assert cgroups.throttled_seconds(tmp_path, "4:cpu,cpuacct:/job\n") == pytest.approx(2.3)


def test_without_counts_there_is_no_throttling_to_read(tmp_path: Path) -> None:
    assert cgroups.throttled_seconds(tmp_path, "0::/\n") is None
