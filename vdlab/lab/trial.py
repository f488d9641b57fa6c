"""A strategy of one's own is tried on two frames before a sweep begins: what cannot work fails at once."""

from vdlab.benchmark.run import in_main_memory, own_stack, reason
from vdlab.errors import VDLabError
from vdlab.notes import collected
from vdlab.results.records import Plan
from vdlab.strategies import Strategy, find
from vdlab.video import Video


class StrategyError(VDLabError):
    """A strategy of one's own does not work.

    Attributes:
        stack: where in its own code it went wrong; empty where it raised nothing.
    """

    def __init__(self, message: str, stack: str = "") -> None:
        super().__init__(message)
        self.stack = stack

    def _render_traceback_(self) -> list[str]:
        return [self.stack, *super()._render_traceback_()]


def try_own(video: Video, plan: Plan) -> None:
    """Decode two frames with every strategy that does not come with VDLab.

    Raises:
        StrategyError: one of them raises, or returns no two frames.
    """
    for strategy in map(find, plan.strategies):
        if strategy.origin != "built in":
            try_on_two_frames(strategy, video, min(plan.workers.get(strategy.name, (1,))))


def try_on_two_frames(strategy: Strategy, video: Video, workers: int) -> None:
    """Decode two frames.

    Raises:
        StrategyError: it raises, or returns no two frames.
    """
    indices = sorted({0, video.num_frames - 1})
    try:
        with collected():
            frames = in_main_memory(strategy.decode(video, indices, workers))
    except (Exception, SystemExit) as error:
        raise StrategyError(failed(strategy, reason(error)), own_stack(strategy.name, error)) from error
    if len(frames.data) != len(indices):
        raise StrategyError(failed(strategy, f"it returned {len(frames.data)} frames for {len(indices)} indices"))


def failed(strategy: Strategy, why: str) -> str:
    return f"{strategy.name}, tried on two frames: {why}; nothing was measured: mend it in its cell, or leave it out"
