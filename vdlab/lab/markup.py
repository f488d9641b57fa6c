"""HTML for pages and widgets. Whatever a person typed passes through `text` on its way into the page."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any

import ipywidgets as widgets
from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, as_file, figure_of
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
    return as_file(figure_of(ax), form, **options)


def themed(ax: Axes) -> str:
    """The chart's figure as inline SVG that belongs to the page: its black is the page's text colour in every theme.

    matplotlib's comments go, because they repeat text; so does its style element, because inside a page it would
    be the style of everything else too, and the title, which would pop up under the pointer: the label says the same.
    """
    drawn = picture(ax, "svg", transparent=True).decode()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(
        r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>|<title>.*?</title>", "", drawn, flags=re.DOTALL
    )
    for colour, name in PAGE_COLOURS.items():
        drawn = drawn.replace(colour, name)
    return f'<div class="vdlab-chart">{drawn}</div>'


def page_in_a_frame(name: str, page: str) -> str:
    """A whole page of HTML in a frame of its own that runs no scripts."""
    return f'<iframe class="vdlab-report" sandbox="" title="{text(name)}" srcdoc="{html.escape(page)}"></iframe>'


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


def facts(rows: Mapping[str, str]) -> str:
    """A small table of names and what is to be said of them, which is markup already."""
    return "".join(
        f'<div class="vdlab-fact"><span>{name}</span><span>{value}</span></div>' for name, value in rows.items()
    )


def one_of(options: Sequence[Any], label: str, shown: bool = True) -> widgets.Dropdown:
    """A choice of one among few."""
    return widgets.Dropdown(options=options, description=label, layout={"display": None if shown else "none"})


def unfolding(title: str, content: str = "") -> widgets.VBox:
    """A button that unfolds what is under it, and stays unfolded while that changes."""
    button = widgets.ToggleButton(description=title, icon="chevron-right").add_class("vdlab-unfolds")
    inside = widgets.HTML(content, layout={"display": "none"})

    def turn(change: dict[str, bool]) -> None:
        button.icon = "chevron-down" if change["new"] else "chevron-right"
        inside.layout.display = None if change["new"] else "none"

    button.observe(turn, "value")
    return widgets.VBox([button, inside])


def path_typed(placeholder: str) -> widgets.Text:
    """Room to type the path of a file."""
    typed = widgets.Text(description=placeholder, placeholder=placeholder, continuous_update=False)
    return typed.add_class("vdlab-wide")


def sheet() -> str:
    """The lab's style sheet."""
    return resources.files("vdlab.lab").joinpath("style.css").read_text(encoding="utf-8")


def style() -> widgets.HTML:
    """The lab's style sheet as a widget; put one into every tree of widgets that uses it."""
    return block(f"<style>{sheet()}</style>", "style")


def show_message(line: widgets.HTML, message: str, stack: str = "") -> None:
    """Show what went wrong in `line`, above where in someone's own code; an empty message takes the line away."""
    below = f'<pre class="vdlab-text" tabindex="0">{text(stack)}</pre>' if stack else ""
    line.value = f'<div class="vdlab-told" role="alert">{sentence(message)}</div>{below}' if message else ""


def progress_bar(done: float, words: str, look: str = "", role: str = "") -> str:
    """One bar and one line that say the same; a `role` has the line read out."""
    percent = f"{100 * done:.1f}"
    return (
        f'<div class="vdlab-bar" role="progressbar" aria-label="Sweep" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}" aria-valuetext="{text(words)}"><i class="vdlab-{look}" style="width:{percent}%">'
        f'</i></div><p class="vdlab-status"{f" role={role}" if role else ""}>{text(words) or "&nbsp;"}</p>'
    )


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
        show_message(line, friendly(error), getattr(error, "stack", ""))
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
