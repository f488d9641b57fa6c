"""HTML for pages and widgets. Whatever a person typed passes through `text` on its way into the page."""

import html
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any

import ipywidgets as widgets
from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED
from vdlab.errors import VDLabError, harmless, one_line

PAGE_COLOURS = {
    "#000000": "currentColor",
    MUTED: f"var(--jp-ui-font-color2, {MUTED})",
    "#b22222": "var(--jp-error-color1, #b22222)",
}


def text(value: object) -> str:
    """The value as text that cannot be taken for markup."""
    return html.escape(harmless(str(value)))


def sentence(value: str) -> str:
    """Escaped text in which what stands in backticks is set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(value))


def listed(sentences: Iterable[str]) -> str:
    """Sentences beside a chart, without their full stops; nothing where there are none."""
    lines = "".join(f"<li>{sentence(one)}.</li>" for one in sentences)
    return f'<ul class="vdlab-says">{lines}</ul>' if lines else ""


def note(words: str) -> str:
    """A sentence, without its full stop, that stands back."""
    return f'<p class="vdlab-note">{sentence(words)}.</p>'


def empty(message: str) -> str:
    """What stands in a page that has nothing to show yet."""
    return f'<div class="vdlab-empty">{message}</div>'


def picture(ax: Axes, form: str, **options: Any) -> bytes:
    """The chart's figure as a file of that format."""
    figure, buffer = ax.get_figure(root=True), io.BytesIO()
    assert figure is not None, "Axes that belong to no figure show nothing"
    figure.savefig(buffer, format=form, **options)
    return buffer.getvalue()


def themed(ax: Axes, shows: str = "") -> str:
    """The chart's figure as inline SVG that belongs to the page: its black is the page's text colour in every theme.

    matplotlib's comments go, because they repeat text; so does its style element, because inside a page it would
    be the style of everything else too.

    Args:
        shows: what is to be seen, for those who do not see it.
    """
    drawn = picture(ax, "svg", transparent=True).decode()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", drawn, flags=re.DOTALL)
    for colour, name in PAGE_COLOURS.items():
        drawn = drawn.replace(colour, name)
    spoken = f' role="img" aria-label="{text(shows)}"' if shows else ""
    return f'<div class="vdlab-chart"{spoken}>{drawn}</div>'


def block(content: str = "", kind: str = "") -> widgets.HTML:
    """A widget that shows HTML; `kind` is its style class without the prefix."""
    widget = widgets.HTML(content)
    if kind:
        widget.add_class(f"vdlab-{kind}")
    return widget


def card(title: str, *children: widgets.Widget) -> widgets.VBox:
    """Controls under a title."""
    box = widgets.VBox([block(f"<h3>{text(title)}</h3>", "heading"), *children]).add_class("vdlab-card")
    return box


def segments(options: Sequence[str] = (), shown: bool = True) -> widgets.ToggleButtons:
    """A choice of one among few, side by side."""
    buttons = widgets.ToggleButtons(options=options, style={"button_width": "auto"})
    buttons.layout.display = "flex" if shown else "none"
    return buttons.add_class("vdlab-segments")


def path_typed(placeholder: str) -> widgets.Text:
    """Room to type the path of a file."""
    typed = widgets.Text(placeholder=placeholder, continuous_update=False, layout={"width": "100%"})
    return typed.add_class("vdlab-wide")


def sheet() -> str:
    """The lab's style sheet."""
    return resources.files("vdlab.lab").joinpath("style.css").read_text(encoding="utf-8")


def style() -> widgets.HTML:
    """The lab's style sheet as a widget; put one into every tree of widgets that uses it."""
    return block(f"<style>{sheet()}</style>", "style")


def show_message(line: widgets.HTML, message: str) -> None:
    """Show what went wrong in `line`; an empty message takes the line away."""
    line.value = f'<div class="vdlab-told" role="alert">{sentence(message)}</div>' if message else ""


def friendly(error: BaseException) -> str:
    """What to say about an error: ours says it all, of anyone else's the first line and its class."""
    if isinstance(error, VDLabError):
        return " ".join(str(error).split())
    return f"that did not work: {one_line(error)} ({type(error).__name__})"


@contextmanager
def errors_shown(line: widgets.HTML) -> Iterator[None]:
    """Show what goes wrong in the block as one line: in the lab nobody has to read a stack to find a typing error.

    Where nothing goes wrong the last message is taken away.
    """
    try:
        yield
    except Exception as error:
        show_message(line, friendly(error))
    else:
        show_message(line, "")


def seconds(value: float) -> str:
    """A length of time as people guess it."""
    if value < 1:
        return "under a second"
    if value < 90:
        return f"{value:.0f} s"
    if value < 5400:
        return f"{value / 60:.0f} min"
    return f"{value / 3600:.1f} h"


def length(value: float) -> str:
    """A length of time as clocks show it: minutes and seconds, such as 2:18 min; below a minute, seconds."""
    whole = round(value)
    return f"{value:.3g} s" if value < 60 else f"{whole // 60}:{whole % 60:02} min"
