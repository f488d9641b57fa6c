"""What is of one's own is tried on two frames, or two videos, before a sweep: what cannot work fails at once."""

from collections.abc import Callable, Sequence, Sized
from dataclasses import replace
from typing import Any

from vdlab.benchmark.run import in_main_memory, own_stack, reason
from vdlab.errors import VDLabError
from vdlab.loaders import LOADERS
from vdlab.notes import collected
from vdlab.results.records import Plan
from vdlab.strategies import find
from vdlab.strategies.registry import Way
from vdlab.video import Video
from vdlab.video.collection import Wanted


class OwnError(VDLabError):
    """A strategy or a loader of one's own does not work.

    Attributes:
        stack: where in its own code it went wrong; empty where it raised nothing.
    """

    def __init__(self, message: str, stack: str = "") -> None:
        super().__init__(message)
        self.stack = stack

    def _render_traceback_(self) -> list[str]:
        return [self.stack, *super()._render_traceback_()]


def try_own_strategies(video: Video, plan: Plan) -> None:
    """Decode two frames with every strategy that does not come with VDLab.

    Raises:
        OwnError: one of them raises, or returns no two frames.
    """
    indices = sorted({0, video.num_frames - 1})

    def frames(strategy: Way[Any], workers: int) -> Sized:
        return in_main_memory(strategy.decode(video, indices, workers)).data

    for strategy in map(find, plan.strategies):
        try_own(strategy, plan, frames, "frame", len(indices))


def try_own_loaders(wanted: Sequence[Wanted], plan: Plan) -> None:
    """Load a frame of each of two videos with every loader that does not come with VDLab.

    Raises:
        OwnError: one of them raises, or does not yield each of the two once.
    """
    two = [replace(one, fps=None, count=None, seconds=None, indices=(0,)) for one in wanted[:2]]

    def videos(loader: Way[Any], workers: int) -> Sized:
        return [source for source, _ in loader.decode(two, workers, None)]

    for loader in map(LOADERS.find, plan.strategies):
        try_own(loader, plan, videos, "video", len(two))


def try_own(way: Way[Any], plan: Plan, attempt: Callable[[Way[Any], int], Sized], what: str, count: int) -> None:
    """Try one way on `count` frames or videos with its smallest number of workers, unless it comes with VDLab."""
    if way.origin == "built in":
        return

    def failed(why: str) -> str:
        tried = f"{way.name}, tried on two {what}s: {why}"
        return f"{tried}; nothing was measured: mend it in its cell, or leave it out"

    try:
        with collected():
            found = len(attempt(way, min(plan.workers.get(way.name, (1,)))))
    except (Exception, SystemExit) as error:
        raise OwnError(failed(reason(error)), own_stack(way, error)) from error
    if found != count:
        raise OwnError(failed(f"it returned {found} {what}{'' if found == 1 else 's'} for {count}"))
