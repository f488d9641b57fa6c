"""Pieces of HTML. Whatever a person typed passes through `text` on its way into the page."""

import html
import re
from importlib import resources

import ipywidgets as widgets


def text(value: object) -> str:
    """The value as text that cannot be taken for markup."""
    return html.escape(str(value))


def sentence(value: str) -> str:
    """Escaped text in which what stands in backticks is set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(value))


def block(content: str = "", kind: str = "") -> widgets.HTML:
    """A widget that shows HTML; `kind` is its style class without the prefix."""
    widget = widgets.HTML(content)
    if kind:
        widget.add_class(f"vdlab-{kind}")
    return widget


def card(title: str, *children: widgets.Widget) -> widgets.VBox:
    """A titled group of controls."""
    box = widgets.VBox([block(f"<h3>{text(title)}</h3>", "heading"), *children])
    box.add_class("vdlab-card")
    return box


def sheet() -> str:
    """The lab's style sheet."""
    return resources.files("vdlab.lab").joinpath("style.css").read_text(encoding="utf-8")


def style() -> widgets.HTML:
    """The lab's style sheet as a widget; put one into every tree of widgets that uses it."""
    return block(f"<style>{sheet()}</style>", "style")


def seconds(value: float) -> str:
    """A length of time as people say it."""
    if value < 1:
        return "under a second"
    if value < 90:
        return f"{value:.0f} s"
    if value < 5400:
        return f"{value / 60:.0f} min"
    return f"{value / 3600:.1f} h"
