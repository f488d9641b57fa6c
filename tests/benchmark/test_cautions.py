"""What weakens numbers is found in numbers made to be weak, and not in others."""

import re
from pathlib import Path

import builders
import numpy as np
import pytest

from vdlab.benchmark.cautions import RULES, Failure, Seen, Watched, found
from vdlab.machine import limits
from vdlab.machine.activity import Counters, counters
from vdlab.results.records import Caution, Remedy, Run, Setting

CALM = Counters(0.0, 0, 3000.0)
THREADS = Setting("threads", 2, 2.0)


def seen(seconds: list[float], cpus: int = 2, **besides: object) -> Seen:
    """Two settings, of which the one beside `seconds` is steady."""
    machine = builders.machine(cpus_allowed=cpus)
    steady = [3.0, 3.02, 2.99, 3.01, 3.0, 2.98, 3.01][: len(seconds)]
    return Seen(
        builders.results({"threads": seconds, "processes": steady}, machine=machine), **{"busy": 0.0, **besides}
    )


def of(code: str, what: Seen) -> list[Caution]:
    return [caution for caution in found(what) if caution.code == code]


def test_calm_numbers_need_no_caution() -> None:
    assert found(seen([1.0, 1.01, 1.0, 0.99, 1.0])) == []


def test_others_that_took_the_cpus_are_named() -> None:
    (caution,) = found(seen([1.0, 1.0], busy=0.62))
    assert caution.about == ""
    assert caution.message == (
        "the machine was 62% busy before the first run; close other programs and run again, or trust the ratios more "
        "than the seconds"
    )


def test_more_workers_than_cpus_are_named() -> None:
    (caution,) = found(seen([1.0, 1.0], cpus=1))
    assert caution.message.startswith(
        "2 workers on 1 CPUs; more workers than CPUs rarely help; see whether --workers 1"
    )


def test_a_wide_spread_is_found_and_each_place_says_what_to_do_there() -> None:
    (caution,) = found(seen([1.0, 1.2, 1.1]))
    assert caution.message == (
        "threads x2: its runs spread over 18% of their median; close other programs or raise --repeats above 3"
    )
    assert caution.sentence(caution.remedy.lab).endswith("or, under Measuring, set Rounds above 3")
    assert caution.sentence(caution.remedy.code).endswith("or raise repeats above 3")


def test_with_a_budget_it_is_the_budget_that_is_to_be_raised() -> None:
    results = builders.results({"threads": [1.0, 1.2, 1.1]}, plan=builders.plan(["threads"], budget_seconds=90.0))
    (caution,) = found(Seen(results))
    assert caution.remedy == Remedy(
        "close other programs or raise --budget above 90",
        "close other programs or, under Measuring, set At most above 90 s",
        "close other programs or raise budget_seconds above 90",
    )


def test_of_many_runs_the_quartiles_count_or_the_longest_sweep_would_have_the_widest_spread() -> None:
    few_odd = [1.0, 1.01, 0.99, 1.0, 1.3, 0.8, 1.0]
    assert of("spread", seen(few_odd)) == []
    (caution,) = of("spread", seen([1.0, 1.2, 0.9, 1.3, 1.0, 0.8, 1.4]))
    assert caution.what == "the middle half of its runs spreads over 30% of their median"


def in_rounds(others: float = 0.0, tail: float = 1.0, heat: float = 1.0) -> Seen:
    """Eight rounds of four settings, each round in another order.

    Args:
        others: CPUs that others used during every run.
        tail: how many times as long the last run of a round takes as the first.
        heat: the last round as the first.
    """
    rng = np.random.default_rng(0)
    settings = [f"threads x{count}" for count in (1, 2, 3, 4)]
    runs = []
    for number in range(8):
        for place, one in enumerate(rng.permutation(settings)):
            seconds = (1 + 0.01 * rng.normal()) * tail ** (place / 3) * heat ** (number / 7)
            runs.append(builders.run(one, seconds, round=number + 1, began=10.0 * number + place, others=others))
    return Seen(builders.results(records=runs, machine=builders.machine(cpus_allowed=4)))


def test_a_calm_machine_has_neither_neighbours_nor_places_nor_drift() -> None:
    assert found(in_rounds()) == []
    assert found(in_rounds(others=0.3)) == []


def test_a_neighbour_that_stayed_is_named_with_how_much_it_took() -> None:
    (caution,) = found(in_rounds(others=1.2))
    assert caution.code == "neighbours"
    assert caution.what.startswith("others used 1.2 CPUs during 32 of 32 timed runs")


def test_what_the_place_in_a_round_does_is_named() -> None:
    (caution,) = of("position", in_rounds(tail=1.3))
    assert caution.about == ""
    assert re.match(r"runs in the last third of a round were 1\d% slower than in its first", caution.what)


