"""What the laws say in sentences: the numbers of the fits, what they hold for, and what to measure for a fit."""

import pytest
from builders import by_the_law

from vdlab.results.scaling import best_workers, laws_in_words, predict, scaling

COUNTS = (1, 2, 4, 8, 16)


def test_the_sentences_hold_the_numbers_of_the_fits() -> None:
    found = scaling(by_the_law(COUNTS, noise=(1.0,) * 3), "threads")
    said = laws_in_words(found, cpus=16)
    fit = found.fits["usl"]
    assert said[0].startswith("threads scales as if each further worker added 5.0% [5.0%, 5.0%] of waiting")
    assert f"Fastest with {best_workers(fit).value:.0f} [" in said[1]
    assert f"{predict(fit, 64).value:.1f}x [" in said[2]
    assert said[2].endswith("with 64 CPUs, by the Universal Scalability Law")
    assert said[3].startswith("The points do not follow Amdahl")


def test_where_workers_share_cpus_nothing_is_said_of_more_cpus() -> None:
    said = " ".join(laws_in_words(scaling(by_the_law(COUNTS), "threads"), cpus=8))
    assert "64 workers on these 8 CPUs" in said
    assert "What more CPUs would bring cannot be told" in said
    assert "64 CPUs" not in said


@pytest.mark.parametrize(
    ("counts", "cpus", "says"),
    [
        ((1, 2), 16, "threads was timed with 1 and 2 workers only, too few for a law: measure 1, 2, 3 and 4 workers"),
        ((1, 2), 2, "measure 1, 2, 3 and 4 workers, best where there are as many CPUs (here 2)"),
        ((1, 8), 16, "with 1 and 8 workers only, too few for a law: measure 1, 2, 3 and 8 workers"),
        ((1,), 16, "threads was timed with 1 worker only, too few for a law: measure 1, 2, 3 and 4 workers"),
        ((), 16, "threads was not timed with one worker and with several: measure 1, 2, 3 and 4 workers"),
    ],
)
def test_too_few_counts_are_said_once_with_what_to_measure(counts: tuple[int, ...], cpus: int, says: str) -> None:
    (said,) = laws_in_words(scaling(by_the_law(counts), "threads"), cpus)
    assert said.endswith(says)


def test_three_counts_are_enough_for_amdahl_and_what_is_not_fitted_is_said() -> None:
    said = laws_in_words(scaling(by_the_law((1, 2, 4)), "threads"), cpus=16)
    assert "could not be shared, by Amdahl's law" in said[0]
    assert said[-1] == "Too few points: Universal Scalability Law needs 1 more worker count above 1"
