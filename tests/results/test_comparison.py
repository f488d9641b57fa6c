"""Verdicts on synthetic timings of a noisy, shared machine: what is planted is found, and nothing else is.

The counts are printed: `pytest -rP tests/results/test_comparison.py` shows them.
"""

from math import log

import numpy as np
import pytest
from builders import add, noisy, plan, results, run

from vdlab.benchmark.rounds import LOOKS, settled
from vdlab.results.judgement import Judgement, further_rounds, judge, standing
from vdlab.results.records import Results, Setting
from vdlab.results.statistics import paired_ratio
from vdlab.results.verdict import verdict

SWEEPS = 200
SEQUENTIAL, THREADS = Setting("sequential", 1, 2.0), Setting("threads", 2, 2.0)


def results_of(seconds: np.ndarray, settings: list[Setting], looks: int = 1) -> Results:
    times = dict(zip(settings, seconds.T.tolist(), strict=True))
    return results(times, plan=plan(settings, looks=looks))


def until_settled(seconds: np.ndarray, settings: list[Setting]) -> Results:
    """What `repeats="auto"` does, on timings made beforehand."""
    for rounds in LOOKS:
        found = results_of(seconds[:rounds], settings, len(LOOKS))
        if settled(found, 2.0):
            break
    return found


def judged(seconds: np.ndarray) -> Judgement | None:
    found = results_of(seconds, [SEQUENTIAL, THREADS])
    return judge(found, found.of(THREADS), found.of(SEQUENTIAL))


@pytest.mark.parametrize("rounds", [2, 3, 5, 6, 10, 20, 40])
def test_the_interval_holds_its_level_with_few_rounds_and_with_many(rounds: int) -> None:
    rng = np.random.default_rng(rounds)
    times = (noisy(rng, rounds, 2) for _ in range(2_000))
    ratios = [paired_ratio(time[:, 0], time[:, 1]) for time in times]
    missed = sum(not ratio.low <= 1 <= ratio.high for ratio in ratios)
    print(f"{rounds} rounds: two identical strategies called different in {missed} of 2000")
    assert missed <= 2_000 * 0.05 + 3 * np.sqrt(2_000 * 0.05 * 0.95)


def test_a_planted_slowdown_of_10_percent_is_found_in_19_of_20_sweeps() -> None:
    rng = np.random.default_rng(10)
    calls, rounds = [], []
    for _ in range(SWEEPS):
        found = until_settled(noisy(rng, LOOKS[-1], 2) * [1.0, 1.1], [SEQUENTIAL, THREADS])
        judgement = standing(found, 2.0).judgements[0]
        calls.append(judgement.call)
        rounds.append(judgement.rounds)
    found = calls.count("slower")
    print(f"found in {found} of {SWEEPS}, called faster in {calls.count('faster')}, median {np.median(rounds)} rounds")
    assert found >= 0.95 * SWEEPS
    assert "faster" not in calls


def test_two_identical_strategies_are_called_different_in_1_of_20_sweeps_at_most() -> None:
    rng = np.random.default_rng(20)
    calls = []
    for _ in range(SWEEPS):
        found = until_settled(noisy(rng, LOOKS[-1], 2), [SEQUENTIAL, THREADS])
        calls.append(standing(found, 2.0).judgements[0].call)
    different = calls.count("faster") + calls.count("slower")
    print(f"called different in {different} of {SWEEPS}, the same in {calls.count('same')}")
    assert different <= 0.05 * SWEEPS
    assert calls.count("same") >= 0.9 * SWEEPS


def test_picking_the_best_of_several_worker_counts_and_of_several_strategies_keeps_the_level() -> None:
    settings = [SEQUENTIAL, *(Setting(name, count, 2.0) for name in ("a", "b", "c") for count in (1, 2, 4))]
    rng = np.random.default_rng(30)
    against_sequential = runner_up = comparisons = 0
    for _ in range(SWEEPS):
        found = standing(results_of(noisy(rng, 10, len(settings)), settings), 2.0).judgements
        different = [judgement for judgement in found if judgement.call in ("faster", "slower")]
        comparisons += sum(judgement.other == SEQUENTIAL for judgement in found)
        against_sequential += sum(judgement.other == SEQUENTIAL for judgement in different)
        runner_up += sum(judgement.other != SEQUENTIAL for judgement in different)
    print(
        f"called different: {against_sequential} of {comparisons} with sequential, {runner_up} of {SWEEPS} runners-up"
    )
    assert against_sequential <= 0.05 * comparisons
    assert runner_up <= 0.05 * SWEEPS


