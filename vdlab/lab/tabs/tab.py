"""What a tab is, and what it is drawn from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ipywidgets as widgets

from vdlab.benchmark.results import Results, Setting
from vdlab.lab.capture import Kept
from vdlab.lab.markup import block


@dataclass(frozen=True)
class View:
    """What there is to be seen.

    Attributes:
        results: everything measured so far.
        fps: the sampling rate that is looked at, where several were measured.
        kept: pictures from the sweep, by setting.
    """

    results: Results
    fps: float
    kept: Mapping[Setting, Kept]


@dataclass(frozen=True)
class Tab:
    """A page of the right column: its name, what is shown, and the function that draws it anew."""

    title: str
    widget: widgets.Widget
    draw: Callable[[View], None]


def page(title: str, render: Callable[[View], str]) -> Tab:
    """A tab that is nothing but HTML."""
    body = block(empty("Press Run: what is measured appears here at once."), "page")

    def draw(view: View) -> None:
        body.value = render(view)

    return Tab(title, body, draw)


def empty(message: str) -> str:
    """What stands in a page that has nothing to show yet."""
    return f'<div class="vdlab-empty">{message}</div>'
