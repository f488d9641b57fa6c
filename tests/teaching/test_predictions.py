"""Predictions are made before, held against what was measured, and not judged where that cannot be told."""

import pytest

from vdlab.results.statistics import Ratio
from vdlab.teaching import Prediction
from vdlab.teaching.question import Reply


def predicted(said: str, *options: str, unit: str = "x") -> Prediction:
    prediction = Prediction(*options, unit=unit)
    prediction.control.value = said
    return prediction


@pytest.mark.parametrize(
    ("said", "fits"),
    [("1.9", True), ("2x", True), ("1,8", True), ("2.2", True), ("1.5", False), ("4", False), ("-1", False)],
)
def test_a_number_fits_where_the_interval_or_nearly_so_holds_it(said: str, fits: bool) -> None:
    reply = predicted(said).against(Ratio(1.95, 1.9, 2.03))
    assert reply.right is fits
    assert "Measured: 1.95x [1.90, 2.03]" in reply.why and "You predicted" in reply.why


@pytest.mark.parametrize("measured", [Ratio(1.25, 0.02, 77.68), Ratio(1.25, None, None), Ratio(2.0, 1.0, 2.1)])
def test_under_noise_nothing_is_judged_and_it_is_said_what_to_do(measured: Ratio) -> None:
    reply = predicted("1.25").against(measured)
    assert reply.right is None
    assert reply.why.startswith("Cannot tell yet: ") and "raise `repeats`" in reply.why
    assert "77.68" not in reply.why


def test_under_noise_what_the_interval_excludes_is_wrong_all_the_same() -> None:
    assert predicted("4").against(Ratio(0.27, 0.17, 0.42)).right is False


def test_a_number_without_interval_is_held_against_itself() -> None:
    assert predicted("95", unit="").against(100) == Reply(True, "You predicted 95. Measured: 100.")
    assert predicted("80", unit="").against(100).right is False
    assert predicted("many").against(2.0) == Reply(False, "`many` is not a number. Measured: 2x.")


def test_options_come_true_or_do_not() -> None:
    assert predicted("b", "a", "b").against("b") == Reply(True, "You predicted: b. Measured: b.")
    assert predicted("a", "a", "b").against("b").right is False
    assert predicted("a", "a", "b").against("too close to call").right is None


@pytest.mark.parametrize("options", [(), ("a", "b")])
def test_who_predicted_nothing_is_told_what_was_measured_and_cannot_catch_up(options: tuple[str, ...]) -> None:
    prediction = Prediction(*options)
    assert not prediction.control.disabled
    reply = prediction.against("b" if options else 2.0)
    assert reply.right is None and "You predicted nothing" in reply.why
    assert prediction.control.disabled
