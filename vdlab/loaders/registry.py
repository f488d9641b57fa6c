"""The loaders there are, by name."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Unpack

from vdlab.strategies.registry import Registry, Way, WayOptions
from vdlab.video.collection import VideoInput, Wanted

if TYPE_CHECKING:
    from torchcodec import FrameBatch

Each = Callable[["FrameBatch"], Any] | None
Loaded = Iterator[tuple[VideoInput, Any]]
Load = Callable[Concatenate[Sequence[Wanted], int, Each, ...], Loaded]


@dataclass(frozen=True)
class Loader(Way[Load]):
    """One way to decode a collection: `decode` is `(wanted, workers, each) -> iterator of (video, result)`.

    It yields each video once, in any order: as it was listed, with its FrameBatch, or with what `each` made of that
    where the frames were decoded, or with the VDLabError that says why there is none. One that takes a number of FFmpeg
    threads gets it as the argument `ffmpeg_threads`.

    Attributes:
        own_times: False where the times of its frames are not those of the file: only pixels are compared.
        end: lets go of what `prepare` has brought up.
    """

    own_times: bool = True
    end: Callable[[], None] | None = None


class Options(WayOptions, total=False):
    """What may be said of a loader when it is registered, see `Loader`."""

    own_times: bool
    end: Callable[[], None] | None


LOADERS = Registry("loader", Loader)


def loader(name: str, title: str, **options: Unpack[Options]) -> Callable[[Load], Load]:
    """Register the decorated function `(wanted, workers, each) -> iterator of (video, result)` under `name`.

    Defining a name again replaces it, as running a notebook cell again should.

    Args:
        options: `parallel`, `ffmpeg_threads`, `prepare`, `unavailable`, `own_times` and `end`, as in `Loader`.

    Raises:
        SettingsError: the name is not made of lower-case letters, digits and dashes.
    """
    return LOADERS.add(name, title, **options)
