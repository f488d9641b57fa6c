"""The judgement of thousands of simulated sweeps: what is alike is hardly ever called different, and what is not is.

The shares are printed: `pytest -rP tests/results/test_simulated_sweeps.py` shows them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from builders import add, plan, results, run

from vdlab.benchmark.rounds import LOOKS
from vdlab.results.judgement import call_of, judge
from vdlab.results.records import Results, Setting
from vdlab.results.statistics import Ratio, paired_interval

SWEEPS = 2_000
SETTINGS = 5
LEVEL = 0.025
PAIRS = list(combinations(range(SETTINGS), 2))
AUTO = LOOKS[:4]

Noise = Callable[[np.random.Generator, np.ndarray], np.ndarray]
"""The logarithms of factors, `[sweeps, rounds, runs]`, for runs that come in this order, `[sweeps, rounds, runs]`."""


def calm(rng: np.random.Generator, order: np.ndarray) -> np.ndarray:
    return rng.normal(0, 0.02, order.shape)


def log_normal(rng: np.random.Generator, order: np.ndarray) -> np.ndarray:
    """Rounds differ by a fifth, runs by a twentieth."""
    return rng.normal(0, 0.2, (*order.shape[:2], 1)) + rng.normal(0, 0.05, order.shape)


def unequal(rng: np.random.Generator, order: np.ndarray) -> np.ndarray:
    """The last setting is fifteen times as noisy as the first, and so is none of them as noisy as its twin."""
    return rng.normal(0, 1, order.shape) * np.linspace(0.01, 0.15, order.shape[-1])


def skewed(rng: np.random.Generator, order: np.ndarray) -> np.ndarray:
    """One run in ten takes far longer."""
    return log_normal(rng, order) + np.where(rng.random(order.shape) < 0.1, rng.exponential(0.5, order.shape), 0)


def drift(rng: np.random.Generator, order: np.ndarray) -> np.ndarray:
    """A machine that gets hot: every run takes 2 % longer than the one before it."""
    rounds, runs = order.shape[1:]
    return rng.normal(0, 0.03, order.shape) + 0.02 * (np.arange(rounds)[:, None] * runs + order)


def bursts(rng: np.random.Generator, order: np.ndarray) -> np.ndarray:
    """A neighbour that comes and goes, some seven runs at a time, and makes them half as long again."""
    sweeps, rounds, runs = order.shape
    changes = rng.random((sweeps, rounds * runs)) < 0.15
    there = (changes.cumsum(axis=1) + rng.integers(2, size=(sweeps, 1))) % 2
    return rng.normal(0, 0.05, order.shape) + 0.4 * np.take_along_axis(there.reshape(order.shape), order, -1)


NOISE: list[Noise] = [calm, log_normal, unequal, skewed, drift, bursts]


def simulated(noise: Noise, rounds: int, factors: Sequence[float] = (1,) * SETTINGS) -> tuple[np.ndarray, np.ndarray]:
    """The logarithms of seconds, `[sweeps, rounds, settings]`, and those of the control, the first one's twin."""
    rng = np.random.default_rng(rounds)
    order = rng.random((SWEEPS, rounds, SETTINGS + 1)).argsort(-1).argsort(-1)
    logs = noise(rng, order)
    return logs[..., :-1] + np.log(factors), logs[..., -1]


def calls(logs: np.ndarray, control: np.ndarray | None, looks: int) -> np.ndarray:
    """What is called of each pair in each sweep, `[sweeps, pairs]`: 1 for a difference, 0 for none, -1 for unclear."""
    tests = looks * len(PAIRS)
    pairs = np.stack([logs[..., other] - logs[..., one] for one, other in PAIRS], axis=1)
    ends = np.exp(np.stack(paired_interval(pairs, tests), axis=-1))
    floors = np.ones(len(logs))
    if control is not None:
        low, _, high = paired_interval(control - logs[..., 0])
        floors = np.exp(np.maximum(-low, high))
    says = {"faster": 1, "slower": 1, "same": 0, "unclear": -1}
    found = np.full(ends.shape[:2], -1)
    # Only these can be anything but unclear.
    for sweep, pair in np.argwhere((ends[..., 0] > 1) | (ends[..., 2] < 1) | (ends[..., 2] / ends[..., 0] < 1.11)):
        low, value, high = ends[sweep, pair]
        found[sweep, pair] = says[call_of(Ratio(value, low, high), floor=floors[sweep])]
    return found


