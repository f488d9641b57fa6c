"""What a notebook shows beside its text: questions whose answers are judged at once, and the code that runs."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose, isfinite
from numbers import Real

import ipywidgets as widgets
from IPython.display import Markdown

from vdlab.lab.markup import block, sentence, sheet, style
from vdlab.strategies import find

ROUNDED = 0.03
"""How far a number may be from the right one, relative to it: people round what they read off a page."""
WORDS = {True: ("right", "Right."), False: ("wrong", "Not quite."), None: ("open", "")}


@dataclass(frozen=True, repr=False)
class Reply:
    """What is said of an answer; a notebook shows it as a box, everything else as a line of text.

    Attributes:
        right: whether the answer is; None where there is nothing to judge.
        why: the reason, in sentences in which what stands in backticks is code.
    """

    right: bool | None
    why: str

    def __repr__(self) -> str:
        return f"{WORDS[self.right][1]} {self.why}".strip()

    @property
    def html(self) -> str:
        """The reply in its colour."""
        css, word = WORDS[self.right]
        return f'<div class="vdlab-{css}"><b>{word}</b> {sentence(self.why)}</div>'

    def _repr_html_(self) -> str:
        return f'<style>{sheet()}</style><div class="vdlab vdlab-question">{self.html}</div>'


OPEN = Reply(None, "Not answered yet: replace `None` by your answer and run this cell again.")


def question(asked: str, answers: Mapping[str, str], right: str) -> widgets.VBox:
    """Answers to choose from; the one chosen is judged at once, with its reason.

    Args:
        asked: the question.
        answers: every answer with what is to be said about it.
        right: the answer that is right.

    Raises:
        ValueError: `right` is not among the answers.
    """
    if right not in answers:
        raise ValueError(f"the right answer {right!r} is not among the answers")
    choice = widgets.RadioButtons(options=list(answers), value=None, layout={"width": "auto"})
    reply = block("&nbsp;", "reply")

    def judge(change: dict[str, str]) -> None:
        reply.value = Reply(change["new"] == right, answers[change["new"]]).html

    choice.observe(judge, "value")
    box = widgets.VBox([style(), block(f"<b>{sentence(asked)}</b>"), choice, reply])
    return box.add_class("vdlab").add_class("vdlab-question")


def number(
    answer: object, right: float, why: str, hint: str, slips: Sequence[tuple[float, str]] = (), within: float = ROUNDED
) -> Reply:
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
        return Reply(False, f"A number is asked for, and this is `{answer!r}`.")
    given = float(answer)

    def near(value: float) -> bool:
        return isclose(given, value, rel_tol=0, abs_tol=within * abs(value))

    if near(right):
        return Reply(True, why)
    meant = [(abs(given - value), says) for value, says in slips if near(value)]
    return Reply(False, min(meant)[1] if meant else hint)


def predicted(guess: float | None, measured: float, unit: str = "x") -> Reply:
    """A prediction beside what was measured: nothing to be right or wrong about, but to be surprised by."""
    found = f"Measured: {measured:.2f}{unit}."
    if guess is None:
        return Reply(None, f"{found} You predicted nothing: write a number into the cell above before you measure.")
    return Reply(None, f"You predicted {guess:g}{unit}. {found}")


def source(strategy: str) -> Markdown:
    """A strategy's function, read from the package now; JupyterLab colours it for the theme in use.

    Raises:
        SettingsError: there is no strategy of that name.
    """
    code = inspect.getsource(find(strategy).decode)
    return Markdown(f"```python\n{code}```")
