"""Clips to decode: make one, repeat it into a long video, fetch the tutorial's, find the embedded one."""

from vdlab.clips.fetch import TUTORIAL_CLIP, fetch
from vdlab.clips.make import make
from vdlab.clips.repeat import repeat
from vdlab.clips.where import FULL_REPEATS, QUICK_REPEATS, embedded, folder_for_videos, long_video

__all__ = [
    "FULL_REPEATS",
    "QUICK_REPEATS",
    "TUTORIAL_CLIP",
    "embedded",
    "fetch",
    "folder_for_videos",
    "long_video",
    "make",
    "repeat",
]