@pytest.mark.parametrize("noise", NOISE)
def test_what_is_alike_is_called_different_in_1_sweep_of_40_at_most(noise: Noise) -> None:
    """In no pair of a sweep, at no look: whichever of them is chosen to be said, and whenever the sweep ends."""
    said = []
    for rounds in (3, 5, 10):
        logs, control = simulated(noise, rounds)
        said.append((f"{rounds} rounds", (calls(logs, control, 1) == 1).any(axis=1)))
    logs, control = simulated(noise, AUTO[-1])
    looks = [calls(logs[:, :rounds], control[:, :rounds], len(LOOKS)) == 1 for rounds in AUTO]
    said.append((f"auto, up to {AUTO[-1]} rounds", np.any(looks, axis=(0, 2))))
    # Two looks, at 5 and at 8 rounds, and the budget ends after 10.
    ended = [*looks[:2], calls(logs[:, :10], control[:, :10], 2) == 1]
    said.append(("auto, a budget of 10 rounds", np.any(ended, axis=(0, 2))))
    print(f"{noise.__name__}:", ", ".join(f"{100 * wrong.mean():.2f} % after {when}" for when, wrong in said))
    for when, wrong in said:
        assert wrong.mean() <= LEVEL, when


@pytest.mark.parametrize("noise", NOISE)
def test_without_a_control_the_intervals_keep_the_level_that_they_name(noise: Noise) -> None:
    for rounds in (3, 10):
        logs, _ = simulated(noise, rounds)
        wrong = (calls(logs, None, 1) == 1).any(axis=1).mean()
        print(f"{noise.__name__}: {100 * wrong:.2f} % after {rounds} rounds")
        assert wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / SWEEPS)


@pytest.mark.parametrize(("noise", "found"), [(calm, 0.99), (log_normal, 0.9), (skewed, 0.3), (drift, 0.9)])
def test_what_is_different_is_found(noise: Noise, found: float) -> None:
    """A setting that takes 10 % longer, one that takes 2 % longer and is as fast, and one that takes twice as long."""
    logs, control = simulated(noise, AUTO[-1], (1, 1.1, 1.02, 2, 1))
    says = {rounds: calls(logs[:, :rounds], control[:, :rounds], len(LOOKS)) for rounds in AUTO}
    for rounds, called in says.items():
        tenth, trifle, double = ((called[:, PAIRS.index((0, other))] == 1).mean() for other in (1, 2, 3))
        print(f"{noise.__name__}, {rounds} rounds: 10 % in {tenth:.1%}, twofold in {double:.1%}, 2 % in {trifle:.2%}")
        assert trifle <= LEVEL
    assert tenth >= found
    assert double >= 0.95


def planted(times: Sequence[Sequence[float]], control: Sequence[float] = (), **fields: object) -> Results:
    """Sequential, and threads that are a tenth slower, with a control of sequential."""
    one, other = Setting("sequential", 1, 2.0), Setting("threads", 2, 2.0)
    found = results(dict(zip((one, other), times, strict=True)), plan=plan([one, other], **fields))
    return add(found, *(run(one, took, phase="control", round=number) for number, took in enumerate(control, 1)))


def test_no_difference_below_that_of_the_twins_is_called_one() -> None:
    times = [1.0, 1.01, 0.99, 1.0, 1.01], [1.1, 1.11, 1.09, 1.1, 1.11]
    alike, differing = [0.99, 1.01, 1.0, 1.0, 1.0], [1.2, 0.9, 1.0, 1.1, 0.95]
    said = {}
    for name, control in {"none": [], "alike": alike, "differing": differing}.items():
        found = planted(times, control)
        judgement = judge(found, found.measurements[1], found.measurements[0])
        said[name] = judgement.call
    assert said == {"none": "slower", "alike": "slower", "differing": "unclear"}
    noise = planted(times, differing).noise(2.0)
    assert noise.setting == Setting("sequential", 1, 2.0)
    assert (noise.rounds, noise.floor > 1.1) == (5, True)
    assert noise.ratio.low < 1 < noise.ratio.high
    assert planted(times).noise(2.0) is None


def test_the_practical_difference_decides_what_is_as_fast() -> None:
    times = [1.0, 1.01, 0.99, 1.0, 1.01], [1.07, 1.08, 1.06, 1.07, 1.08]
    said = {}
    for practical in (0.05, 0.1):
        found = planted(times, practical=practical)
        said[practical] = judge(found, found.measurements[1], found.measurements[0]).call
    assert said == {0.05: "slower", 0.1: "same"}


def test_the_twin_takes_no_part_in_its_settings_median_and_neither_does_what_a_neighbour_hit() -> None:
    found = planted([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]], [9.0, 9.0, 9.0])
    add(found, run("threads x2", 50.0, phase="disturbed", round=3, others=1.5))
    sequential, threads = found.measurements
    assert (sequential.median, threads.median) == (1.0, 2.0)
    assert found.speedup(threads).value == 0.5
    assert found.summary()["runs"].tolist() == [3, 3]
    assert found.frame["others"].max() == 1.5


def test_one_interval_is_wider_the_more_of_them_there_are() -> None:
    few = planted([[1.0, 1.01, 0.99], [2.0, 2.1, 1.9]])
    many = replace(few, plan=replace(few.plan, looks=7))
    assert (few.tests(2.0), many.tests(2.0)) == (1, 7)
    assert add(few, run("hybrid x2", 1.0)).tests(2.0) == 3
    assert many.ratio(*many.measurements[:2]).high > few.ratio(*few.measurements[:2]).high
