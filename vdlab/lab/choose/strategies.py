"""Which strategies: a checkbox and a sentence each; one defined in a cell joins at once."""

from collections.abc import Callable

import ipywidgets as widgets

from vdlab.lab.choose.card import Card, Changed
from vdlab.lab.markup import block, card, sentence
from vdlab.lab.settings import Settings
from vdlab.results.records import REFERENCE
from vdlab.strategies import Strategy, offered


def strategies_card(changed: Changed) -> tuple[Card, Callable[[Strategy], None]]:
    """The card, and the function to call with a strategy that joins."""
    rows = widgets.VBox()
    boxes: dict[str, widgets.Checkbox] = {}

    def row(strategy: Strategy, on: bool) -> widgets.VBox:
        baseline = strategy.name == REFERENCE
        box = widgets.Checkbox(value=on or baseline, description=strategy.name, indent=False, disabled=baseline)
        box.observe(lambda change: changed(), "value")
        boxes[strategy.name] = box
        about = sentence(strategy.summary) + (" Always measured." if baseline else "")
        line = widgets.VBox([box, block(about, "about")])
        line.add_class("vdlab-strategy")
        return line

    def draw(on: set[str]) -> None:
        boxes.clear()
        rows.children = [row(strategy, strategy.name in on) for strategy in offered().values()]

    def read() -> dict[str, tuple[str, ...]]:
        return {"strategies": tuple(name for name, box in boxes.items() if box.value)}

    def write(settings: Settings) -> None:
        if set(boxes) != set(offered()):
            draw(set(settings.strategies))
        for name, box in boxes.items():
            box.value = name in settings.strategies or name == REFERENCE

    def join(strategy: Strategy) -> None:
        draw({*read()["strategies"], strategy.name})
        changed()

    draw({REFERENCE})
    return Card(card("Strategies", rows), read, write), join
