"""Laws of scaling: what made the data is found again, and what no law made is not fitted.

The counts are printed: `pytest -rP tests/results/test_scaling.py` shows them.
"""

from math import inf, isinf

import numpy as np
import pytest
from builders import add, results, run

from vdlab.results.scaling import LAWS, best_workers, fit, karp_flatt, predict, scaling

COUNTS = (1, 2, 4, 8, 16)
CURVES = 100


def measured(
    rng: np.random.Generator, law: str, parameters: tuple[float, ...], rounds: int = 5, counts: tuple[int, ...] = COUNTS
) -> dict[int, list[float]]:
    """Speedups by worker count, from times with 4 % noise of their own and rounds 20 % up or down."""
    common = rng.normal(0, 0.20, rounds)
    seconds = {
        count: np.exp(common + rng.normal(0, 0.04, rounds)) / LAWS[law].speedup(count, *parameters) for count in counts
    }
    return {count: list(seconds[counts[0]] / seconds[count]) for count in counts}


@pytest.mark.parametrize(
    ("law", "parameters"),
    [
        ("amdahl", (0.02,)),
        ("amdahl", (0.1,)),
        ("amdahl", (0.5,)),
        ("gustafson", (0.05,)),
        ("gustafson", (0.4,)),
        ("usl", (0.05, 0.001)),
        ("usl", (0.1, 0.01)),
        ("usl", (0.02, 0.02)),
    ],
)
def test_known_parameters_are_inside_their_intervals(law: str, parameters: tuple[float, ...]) -> None:
    rng = np.random.default_rng(5)
    inside = {name: 0 for name in LAWS[law].parameters}
    foretold = refused = 0
    for _ in range(CURVES):
        found = fit(LAWS[law], measured(rng, law, parameters))
        refused += not found.holds
        for name, true in zip(inside, parameters, strict=True):
            inside[name] += found.parameters[name].low <= true <= found.parameters[name].high
        if found.holds:
            prediction = predict(found, 64)
            foretold += prediction.low <= LAWS[law].speedup(64, *parameters) <= prediction.high
    counts = ", ".join(f"{name} in {count}" for name, count in inside.items())
    print(f"{law} {parameters}: {counts}, speedup at 64 in {foretold}, refused {refused} of {CURVES} curves")
    # 95 % are promised: fewer than 88 of 100 would happen to an honest interval once in five hundred times.
    assert all(count >= 88 for count in [*inside.values(), foretold])
    assert refused <= 3


def test_the_best_number_of_workers_is_inside_its_interval() -> None:
    rng = np.random.default_rng(6)
    true = np.sqrt((1 - 0.05) / 0.01)
    best = [best_workers(fit(LAWS["usl"], measured(rng, "usl", (0.05, 0.01)))) for _ in range(CURVES)]
    inside = sum(estimate.low <= true <= estimate.high for estimate in best)
    print(f"the best number of workers, {true:.1f}, in {inside} of {CURVES} intervals")
    assert inside >= 88
    assert np.median([estimate.value for estimate in best]) == pytest.approx(true, rel=0.03)


def test_without_noise_the_parameters_come_back_exactly() -> None:
    curve = {count: [float(LAWS["usl"].speedup(count, 0.08, 0.004))] * 3 for count in COUNTS}
    found = fit(LAWS["usl"], curve)
    assert found.parameters["contention"].value == pytest.approx(0.08, abs=1e-5)
    assert found.parameters["coherency"].value == pytest.approx(0.004, abs=1e-6)
    assert best_workers(found).value == pytest.approx(np.sqrt(0.92 / 0.004), rel=1e-3)
    assert predict(found, 64).value == pytest.approx(float(LAWS["usl"].speedup(64, 0.08, 0.004)), rel=1e-3)


def test_amdahl_has_no_best_number_and_a_law_without_coherency_has_none_in_sight() -> None:
    curve = {count: [float(LAWS["amdahl"].speedup(count, 0.1))] * 3 for count in COUNTS}
    with pytest.raises(ValueError, match="more workers are always faster"):
        best_workers(fit(LAWS["amdahl"], curve))
    noisy = fit(LAWS["usl"], measured(np.random.default_rng(1), "amdahl", (0.1,)))
    assert isinf(best_workers(noisy).high)


