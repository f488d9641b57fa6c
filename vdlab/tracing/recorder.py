"""Records what every worker does when, whatever the strategy: at the seams that all of them go through.

A strategy is a page of a tutorial and knows nothing of this. While a recording runs, TorchCodec's decoder and joblib's
batches of tasks are replaced by versions that say what they do; afterwards they are what they were. A task that joblib
sends to a loky process during a recording records there, and brings what it noted back with its result.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from vdlab.tracing.spans import Doing, Mark, add, collected, collecting, span

if TYPE_CHECKING:
    from torchcodec.decoders import VideoDecoder

Method = Callable[..., Any]
Arguments = tuple[Any, ...] | None

HANDING_OUT = (
    "__getitem__",
    "get_frame_at",
    "get_frames_at",
    "get_frames_in_range",
    "get_frame_played_at",
    "get_frames_played_at",
    "get_frames_played_in_range",
)
"""The decoder's methods that return frames."""


@contextmanager
def recording() -> Iterator[list[Mark]]:
    """Record while the block runs; the list fills meanwhile, in the order in which spans end.

    Opening a decoder is `starting`, what its methods take is `decoding`. The first request to a new decoder that does
    not begin at the video's beginning is made in two: for its first frame, to which the decoder has to jump
    (`seeking`), and for the rest. The frames are the same, and copied once more. What else a joblib task does is
    `working`.

    Raises:
        VDLabError: something is being recorded in this process already.
    """
    with collected() as marks, ExitStack() as undo:
        for owner, name, seam in seams():
            undo.callback(setattr, owner, name, vars(owner)[name])
            setattr(owner, name, seam)
        yield marks


def seams() -> Iterator[tuple[type, str, Method]]:
    """Yield what is to be replaced: the class, the method's name, and what replaces it."""
    from joblib.parallel import BatchedCalls

    yield BatchedCalls, "__call__", span("working")(BatchedCalls.__call__)
    # A process that has not imported TorchCodec yet must not do so now: that takes seconds, and it may never need it.
    if "torchcodec.decoders" in sys.modules:
        from torchcodec.decoders import VideoDecoder

        fresh: WeakSet[VideoDecoder] = WeakSet()
        yield VideoDecoder, "__init__", opening(VideoDecoder.__init__, fresh)
        for name in HANDING_OUT:
            yield VideoDecoder, name, handing_out(getattr(VideoDecoder, name), fresh)


def opening(init: Method, fresh: "WeakSet[VideoDecoder]") -> Method:
    """`VideoDecoder.__init__` that says what it does, and that the decoder has decoded nothing yet."""

    @wraps(init)
    def opened(decoder: "VideoDecoder", *args: Any, **kwargs: Any) -> None:
        with span("starting"):
            init(decoder, *args, **kwargs)
        fresh.add(decoder)

    return opened


def handing_out(ask: Method, fresh: "WeakSet[VideoDecoder]") -> Method:
    """A method that returns frames, and says what it does."""

    @wraps(ask)
    def asked(decoder: "VideoDecoder", *args: Any, **kwargs: Any) -> Any:
        jump, rest = halves(ask, decoder, args, kwargs) if decoder in fresh else (None, None)
        fresh.discard(decoder)
        if jump is None:
            return noted("decoding", ask, decoder, *args, **kwargs)
        first = noted("seeking", ask, decoder, *jump)
        return first if rest is None else joined(first, noted("decoding", ask, decoder, *rest))

    return asked


def noted(doing: Doing, ask: Method, *args: Any, **kwargs: Any) -> Any:
    with span(doing) as open_span:
        frames = ask(*args, **kwargs)
        open_span.frames = len(frames.data) if frames.data.ndim == 4 else 1
    return frames


def halves(
    ask: Method, decoder: "VideoDecoder", args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Arguments, Arguments]:
    """The arguments that ask for the first frame alone, and those for the others; None where there are none.

    Both are None where the request begins with the video, goes backwards, or cannot be cut in two.
    """
    given = list(signature(ask).bind(decoder, *args, **kwargs).arguments.values())[1:]
    beginning = decoder.metadata.begin_stream_seconds if "played" in ask.__name__ else 0
    match ask.__name__:
        case "get_frames_played_in_range":
            return None, None
        case "get_frames_in_range":
            return range_halves(slice(*given), decoder, lambda numbers: (numbers.start, numbers.stop, numbers.step))
        case "__getitem__" if isinstance(given[0], slice):
            return range_halves(given[0], decoder, lambda numbers: (slice(numbers.start, numbers.stop, numbers.step),))
        case "get_frames_at" | "get_frames_played_at":
            wanted = given[0]
            numbers = wanted.tolist() if hasattr(wanted, "tolist") else wanted
            if not len(numbers) or numbers[0] <= beginning or min(numbers) < numbers[0]:
                return None, None
            return (wanted[:1],), (wanted[1:],) if len(numbers) > 1 else None
        case _:
            return ((given[0],) if given[0] > beginning else None), None


def range_halves(
    wanted: slice, decoder: "VideoDecoder", arguments: Callable[[range], tuple[Any, ...]]
) -> tuple[Arguments, Arguments]:
    numbers = range(*wanted.indices(len(decoder)))
    if not numbers or numbers[0] == 0 or numbers.step < 0:
        return None, None
    return arguments(numbers[:1]), arguments(numbers[1:]) if len(numbers) > 1 else None


def joined(first: Any, rest: Any) -> Any:
    """Two tensors, or two batches of frames, as one."""
    import torch
    from torchcodec import FrameBatch

    if isinstance(first, torch.Tensor):
        return torch.cat([first, rest])
    columns = ("data", "pts_seconds", "duration_seconds")
    return FrameBatch(*(torch.cat([getattr(first, name), getattr(rest, name)]) for name in columns))


def sent(task: Callable[[], Any]) -> Callable[[], Any]:
    """A task on its way to another process: as it is, or so that it records there what is recorded here."""
    return Recorded(task) if collecting() else task


def received(result: Any) -> Any:
    """What a task returned, without what was recorded beside it, which joins the recording here."""
    if isinstance(result, Parcel):
        add(result.marks)
        return result.result
    return result


@dataclass(frozen=True)
class Recorded:
    """A task that records in the process in which it runs."""

    task: Callable[[], Any]

    def __call__(self) -> "Parcel":
        with recording() as marks:
            result = self.task()
        return Parcel(result, marks)


@dataclass(frozen=True)
class Parcel:
    """A task's result with what was recorded. Its way back is a span too, from before pickling to after unpickling."""

    result: Any
    marks: list[Mark]

    def __reduce__(self) -> tuple[Any, ...]:
        return arrived, (self.result, self.marks, os.getpid(), threading.get_ident(), perf_counter_ns())


def arrived(result: Any, marks: list[Mark], process: int, thread: int, pickled: int) -> Parcel:
    """Unpickle a parcel: called once its result is there."""
    return Parcel(result, [*marks, Mark(process, thread, "copying", pickled, perf_counter_ns(), 0)])