def test_a_machine_that_slows_down_is_named_once_and_not_beside_every_setting() -> None:
    (caution,) = of("drift", in_rounds(heat=1.4))
    assert caution.about == ""
    assert re.match(r"most runs became (3|4)\d% slower from the first round to the last", caution.what)


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        ([1.0, 1.05, 1.11, 1.14, 1.2, 1.27], "its runs became 24% slower from the first round to the last"),
        ([1.3, 1.2, 1.15, 1.1, 1.0], "faster from the first round to the last; raise --warmup"),
    ],
)
def test_drift_is_found_beside_its_setting(seconds: list[float], says: str) -> None:
    (caution,) = of("drift", seen(seconds))
    assert caution.about == "threads x2"
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
    assert of("drift", seen(seconds)) == []


def test_an_outlier_is_named_with_its_round() -> None:
    (caution,) = of("outlier", seen([1.0, 1.01, 2.5, 0.99, 1.02]))
    assert caution.about == "threads x2"
    assert "took 2.5 s in round 3, though 1.01 s is usual" in caution.message


@pytest.mark.parametrize("seconds", [[1.0, 1.2, 1.4, 1.1, 0.9], [1.0, 1.0, 1.0, 1.0, 1.1], [1.0, 1.0, 9.0]])
def test_no_outlier_is_seen_in_a_wide_spread_a_trifle_or_too_few_runs(seconds: list[float]) -> None:
    assert of("outlier", seen(seconds)) == []


def test_what_the_machine_did_is_named_beside_the_setting_it_touched() -> None:
    calm = seen([1.0, 1.0])
    quiet, loud = (calm.results.of(setting).runs for setting in (Setting("processes", 2, 2.0), THREADS))
    calm.watched += [Watched(run, CALM, CALM) for run in quiet]
    assert found(calm) == []
    calm.watched += [
        Watched(loud[0], Counters(1.0, 1_000_000, 3000.0), Counters(1.4, 6_000_000, 3000.0)),
        Watched(loud[1], Counters(1.4, 6_000_000, 3000.0), Counters(1.5, 6_000_000, 1800.0)),
    ]
    cautions = found(calm)
    assert [(caution.code, caution.about) for caution in cautions] == [
        ("throttled", "threads x2"),
        ("swapping", "threads x2"),
        ("clock", "threads x2"),
    ]
    assert "the CPU quota stopped it for 0.5 s in 2 runs; use fewer workers" in cautions[0].message
    assert "swapped 5.0 MB during its runs" in cautions[1].message
    assert "between 1.8 and 3.0 GHz" in cautions[2].message


def test_a_machine_that_tells_nothing_gives_no_caution() -> None:
    silent = Counters(None, 0, None)
    failed = Run(THREADS, 3, "timed", 100, "failed")
    watched = [Watched(builders.run(THREADS), silent, silent), Watched(failed, CALM, Counters(9.0, 9, 1.0))]
    assert found(seen([1.0, 1.0], watched=watched)) == []


def test_what_could_not_be_measured_is_said_of_its_setting_or_of_all() -> None:
    failures = [
        Failure("trace", THREADS, "has no timeline, because {it} failed"),
        Failure("memory", THREADS, "has no memory peak"),
        Failure("no-memory", None, "this system tells none"),
    ]
    assert [caution.message for caution in found(seen([1.0, 1.0], failures=failures))] == [
        "threads x2: has no timeline, because {it} failed; run it again",
        "threads x2: has no memory peak; run it again",
        "no memory peaks: this system tells none",
    ]


def test_every_rule_says_what_to_do_in_every_place() -> None:
    for rule in RULES:
        assert len({bool(text) for text in vars(rule.remedy).values()}) == 1, rule.code
        assert "--" not in rule.remedy.lab + rule.remedy.code


def test_this_machines_counters_can_be_read() -> None:
    before, after = counters(), counters()
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
    assert limits.throttled_seconds(tmp_path, "0::/pods/one\n") == 1.5


def test_throttling_of_version_1_is_read_in_nanoseconds(tmp_path: Path) -> None:
    group = tmp_path / "cpu,cpuacct" / "job"
    group.mkdir(parents=True)
    (group / "cpu.stat").write_text("nr_periods 40\nnr_throttled 12\nthrottled_time 2300000000\n")
    assert limits.throttled_seconds(tmp_path, "4:cpu,cpuacct:/job\n") == pytest.approx(2.3)


def test_without_counts_there_is_no_throttling_to_read(tmp_path: Path) -> None:
    assert limits.throttled_seconds(tmp_path, "0::/\n") is None