def test_the_number_of_further_rounds_that_is_named_does_tell() -> None:
    rng = np.random.default_rng(40)
    told = asked = 0
    for _ in range(SWEEPS):
        seconds = noisy(rng, 400, 2) * [1.0, 1.1]
        first = judged(seconds[:6])
        if first.call == "unclear" and 6 + first.more <= 400:
            asked += 1
            later = judged(seconds[: 6 + first.more])
            told += later.call != "unclear"
    print(f"after as many rounds as were named, {told} of {asked} were told")
    assert told >= 0.5 * asked


def test_further_rounds_follow_the_textbook() -> None:
    # A difference half as large as its spread, by Student's t with a power of 80 %: 34 pairs (Cohen 1988, 2.3).
    step = log(1.1)
    logs = [step + 2 * step * value for value in np.array([-1, 0, 1] * 100) * np.sqrt(299 / 200)]
    assert np.std(logs, ddof=1) == pytest.approx(2 * step)
    assert further_rounds(logs[:1]) == 2
    few = [step + 2 * step * value for value in (-1, 0, 1)]
    assert 34 <= len(few) + further_rounds(few) <= 35


def verdict_on(sequential: list[float], threads: list[float]) -> Judgement:
    judgement = judged(np.array([sequential, threads]).T)
    assert judgement is not None
    return judgement


@pytest.mark.parametrize(
    ("threads", "says"),
    [
        ([1.0, 1.01, 0.99], "threads x2 is faster than sequential x1: 2.00x [1.95, 2.05] as fast"),
        ([2.5, 2.52, 2.49], "threads x2 is slower than sequential x1: 0.80x [0.79, 0.81] as fast"),
        ([2.0, 2.01, 1.99], "threads x2 is as fast as sequential x1 to within 5%: 1.00x [0.99, 1.01]"),
        ([1.5, 2.5, 2.0], "cannot tell yet whether threads x2 is faster or slower than sequential x1: 1.00x"),
    ],
)
def test_the_verdict_in_words(threads: list[float], says: str) -> None:
    assert str(verdict_on([2.0, 2.0, 2.0], threads)).startswith(says)


def test_one_round_tells_nothing_and_says_how_many_would() -> None:
    judgement = verdict_on([2.0], [1.0])
    assert judgement.call == "unclear"
    assert str(judgement).endswith("2.00x [one round] as fast after 1 round; about 2 more would tell")


def test_much_noise_is_said_in_place_of_an_interval_that_says_nothing() -> None:
    text = str(verdict_on([1.0, 9.0, 1.0], [1.0, 1.0, 9.0]))
    assert "sequential x1: 1.00x [too wide] as fast after 3 rounds" in text
    assert text.endswith("with so much noise, 100 more would not tell: close other programs first")


def test_only_rounds_with_both_count() -> None:
    found = results_of(np.array([[2.0, 1.0]] * 4), [SEQUENTIAL, THREADS])
    del found.of(SEQUENTIAL).runs[1], found.of(THREADS).runs[3]
    judgement = judge(found, found.of(THREADS), found.of(SEQUENTIAL))
    assert judgement and judgement.rounds == 2


def test_settings_with_wrong_frames_are_not_compared() -> None:
    found = results_of(np.array([[2.0, 1.0]] * 4), [SEQUENTIAL, THREADS])
    assert standing(add(found, run(THREADS, round=5, verdict="differs")), 2.0).judgements == ()


def test_a_sweep_under_way_does_not_call_sequential_the_fastest() -> None:
    """Nothing else has been timed yet: that nothing was faster would say more than is known."""
    assert verdict(results({"sequential": [2.0]})).startswith("only sequential was timed")
    assert verdict(results({"sequential": [2.0], "threads x2": [3.0]})).startswith("from one round only: cannot tell")
    slower = results({"sequential": [2.0, 2.0, 2.0], "threads x2": [3.0, 3.0, 3.0]})
    assert verdict(slower).startswith("nothing is faster than sequential; ")
