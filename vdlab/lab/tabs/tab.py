"""What a tab is, and what it is drawn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from vdlab.lab.capture import Kept
from vdlab.lab.markup import block, sentence, text
from vdlab.results.records import Results, Setting


@dataclass(frozen=True)
class View:
    """What there is to be seen.

    Attributes:
        results: everything measured so far.
        fps: the sampling rate that is looked at, where several were measured.
        kept: pictures from the sweep, by setting.
        behind: earlier runs of the same work, to be laid behind.
        apart: why other earlier runs are not laid behind, a sentence each.
    """

    results: Results
    fps: float
    kept: Mapping[Setting, Kept]
    behind: Sequence[Results] = ()
    apart: Sequence[str] = ()


@dataclass(frozen=True)
class Tab:
    """A page of the right column.

    Attributes:
        title: its name.
        widget: what is shown.
        draw: shows what has been measured; called whenever that has grown and the page is looked at.
        look: called when someone turns to the page, before anything has been measured too.
    """

    title: str
    widget: widgets.Widget
    draw: Callable[[View], None]
    look: Callable[[], None] = lambda: None


def page(title: str, render: Callable[[View], str]) -> Tab:
    """A tab that is nothing but HTML."""
    body = block(empty("Press Run: what is measured appears here at once."), "page")

    def draw(view: View) -> None:
        body.value = render(view)

    return Tab(title, body, draw)


def choosing(
    title: str,
    label: str,
    waiting: str,
    offer: Callable[[View], list[Any]],
    first: Callable[[View], Any],
    lacking: Callable[[View], str],
    render: Callable[[View, Any], str],
) -> Tab:
    """A tab with a choice of what its page is about.

    Args:
        label: what is chosen, beside the choice.
        waiting: what stands there before anything has been measured.
        offer: what can be chosen, named by `str`; what was chosen stays chosen where it can.
        first: which of it to begin with.
        lacking: why there is nothing to choose.
        render: the page.
    """
    choice = widgets.Dropdown(description=label, layout={"max_width": "340px", "display": "none"})
    sheet = block(empty(waiting), "page")
    views: dict[str, View] = {}

    def show(change: dict[str, Any] | None = None) -> None:
        if choice.value is not None:
            sheet.value = render(views["last"], choice.value)

    def draw(view: View) -> None:
        views["last"] = view
        values = offer(view)
        choice.layout.display = None if values else "none"
        if not values:
            sheet.value = empty(text(lacking(view)))
            return
        before = choice.value
        choice.unobserve(show, "value")  # new options choose one of their own, and what is drawn then nobody sees
        choice.options = [(str(value), value) for value in values]
        choice.value = before if before in values else first(view)
        choice.observe(show, "value")
        show()

    choice.observe(show, "value")
    return Tab(title, widgets.VBox([choice, sheet]), draw)


def apart(view: View) -> str:
    """Why some of the earlier runs that were chosen are not behind a chart."""
    return "".join(f'<p class="vdlab-note">{sentence(reason)}.</p>' for reason in view.apart)


def empty(message: str) -> str:
    """What stands in a page that has nothing to show yet."""
    return f'<div class="vdlab-empty">{message}</div>'
