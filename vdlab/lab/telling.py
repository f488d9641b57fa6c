"""Mistakes as one friendly line: in the lab nobody has to read a stack to find a typing error."""

from collections.abc import Iterator
from contextlib import contextmanager

import ipywidgets as widgets

from vdlab.errors import VDLabError, one_line
from vdlab.lab.markup import sentence


def tell(line: widgets.HTML, message: str, kind: str = "error") -> None:
    """Show a message in `line`; an empty one takes the line away."""
    line.value = f'<div class="vdlab-told vdlab-{kind}" role="alert">{sentence(message)}</div>' if message else ""


def friendly(error: BaseException) -> str:
    """What to say about an error: ours says it all, of anyone else's the first line and its kind."""
    if isinstance(error, VDLabError):
        return " ".join(str(error).split())
    return f"that did not work: {one_line(error)} ({type(error).__name__})"


@contextmanager
def told(line: widgets.HTML) -> Iterator[None]:
    """Show what goes wrong in the block as one line; take the last message away where nothing does."""
    try:
        yield
    except Exception as error:
        tell(line, friendly(error))
    else:
        tell(line, "")
