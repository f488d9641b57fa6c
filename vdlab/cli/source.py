"""The video a command works on: the one that was named, or the embedded clip, repeated."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vdlab.errors import SettingsError

if TYPE_CHECKING:
    from vdlab.video import Video

VideoArgument = Annotated[
    Path | None, typer.Argument(readable=False, help="A video; the embedded clip, repeated, if left out.")
]
FullOption = Annotated[
    bool, typer.Option("--full/--quick", help="Without VIDEO: the clip 50 times, or 10 times (the default).")
]
SeekModeOption = Annotated[str, typer.Option(help="How decoders find frames: approximate or exact.")]


def open_source(video: Path | None, full: bool, seek_mode: str) -> "Video":
    """Open the video that was named, or the embedded clip repeated 50 times (`full`) or 10 times.

    Raises:
        SettingsError: `full` was asked for together with a video, whose length is what it is.
        VideoError: it cannot be used as a video.
    """
    from vdlab.clips import FULL_REPEATS, QUICK_REPEATS, long_video
    from vdlab.video import Video

    if video is not None and full:
        raise SettingsError("--full makes the embedded clip long; leave it out to use all of your own video")
    return Video.open(video or long_video(FULL_REPEATS if full else QUICK_REPEATS), seek_mode)
