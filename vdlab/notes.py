"""What is to be said of a run besides its frames: that it went another way, and why; that frames are missing."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from vdlab.errors import VDLabWarning

_notes: ContextVar[list[str] | None] = ContextVar("notes", default=None)


def note(text: str) -> None:
    """Add a sentence to the notes of the run under way, once; where nobody collects them, it is a Python warning.

    Call it from the thread that the run was started in.
    """
    notes = _notes.get()
    if notes is None:
        warnings.warn(text, VDLabWarning, stacklevel=_callers_level())
    elif text not in notes:
        notes.append(text)


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect the notes of what runs inside the block."""
    notes: list[str] = []
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def _callers_level() -> int:
    """How far back the first call is that is not VDLab's own: the line that a warning should name."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "vdlab":
        level, frame = level + 1, frame.f_back
    return level
