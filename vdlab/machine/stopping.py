"""Ending work that nobody waits for any more: threads cannot be ended from outside, so long loops ask."""

import threading
from contextvars import ContextVar

_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


class Stopped(Exception):
    """Nobody waits for the frames any more."""


def stop_by(event: threading.Event) -> None:
    """Have `go_on` in this thread look at `event` from now on."""
    _stop.set(event)


def go_on() -> None:
    """Called in loops that take long, once a packet or so.

    Raises:
        Stopped: the event of this thread is set.
    """
    event = _stop.get()
    if event is not None and event.is_set():
        raise Stopped