@pytest.mark.parametrize(
    ("law", "counts", "says"),
    [
        ("amdahl", (1, 2), "too few points: Amdahl needs 1 more worker count above 1"),
        ("usl", (1, 2, 4), "too few points: Universal Scalability Law needs 1 more worker count above 1"),
        ("usl", (1, 2), "needs 2 more worker counts above 1"),
    ],
)
def test_too_few_points_are_said(law: str, counts: tuple[int, ...], says: str) -> None:
    found = fit(LAWS[law], {count: [float(count)] * 3 for count in counts})
    assert not found.holds
    assert says in found.reason
    assert found.parameters == {}
    with pytest.raises(ValueError, match="too few points"):
        predict(found, 8)


@pytest.mark.parametrize(
    ("speedups", "laws"),
    [
        ({1: 1.0, 2: 1.1, 4: 3.8, 8: 1.2, 16: 9.0}, ("amdahl", "gustafson", "usl")),  # up and down
        ({1: 1.0, 2: 3.0, 4: 9.0, 8: 27.0}, ("amdahl", "gustafson", "usl")),  # more than twice by twice the workers
        ({1: 1.0, 2: 1.8, 4: 2.6, 8: 2.2, 16: 1.4}, ("amdahl", "gustafson")),  # a peak, which the third law has
    ],
)
def test_points_that_fit_no_law_are_said(speedups: dict[int, float], laws: tuple[str, ...]) -> None:
    rng = np.random.default_rng(7)
    curve = {count: list(value * np.exp(rng.normal(0, 0.02, 4))) for count, value in speedups.items()}
    refused = tuple(name for name, law in LAWS.items() if not fit(law, curve).holds)
    assert refused == laws
    assert f"do not follow {LAWS[laws[0]].title}" in fit(LAWS[laws[0]], curve).reason


def test_karp_and_flatt_find_amdahls_fraction_at_every_count() -> None:
    for count in COUNTS[1:]:
        assert karp_flatt(float(LAWS["amdahl"].speedup(count, 0.07)), count) == pytest.approx(0.07)


def test_speedups_are_over_one_worker_of_the_same_strategy() -> None:
    seconds = {"threads x1": [8.0, 16.0], "threads x2": [4.0, 8.0], "threads x4": [2.0, 4.0]}
    found = scaling(results({"sequential": [9.0, 9.0], **seconds}), "threads")
    assert str(found.baseline) == "threads x1"
    assert found.speedups == {1: [1.0, 1.0], 2: [2.0, 2.0], 4: [4.0, 4.0]}
    assert found.serial[4].value == pytest.approx(0.0)
    assert found.fits["amdahl"].parameters["serial"].value == pytest.approx(0.0, abs=1e-6)
    assert not found.fits["usl"].holds


def test_without_a_run_of_one_worker_sequential_is_the_baseline() -> None:
    found = scaling(results({"sequential": [8.0, 8.0], "threads": [4.0, 4.0]}), "threads")
    assert str(found.baseline) == "sequential x1"
    assert found.speedups == {2: [2.0, 2.0]}


def test_a_strategy_with_no_curve_says_so() -> None:
    found = scaling(results({"sequential": [8.0, 8.0]}), "sequential")
    assert found.fits == {}
    assert "no curve to explain" in found.reason


def test_wrong_frames_are_not_on_the_curve() -> None:
    found = results({"sequential": [8.0], "threads x2": [4.0], "threads x4": [0.1]})
    add(found, run("threads x4", 0.1, round=2, verdict="differs"))
    assert list(scaling(found, "threads").speedups) == [2]


def test_infinity_is_a_number_of_workers() -> None:
    curve = {count: [float(count)] * 3 for count in COUNTS}
    assert best_workers(fit(LAWS["usl"], curve)).high == inf
