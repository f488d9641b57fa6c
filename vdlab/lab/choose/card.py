"""What every card of the left column is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from vdlab.lab.settings import Settings
from vdlab.video import Video

Changed = Callable[[], None]


@dataclass(frozen=True)
class Card:
    """A group of controls that stands for a few fields of `Settings`.

    Attributes:
        widget: what is shown.
        read: the fields of `Settings` that are chosen here, by name.
        write: set the controls to what the settings say.
        refresh: called with the video and the settings whenever either has changed, to say what follows from them.
    """

    widget: widgets.Widget
    read: Callable[[], dict[str, Any]]
    write: Callable[[Settings], None]
    refresh: Callable[[Video, Settings], None] = lambda video, settings: None


@dataclass(frozen=True)
class Chips:
    """A row of numbers of which several can be chosen."""

    widget: widgets.VBox
    buttons: dict[float, widgets.ToggleButton]
    note: widgets.HTML


def chips(title: str, numbers: Sequence[float], changed: Changed, marked: float | None = None, why: str = "") -> Chips:
    """Numbers to switch on and off; the `marked` one stands out and says `why`."""
    buttons = {}
    for number in numbers:
        button = widgets.ToggleButton(description=f"{number:g}", tooltip=f"{title}: {number:g}")
        button.add_class("vdlab-chip")
        if number == marked:
            button.add_class("vdlab-marked")
            button.tooltip = f"{title}: {number:g}, {why}"
        button.observe(lambda change: changed(), "value")
        buttons[number] = button
    row = widgets.HBox(list(buttons.values()))
    row.add_class("vdlab-chips")
    label = widgets.HTML(f'<span class="vdlab-label">{title}</span>')
    note = widgets.HTML()
    note.add_class("vdlab-note")
    return Chips(widgets.VBox([label, row, note]), buttons, note)


def chosen(chips: Chips) -> tuple[float, ...]:
    """The numbers that are on."""
    return tuple(number for number, button in chips.buttons.items() if button.value and not button.disabled)


def choose(chips: Chips, numbers: Sequence[float]) -> None:
    """Switch on exactly these, as far as they are there."""
    for number, button in chips.buttons.items():
        button.value = number in numbers


def enable(chips: Chips, possible: bool, why_not: str = "") -> None:
    """Let the row be used, or say why it cannot."""
    for button in chips.buttons.values():
        button.disabled = not possible
    note = "" if possible else why_not
    if chips.note.value != note:
        chips.note.value = note
