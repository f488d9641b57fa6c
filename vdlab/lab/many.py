"""Many videos: listed, and not opened before they are measured."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vdlab.decoding import decode
from vdlab.errors import VDLabError
from vdlab.lab.markup import facts, text
from vdlab.lab.pictures import SMALL_WIDTH, data_uri
from vdlab.lab.settings import Settings
from vdlab.notes import collected
from vdlab.video import Video
from vdlab.video.collection import Wanted, wanted_of


@dataclass(frozen=True)
class Many:
    """A folder, what a pattern matches, or what a manifest lists.

    Attributes:
        path: of the folder or the manifest; or the pattern.
        wanted: the videos.
        notes: what was left out of them.
    """

    path: Path
    wanted: list[Wanted]
    notes: tuple[str, ...]


def opened(settings: Settings) -> Video | Many:
    """The video that is chosen, or many.

    Raises:
        VideoError, SettingsError: it cannot be opened, or there are none.
    """
    if not settings.many:
        return Video.open(settings.video, settings.seek_mode)
    with collected() as notes:
        return Many(settings.video, wanted_of(settings.video, fps=1), tuple(notes))


def facts_of_many(many: Many) -> str:
    """What is known of videos that nobody has opened, as a small table."""
    rows = {
        "Videos": f'<span title="{text(many.path)}">{len(many.wanted):,} in {text(many.path.name)}</span>',
        "Sample": "as many as the time has room for, of each codec and size in proportion",
    }
    return facts(rows | {"Left out": text("; ".join(many.notes))} if many.notes else rows)


def strip_of_many(many: Many, count: int = 6) -> list[str]:
    """The first frames of at most `count` videos, as data URIs; of those that can be decoded."""
    shown: list[str] = []
    with collected():
        for number in range(min(count, len(many.wanted))):
            one = many.wanted[number * len(many.wanted) // count if len(many.wanted) > count else number]
            with suppress(VDLabError):
                shown.append(data_uri(decode(one.source, [0]).data[0], SMALL_WIDTH))
    return shown
