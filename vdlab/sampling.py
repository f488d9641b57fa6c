"""Which frames to decode: a target rate becomes frame indices."""

import math

from vdlab.errors import SettingsError
from vdlab.video import Video


def sample(video: Video, fps: float) -> list[int]:
    """Indices of every n-th frame, n chosen so that about `fps` of them fall into a second of video.

    The step is `max(1, round(average_fps / fps))`. A target above the video's own rate gives every frame.

    Raises:
        SettingsError: `fps` is not a number above zero.
    """
    return list(range(0, video.num_frames, sampling_step(video.average_fps, fps)))


def sampling_step(average_fps: float, fps: float) -> int:
    """Frames from one sampled frame to the next, at least 1.

    Raises:
        SettingsError: `fps` is not a number above zero.
    """
    if not (isinstance(fps, int | float) and math.isfinite(fps) and fps > 0):
        raise SettingsError(f"fps is {fps}; give a number above zero, such as 2, or 0.5 for a frame every two seconds")
    return max(1, round(average_fps / fps))
