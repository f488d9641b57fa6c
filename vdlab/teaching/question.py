"""What a notebook shows beside its text: a question whose answers check themselves, and the code that runs."""

import inspect
from collections.abc import Mapping

import ipywidgets as widgets
from IPython.display import Markdown

from vdlab.lab.markup import block, sentence, style
from vdlab.strategies import find


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
        kind, word = ("right", "Right.") if change["new"] == right else ("wrong", "Not quite.")
        reply.value = f'<div class="vdlab-{kind}"><b>{word}</b> {sentence(answers[change["new"]])}</div>'

    choice.observe(judge, "value")
    box = widgets.VBox([style(), block(f"<b>{sentence(asked)}</b>"), choice, reply])
    box.add_class("vdlab")
    box.add_class("vdlab-question")
    return box


def source(strategy: str) -> Markdown:
    """A strategy's function, read from the package now; JupyterLab colours it for the theme in use.

    Raises:
        SettingsError: there is no strategy of that name.
    """
    code = inspect.getsource(find(strategy).decode)
    return Markdown(f"```python\n{code}```")
