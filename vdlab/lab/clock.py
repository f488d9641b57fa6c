"""Time between reports: a bar that moves although the sweep reports only when a step ends."""

import math
from dataclasses import dataclass

NOTHING = 1e-6  # seconds


@dataclass
class Clock:
    """When the sweep began, and what it last said.

    Attributes:
        started, reported: seconds of one monotonic clock.
        left: seconds that were left at the last report.
        shown: the largest share shown so far: a bar never goes back.
    """

    started: float
    reported: float
    left: float
    shown: float = 0.0


def report(clock: Clock, now: float, left: float | None) -> None:
    """Take in what a sweep says; None leaves the estimate that was there."""
    clock.left = seconds_left(clock, now) if left is None else left
    clock.reported = now


def seconds_left(clock: Clock, now: float) -> float:
    """Seconds left, counted down since the last report.

    The last fifth is approached and never reached: what takes longer than expected slows down and does not stop.
    """
    gone = now - clock.reported
    tail = 0.2 * clock.left
    if tail < NOTHING or gone <= clock.left - tail:
        return max(0.0, clock.left - gone)
    return tail * math.exp(-(gone - clock.left + tail) / tail)


def share(clock: Clock, now: float) -> float:
    """How much is done, 0 to 1, by time; never less than was shown before, and 1 only at the end."""
    gone = now - clock.started
    left = seconds_left(clock, now)
    clock.shown = max(clock.shown, min(0.995, gone / (gone + left) if gone + left > 0 else 0.0))
    return clock.shown
