"""Ways to decode, by name. One that is defined in a notebook cell joins those that come with VDLab.

Strategies are for one video, loaders for a collection; both are registered, found and shown by what is here.
"""

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar, Unpack

from vdlab.errors import SettingsError, near
from vdlab.video import Video

if TYPE_CHECKING:
    from torchcodec import FrameBatch

Function = TypeVar("Function", bound=Callable[..., Any])
Decode = Callable[[Video, Sequence[int], int], "FrameBatch"]

NAME = r"[a-z0-9][a-z0-9-]{0,47}"
"""What ways may be called: charts have no room for more."""

Origin = Literal["built in", "cell", "file"]


def everywhere() -> str | None:
    """What is in the way of one that needs nothing but VDLab's own dependencies: nothing."""
    return None


@dataclass(frozen=True)
class Way(Generic[Function]):
    """One way to decode.

    Attributes:
        name: what is typed: `threads`.
        title: what is shown: `Threads`.
        decode: the function itself.
        parallel: False where the number of workers means nothing to it.
        ffmpeg_threads: True where it also takes a number of threads for each of its decoders.
        prepare: brings `workers` workers up before a timed run, where starting them is not what is measured.
        unavailable: why it cannot run here, in words that go on from "is not offered here: "; None where it can.
        source: the code that runs: the whole file of one that comes with VDLab, else the function alone; empty
            where Python does not know it, as for a function typed at a plain prompt.
        origin: where it came from: `built in`, a `cell` of a notebook or a prompt, or a `file`.
    """

    name: str
    title: str
    decode: Function
    parallel: bool = True
    ffmpeg_threads: bool = False
    prepare: Callable[[int], None] | None = None
    unavailable: Callable[[], str | None] = everywhere
    source: str = ""
    origin: Origin = "file"

    @property
    def summary(self) -> str:
        """The first line of the function's docstring: what it does in a sentence."""
        lines = (self.decode.__doc__ or self.title).strip().splitlines()
        return lines[0] if lines else self.title


class WayOptions(TypedDict, total=False):
    """What may be said of any way when it is registered, see `Way`."""

    parallel: bool
    ffmpeg_threads: bool
    prepare: Callable[[int], None] | None
    unavailable: Callable[[], str | None]


Made = TypeVar("Made", bound=Way[Any])


class Registry(dict[str, Made]):
    """The ways of one sort there are, by name, in the order in which they are shown.

    Attributes:
        listeners: called with every one that joins from now on: how an open lab learns of one defined in a cell.
    """

    def __init__(self, what: str, make: Callable[..., Made]) -> None:
        super().__init__()
        self.what, self.make = what, make
        self.listeners: list[Callable[[Made], None]] = []

    def add(self, name: str, title: str, **options: Any) -> Callable[[Function], Function]:
        """Register the decorated function under `name`; defining a name again replaces it.

        Raises:
            SettingsError: the name is too long, or not made of lower-case letters, digits and dashes.
        """
        if not re.fullmatch(NAME, name):
            raise SettingsError(
                f"{self.what} name {name!r} will not do; use up to 48 lower-case letters, digits and dashes"
            )

        def register(decode: Function) -> Function:
            origin, source = whence(decode)
            self[name] = self.make(name, title, decode, origin=origin, source=source, **options)
            for listener in list(self.listeners):
                listener(self[name])
            return decode

        return register

    def offered(self) -> dict[str, Made]:
        """Those that can run on this machine, in the order in which they are shown."""
        return {name: found for name, found in self.items() if found.unavailable() is None}

    def find(self, name: str) -> Made:
        """The one of that name.

        Raises:
            SettingsError: there is none, and the message gives the nearest names; or this machine lacks what it needs.
        """
        if name not in self:
            raise SettingsError(f"unknown {self.what} {name!r}; {near(name, self, self.offered)}")
        found = self[name]
        reason = found.unavailable()
        if reason is not None:
            raise SettingsError(f"{self.what} {name!r} is not offered here: {reason}")
        return found


def whence(decode: Callable[..., Any]) -> tuple[Origin, str]:
    """Where a function came from, and its source as it is now: a file can be changed while its functions run on."""
    module = sys.modules.get(decode.__module__)
    built_in = decode.__module__.startswith("vdlab.")
    try:
        source = inspect.getsource(module if built_in and module else decode)
    except (OSError, TypeError):
        source = ""
    if built_in:
        return "built in", source
    # What is typed, in a notebook or at a prompt, belongs to a main module that is no file.
    return "file" if hasattr(module, "__file__") else "cell", source


@dataclass(frozen=True)
class Strategy(Way[Decode]):
    """One way to decode the sampled frames of a video: `decode` is `(video, indices, workers) -> FrameBatch`.

    Each of its decoders has `video.ffmpeg_threads` threads, where it takes their number.

    Attributes:
        tolerance: largest difference of a pixel value, 0 to 255, that is still its way of converting colours
            and not another frame. 0 for all that decode with TorchCodec on the CPU.
        certain: True where it holds every frame against the packet index itself.
        batches: how many times the result is in memory at the peak, as where processes send it.
        own_times: False where it takes the times of its frames from the packet index, because its library gives none:
            these prove nothing.
        on_gpu: True where its frames are in the GPU's memory.
    """

    tolerance: int = 0
    certain: bool = False
    batches: int = 1
    own_times: bool = True
    on_gpu: bool = False


class Options(WayOptions, total=False):
    """What may be said of a strategy when it is registered, see `Strategy`."""

    tolerance: int
    certain: bool
    batches: int
    own_times: bool
    on_gpu: bool


STRATEGIES = Registry("strategy", Strategy)

find, offered = STRATEGIES.find, STRATEGIES.offered


def strategy(name: str, title: str, **options: Unpack[Options]) -> Callable[[Decode], Decode]:
    """Register the decorated function `(video, indices, workers) -> FrameBatch` under `name`.

    Defining a name again replaces it, as running a notebook cell again should.

    Args:
        options: `parallel`, `ffmpeg_threads`, `tolerance`, `certain`, `prepare`, `unavailable`, `batches`,
            `own_times` and `on_gpu`, as in `Strategy`.

    Raises:
        SettingsError: the name is not made of lower-case letters, digits and dashes.
    """
    return STRATEGIES.add(name, title, **options)
