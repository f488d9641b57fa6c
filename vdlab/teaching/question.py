"""What a notebook shows beside its text: predictions that are put beside what was measured, and the code that runs."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose, isfinite
from numbers import Real

import ipywidgets as widgets
from IPython.display import Markdown, display

from vdlab.lab.markup import block, sentence, sheet, style
from vdlab.results.statistics import Ratio
from vdlab.strategies import find

ROUNDED = 0.03
"""How far a number may be from the right one, relative to it: people round what they read off a page."""
FORESEEN = 0.1
"""How far a prediction may be from what was measured, relative to it: nobody predicts two decimals."""
TOLD = 2
"""How many times its lower end the upper end of an interval may be for a prediction to be held against it."""
WORDS = {True: ("right", "Right."), False: ("wrong", "Not quite."), None: ("open", "")}
CANNOT_TELL = (
    "Cannot tell yet: {}. Close what else runs on this machine, or raise `repeats` in the cell that measures, and run "
    "it and this one again."
)


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

    def _repr_html_(self) -> str:
        css, word = WORDS[self.right]
        said = f'<div class="vdlab-{css}"><b>{word}</b> {sentence(self.why)}</div>'
        return f'<style>{sheet()}</style><div class="vdlab vdlab-question">{said}</div>'


OPEN = Reply(None, "Not answered yet: replace `None` by your answer and run this cell again.")


class Prediction:
    """What a reader expects, said before it is measured: the last value of a cell.

    Attributes:
        control: where it is said; a number to type, or options to choose from.
    """

    def __init__(self, *options: str, unit: str = "x") -> None:
        """Ask for one of the options, or for a number where there are none; `unit` follows it."""
        self.control: widgets.Text | widgets.RadioButtons = (
            widgets.RadioButtons(options=options, value=None, layout={"width": "auto"})
            if options
            else widgets.Text(placeholder="a number, such as 1.5", layout={"width": "200px"})
        )
        self._options, self._unit = options, unit
        after = "" if options else sentence(unit)
        row = widgets.HBox([block("<b>Your prediction</b>"), self.control, block(after)])
        self.widget = widgets.VBox([style(), row]).add_class("vdlab").add_class("vdlab-question")

    def against(self, measured: Ratio | float | str) -> Reply:
        """Put the prediction beside what was measured; from then on it can no longer be changed.

        Where a ratio's interval is so wide that nearly any prediction would fit, none is called right.

        Args:
            measured: a ratio with its interval, a number, or the option that came true.
        """
        self.control.disabled = True
        low, high = (measured.low, measured.high) if isinstance(measured, Ratio) else (0.0, 0.0)
        unclear = Reply(None, CANNOT_TELL.format(measured))
        if low is None or high is None:
            return unclear
        is_number = isinstance(measured, int | float)
        found = f"Measured: {f'{measured:,.2f}'.removesuffix('.00') + self._unit if is_number else measured}."
        said = (self.control.value or "").strip()
        if not said:
            return Reply(None, f"{found} You predicted nothing; next time, do so before you measure.")
        if isinstance(measured, str):
            right = said == measured if measured in self._options else None
            return Reply(right, f"You predicted: {said}. {found}")
        try:
            guess = float(said.removesuffix(self._unit).replace(",", "."))
        except ValueError:
            return Reply(False, f"`{said}` is not a number. {found}")
        if not isinstance(measured, Ratio):
            low = high = measured
        fits = low * (1 - FORESEEN) <= guess <= high * (1 + FORESEEN)
        if fits and high > TOLD * low:
            return unclear
        return Reply(fits, f"You predicted {guess:g}{self._unit}. {found}")

    def _ipython_display_(self) -> None:
        display(self.widget)


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


def source(strategy: str) -> Markdown:
    """A strategy's function, read from the package now; JupyterLab colours it for the theme in use.

    Raises:
        SettingsError: there is no strategy of that name.
    """
    code = inspect.getsource(find(strategy).decode)
    return Markdown(f"```python\n{code}```")
