"""Decode the frames of a video, with one call."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from joblib import cpu_count

from vdlab.errors import SettingsError
from vdlab.frames import allocate
from vdlab.sampling import sample
from vdlab.strategies import find
from vdlab.strategies.auto import auto
from vdlab.video import SeekMode, Video, as_video

if TYPE_CHECKING:
    from torchcodec import FrameBatch


def decode(
    video: Video | str | os.PathLike[str],
    indices: Sequence[int] | None = None,
    *,
    fps: float | None = None,
    strategy: str = "auto",
    workers: int | None = None,
    seek_mode: SeekMode = "exact",
) -> "FrameBatch":
    """Decode frames by index, or sampled at a target rate.

    Args:
        video: a video, or the path of one.
        indices: frame indices in any order, repeats allowed.
        fps: instead of `indices`: this many frames per second of video.
        strategy: a strategy's name; `auto` takes the fastest that is safe for this video, see `vdlab.strategies.auto`.
        workers: how many the strategy may use; the CPUs this process may use if None.
        seek_mode: how decoders find frames.

    Returns:
        N frames in the order of `indices`: uint8 `[N, 3, H, W]`, pts and durations in seconds, float64 `[N]`.

    Raises:
        VideoError: the video is unusable.
        SettingsError: both or neither of `indices` and `fps`, an index outside the video, no such strategy.
        RuntimeError: TorchCodec could not decode a frame.
    """
    if (indices is None) == (fps is None):
        raise SettingsError("say which frames to decode: give either indices or fps")
    chosen = None if strategy == "auto" else find(strategy)
    count = cpu_count() if workers is None else workers
    if count < 1:
        raise SettingsError(f"{count} workers cannot decode anything; ask for at least 1")
    video = as_video(video, seek_mode)
    wanted = sample(video, fps) if fps is not None else check_indices(video, indices)
    if not wanted:
        return allocate(video, 0)
    return (chosen or auto(video)).decode(video, wanted, count)


def check_indices(video: Video, indices: Sequence[int]) -> list[int]:
    """The indices as plain numbers.

    Raises:
        SettingsError: one of them is not a frame of the video.
    """
    wanted = [int(index) for index in indices]
    for index in wanted:
        if not 0 <= index < video.num_frames:
            raise SettingsError(f"{video.path}: has no frame {index}; its frames are 0 to {video.num_frames - 1}")
    return wanted
