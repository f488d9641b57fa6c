"""What is said of an answer: whether it is right, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose, isfinite
from numbers import Real

from vdlab.lab.markup import sentence, sheet

ROUNDED = 0.03
"""How far a number may be from the right one, relative to it: people round what they read off a page."""


@dataclass(frozen=True, repr=False)
class Marked:
    """An answer that was judged; a notebook shows it as a box, everything else as a line of text.

    Attributes:
        right: whether it is; None where there is nothing to judge.
        why: the reason, in sentences in which what stands in backticks is code.
    """

    right: bool | None
    why: str

    def __repr__(self) -> str:
        word = {True: "Right. ", False: "Not quite. ", None: ""}[self.right]
        return word + self.why

    def _repr_html_(self) -> str:
        kind, word = {True: ("right", "Right."), False: ("wrong", "Not quite."), None: ("open", "")}[self.right]
        says = f'<div class="vdlab-{kind}"><b>{word}</b> {sentence(self.why)}</div>'
        return f'<style>{sheet()}</style><div class="vdlab vdlab-question">{says}</div>'


OPEN = Marked(None, "Not answered yet: write your answer in place of `None` and run this cell again.")


def number(
    answer: object, right: float, why: str, hint: str, slips: Sequence[tuple[float, str]] = (), within: float = ROUNDED
) -> Marked:
    """Judge a number.

    Args:
        answer: what a person wrote; None where nothing yet.
        right: the right one.
        why: what is said of it.
        hint: what is said of any other.
        slips: wrong numbers that known mistakes lead to, each with what is said of it; the nearest one counts.
        within: how far from the right one still counts, relative to it.
    """
    if answer is None:
        return OPEN
    if isinstance(answer, bool) or not isinstance(answer, Real) or not isfinite(answer):
        return Marked(False, f"A number is asked for, and this is `{answer!r}`.")
    if near(answer, right, within):
        return Marked(True, why)
    meant = [(abs(answer - value), says) for value, says in slips if near(answer, value, within)]
    return Marked(False, min(meant)[1] if meant else hint)


def near(answer: float, value: float, within: float) -> bool:
    return isclose(answer, value, rel_tol=0, abs_tol=within * abs(value))


def foretold(guess: float | None, measured: float, unit: str = "x") -> Marked:
    """A prediction beside what was measured: nothing to be right or wrong about, but to be surprised by."""
    found = f"Measured: {measured:.2f}{unit}."
    if guess is None:
        return Marked(None, f"{found} You foretold nothing: write a number into the cell above before you measure.")
    return Marked(None, f"You foretold {guess:g}{unit}. {found}")
