"""Decode the frames of a video, with one call."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np
import torch
from joblib.externals.loky import cpu_count

from vdlab.errors import SettingsError, VDLabError, VideoError, check_choice, one_line
from vdlab.gops.batches import put_row, resized, resized_size
from vdlab.gops.parallel import decode_linearly
from vdlab.machine.workers import check_workers
from vdlab.notes import note
from vdlab.strategies import Strategy, find
from vdlab.strategies.auto import auto
from vdlab.strategies.needed_memory import check_memory
from vdlab.video import SEEK_MODES, Resize, SeekMode, Video, as_video, sample
from vdlab.video.video import Damaged, unseen, wrong_times

if TYPE_CHECKING:
    from torchcodec import FrameBatch


def decode(
    video: Video | str | os.PathLike[str] | bytes | BinaryIO,
    indices: Sequence[int] | None = None,
    *,
    fps: float | None = None,
    count: int | None = None,
    seconds: Sequence[float] | None = None,
    strategy: str = "auto",
    workers: int | None = None,
    seek_mode: SeekMode = "exact",
    resize: Resize = None,
    damaged: Damaged = "raise",
    wrong: Literal["mend", "warn"] = "mend",
) -> "FrameBatch":
    """Decode frames by number, or sampled.

    Every frame's time is held against the packet index. So a frame from the wrong place, which is what strategies
    that seek return of some files, is seen at once.

    Args:
        video: a video, or what one is opened from: a path, bytes or a file object.
        indices: frame numbers in any order, repeats allowed.
        fps, count, seconds: where `indices` are not given, see `vdlab.sample`.
        strategy: a strategy's name; `auto` takes the fastest that is safe for this video, see `vdlab.strategies.auto`.
        workers: how many the strategy may use; the CPUs this process may use if None.
        seek_mode: how strategies that seek find frames; `auto` is always exact.
        resize: each frame's shorter side, or (height, width), in pixels: by torch's antialiased bilinear filter, right
            after the conversion to RGB.
        damaged: `raise` where a frame does not decode, or `skip` it: then the batch has fewer rows, in the same order,
            and a note says how many are missing.
        wrong: what becomes of frames that come from the wrong place: `mend` decodes them another way, `warn` returns
            them; both say so in a note.

    Returns:
        N frames in the order of `indices`: uint8 `[N, 3, H, W]`, pts and durations in seconds, float64 `[N]`. A
        frame's duration is the time to the next one.

    Raises:
        VideoError: the video is unusable, or a frame does not decode.
        SettingsError: not one of `indices`, `fps`, `count` and `seconds`, a frame outside the video, no such strategy.
    """
    if (indices is None) == (fps is None and count is None and seconds is None):
        raise SettingsError("say which frames to decode: give either indices or fps, count or seconds")
    check_choice("seek_mode", seek_mode, SEEK_MODES)
    check_choice("wrong", wrong, ("mend", "warn"))
    chosen = None if strategy == "auto" else find(strategy)
    used = cpu_count() if workers is None else check_workers(workers)
    video = replace(as_video(video, "exact" if chosen is None else seek_mode, damaged), resize=resize, damaged=damaged)
    if resize is not None:
        resized_size(resize, 1, 1)
    wanted = sample(video, fps, count=count, seconds=seconds) if indices is None else check_indices(video, indices)
    if not wanted:
        return decode_linearly(video, [], 1)
    if chosen is None:
        chosen, used = auto(video, wanted, used)
    return checked(chosen, video, wanted, used, wrong)


def checked(
    strategy: Strategy, video: Video, wanted: list[int], workers: int, wrong: Literal["mend", "warn"]
) -> "FrameBatch":
    """What a strategy returns, each frame's time held against the packet index.

    Raises:
        VideoError: a frame does not decode.
    """
    check_memory(strategy, video, len(wanted), workers)
    try:
        batch = strategy.decode(video, wanted, workers)
    except VDLabError:
        raise
    except (RuntimeError, ValueError, IndexError) as error:
        if wrong == "warn":
            raise VideoError(
                f"{video.path}: {strategy.name} cannot decode it: {one_line(error)}; use strategy='auto'"
            ) from error
        note(f"{strategy.name} cannot decode these frames ({one_line(error)}); decoded by linear")
        return decode_linearly(video, wanted, workers)
    if strategy.certain or len(batch) != len(wanted):
        return batch
    batch.data = resized(batch.data, video.resize)
    index = video.index
    doubt = unseen(video)
    if doubt:
        rows, why = np.arange(len(wanted)), f"frames that {strategy.name} finds by seeking cannot be trusted: {doubt}"
    else:
        rows = np.flatnonzero(wrong_times(video, wanted, batch.pts_seconds.cpu().numpy()))
        why = f"{len(rows)} of {len(wanted)} frames of {strategy.name} come from the wrong place"
    if not len(rows):
        batch.duration_seconds[:] = torch.from_numpy(index.durations[wanted])
        return batch
    what = "decoded again by linear" if wrong == "mend" else "they are returned all the same"
    note(f"{why}, the first for frame {wanted[rows[0]]}; {what}")
    if wrong == "warn":
        return batch
    if len(rows) == len(wanted):
        return decode_linearly(video, wanted, workers)
    mended = decode_linearly(video, [wanted[row] for row in rows], workers)
    for row, frame in zip(rows.tolist(), mended, strict=True):
        put_row(batch, row, frame)
    return batch


def check_indices(video: Video, indices: Sequence[int]) -> list[int]:
    """The indices as plain numbers.

    Raises:
        SettingsError: one of them is not a frame of the video.
    """
    wanted = [int(index) for index in indices]
    count = video.num_frames  # which looks at the file each time
    for index in wanted:
        if not 0 <= index < count:
            raise SettingsError(f"{video.path}: has no frame {index}; its frames are 0 to {count - 1}")
    return wanted
