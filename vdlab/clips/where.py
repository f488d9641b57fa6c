"""Where the embedded clip is, and the long videos made of it."""

import os
from pathlib import Path

import numpy as np

from vdlab.clips.repeat import repeat
from vdlab.errors import VDLabError, VideoError
from vdlab.machine.files import cache_path, temporary_cache
from vdlab.video import scan

# How often the embedded clip is repeated for a quick look, and for the tutorial's full workload.
QUICK_REPEATS, FULL_REPEATS = 10, 50

PACKAGE = Path(__file__).resolve().parents[1]


def embedded() -> Path:
    """The clip that comes with VDLab: the wheel's, or in a clone of the repository `data/clip.mp4`.

    Raises:
        VideoError: it is in neither folder.
    """
    for folder in (PACKAGE / "data", PACKAGE.parent / "data"):
        if (folder / "clip.mp4").is_file():
            return folder / "clip.mp4"
    raise VideoError(f"the embedded clip is missing; make it again: vdlab clip make {folder / 'clip.mp4'}")


def folder_for_videos() -> Path:
    """Where long and fetched videos are: the clone's `data/`, else the user's cache folder; it exists.

    Raises:
        VDLabError: the cache folder cannot be made.
    """
    data = PACKAGE.parent / "data"
    if (data / "clip.mp4").is_file() and not (PACKAGE / "data").exists() and os.access(data, os.W_OK):
        return data
    try:
        cache = cache_path()
    except FileNotFoundError:
        cache = temporary_cache()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VDLabError(f"cannot make {cache} for long videos: {error.strerror}") from error
    return cache


def long_video(times: int) -> Path:
    """The embedded clip repeated `times` times; made on the first call, and again if the clip has changed.

    Raises:
        SettingsError: `times` is below 1.
        VideoError: the embedded clip is missing.
        VDLabError: there is no folder to write to, or no room.
    """
    clip = embedded()
    long = folder_for_videos() / f"clip_x{times}.mp4"
    if not (long.is_file() and _is_repeated(clip, times, long)):
        repeat(clip, times, long)
    return long


def _is_repeated(clip: Path, times: int, long: Path) -> bool:
    """Whether the packets of `long` are as large as those of `clip`, `times` times over.

    No two encodings agree in the size of hundreds of packets, and unlike modification times, sizes survive
    a fresh clone.
    """
    try:
        found = scan(long).size
    except VideoError:
        return False
    return np.array_equal(found, np.tile(scan(clip).size, times))
