"""Which frames to decode: a rate, a count or times in seconds become frame numbers."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from vdlab.errors import SettingsError

if TYPE_CHECKING:
    from vdlab.video.video import Video

MICROSECOND = 1e-6
"""Times in seconds are rounded; no two frames are so near."""

RATE_TOLERANCE = Fraction(1, 5000)
"""Relative. Containers round times to milliseconds, and rates worked out from them are off by less. The next rate that
means something, 23.976 beside 24, is off by a thousandth."""


def sample(
    video: "Video", fps: float | None = None, *, count: int | None = None, seconds: Sequence[float] | None = None
) -> list[int]:
    """Frame numbers, chosen in one of three ways.

    Args:
        fps: about so many frames a second: every n-th, with n = `max(1, round(average_fps / fps))`. A target above
            the video's own rate gives every frame.
        count: so many frames, spread evenly from the first to the last; a single one is the middle one. All frames
            where there are no more.
        seconds: times on the video's own clock, as in `FrameBatch.pts_seconds`: the frame shown at each.

    Raises:
        SettingsError: none or several of the three, or one that makes no sense for this video.
    """
    if sum(choice is not None for choice in (fps, count, seconds)) != 1:
        raise SettingsError("say which frames: give one of fps, count or seconds")
    if fps is not None:
        return list(range(0, video.num_frames, sampling_step(video.average_fps, fps)))
    if count is not None:
        return spread(video.num_frames, count)
    return _shown_at(video, seconds or ())


def sampling_step(average_fps: float | Fraction, fps: float) -> int:
    """Frames from one sampled frame to the next, at least 1.

    Raises:
        SettingsError: `fps` is not a number above zero.
    """
    if not (isinstance(fps, int | float | Fraction) and math.isfinite(fps) and fps > 0):
        raise SettingsError(f"fps is {fps}; give a number above zero, such as 2, or 0.5 for a frame every two seconds")
    return max(1, round(sound_rate(average_fps) / Fraction(fps).limit_denominator(10**9)))


def sound_rate(rate: float | Fraction) -> Fraction:
    """The rate that a container means: a whole number of frames a second, or 1000/1001 of one, where it is near one.

    25.000000000000004 is 25, and 29.97 is 30000/1001.
    """
    exact = Fraction(rate)
    for base in (Fraction(1), Fraction(1000, 1001)):
        near = round(exact / base) * base
        if near and abs(near - exact) <= RATE_TOLERANCE * exact:
            return near
    return exact.limit_denominator(100_000)


def spread(frames: int, count: int) -> list[int]:
    """The numbers of `count` frames out of `frames`, as for `sample`.

    Raises:
        SettingsError: `count` is no whole number above zero.
    """
    if not (isinstance(count, int | np.integer) and count > 0):
        raise SettingsError(f"count is {count}; give a whole number above zero")
    if count == 1:
        return [(frames - 1) // 2]
    return np.linspace(0, frames - 1, min(count, frames)).round().astype(int).tolist()


def _shown_at(video: "Video", seconds: Sequence[float]) -> list[int]:
    index = video.index
    if index.timed and (np.diff(index.times) <= 0).any():
        raise SettingsError(f"{video.path}: its times do not grow from frame to frame; choose frames by number")
    times = np.asarray(seconds, dtype=np.float64)
    end = index.times[-1] + index.durations[-1]
    for time in times.tolist():
        if not index.times[0] - MICROSECOND <= time <= end + MICROSECOND:
            raise SettingsError(
                f"{video.path}: shows nothing at {time} s; it is shown from {index.times[0]:.3f} to {end:.3f} s"
            )
    return np.maximum(0, np.searchsorted(index.times, times + MICROSECOND, side="right") - 1).tolist()
