"""The strategies there are, by name. A strategy defined in a notebook cell joins them."""

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from vdlab.errors import SettingsError, near
from vdlab.video import Video

if TYPE_CHECKING:
    from torchcodec import FrameBatch

Decode = Callable[[Video, Sequence[int], int], "FrameBatch"]

Origin = Literal["built in", "cell", "file"]


def everywhere() -> str | None:
    """What is in the way of a strategy that needs nothing but VDLab's own dependencies: nothing."""
    return None


@dataclass(frozen=True)
class Strategy:
    """One way to decode the sampled frames.

    Attributes:
        name: what is typed: `threads`.
        title: what is shown: `Threads`.
        decode: the function itself, `(video, indices, workers) -> FrameBatch`.
        parallel: False where the number of workers means nothing to it.
        ffmpeg_threads: True where it also takes `video.ffmpeg_threads` threads for each of its decoders.
        tolerance: largest difference of a pixel value, 0 to 255, that is still its way of converting colours
            and not another frame. 0 for all that decode with TorchCodec on the CPU.
        certain: True where it holds every frame against the packet index itself.
        prepare: brings `workers` workers up before a timed run, where starting them is not what is measured.
        unavailable: why it cannot run here, in words that go on from "is not offered here: "; None where it can.
        batches: how many times the result is in memory at the peak, as where processes send it.
        own_times: False where it takes the times of its frames from the packet index, because its library gives none:
            these prove nothing.
        source: the code that runs: the whole file of a strategy that comes with VDLab, else the function alone; empty
            where Python does not know it, as for a function typed at a plain prompt.
        origin: where it came from: `built in`, a `cell` of a notebook or a prompt, or a `file`.
    """

    name: str
    title: str
    decode: Decode
    parallel: bool = True
    ffmpeg_threads: bool = False
    tolerance: int = 0
    certain: bool = False
    prepare: Callable[[int], None] | None = None
    unavailable: Callable[[], str | None] = everywhere
    batches: int = 1
    own_times: bool = True
    source: str = ""
    origin: Origin = "file"

    @property
    def summary(self) -> str:
        """The first line of the function's docstring: the strategy in a sentence."""
        lines = (self.decode.__doc__ or self.title).strip().splitlines()
        return lines[0] if lines else self.title


class Options(TypedDict, total=False):
    """What may be said of a strategy when it is registered, see `Strategy`."""

    parallel: bool
    ffmpeg_threads: bool
    tolerance: int
    certain: bool
    prepare: Callable[[int], None] | None
    unavailable: Callable[[], str | None]
    batches: int
    own_times: bool


STRATEGIES: dict[str, Strategy] = {}

LISTENERS: list[Callable[[Strategy], None]] = []
"""Called with every strategy that joins from now on: how an open lab learns of one defined in a cell."""


def strategy(name: str, title: str, **options: Unpack[Options]) -> Callable[[Decode], Decode]:
    """Register the decorated function `(video, indices, workers) -> FrameBatch` under `name`.

    Defining a name again replaces it, as running a notebook cell again should.

    Args:
        options: `parallel`, `ffmpeg_threads`, `tolerance`, `certain`, `prepare`, `unavailable`, `batches`
            and `own_times`, as in `Strategy`.

    Raises:
        SettingsError: the name is not made of lower-case letters, digits and dashes.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise SettingsError(f"strategy name {name!r} will not do; use lower-case letters, digits and dashes")

    def register(decode: Decode) -> Decode:
        origin, source = whence(decode)
        STRATEGIES[name] = Strategy(name, title, decode, origin=origin, source=source, **options)
        for listener in list(LISTENERS):
            listener(STRATEGIES[name])
        return decode

    return register


def whence(decode: Decode) -> tuple[Origin, str]:
    """Where a function came from, and its source as it is now: a file can be changed while its functions run on."""
    module = sys.modules.get(decode.__module__)
    built_in = decode.__module__.startswith(f"{__package__}.")
    try:
        source = inspect.getsource(module if built_in and module else decode)
    except (OSError, TypeError):
        source = ""
    if built_in:
        return "built in", source
    # What is typed, in a notebook or at a prompt, belongs to a main module that is no file.
    return "file" if hasattr(module, "__file__") else "cell", source


def offered() -> dict[str, Strategy]:
    """The strategies that can run on this machine, in the order in which they are shown."""
    return {name: found for name, found in STRATEGIES.items() if found.unavailable() is None}


def find(name: str) -> Strategy:
    """The strategy of that name.

    Raises:
        SettingsError: there is none, and the message gives the nearest names; or this machine lacks what it needs.
    """
    if name not in STRATEGIES:
        raise SettingsError(f"unknown strategy {name!r}; {near(name, STRATEGIES, offered)}")
    found = STRATEGIES[name]
    reason = found.unavailable()
    if reason is not None:
        raise SettingsError(f"strategy {name!r} is not offered here: {reason}")
    return found
