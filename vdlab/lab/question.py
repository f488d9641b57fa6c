"""A question with answers that check themselves."""

from collections.abc import Mapping

import ipywidgets as widgets

from vdlab.lab.markup import block, sentence, style


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
