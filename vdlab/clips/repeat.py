"""Repeat a clip into a long video by stream copy: the packets are copied, nothing is encoded again."""

import os
import shutil
from collections.abc import Callable
from itertools import compress
from pathlib import Path

import av
import numpy as np

from vdlab.errors import SettingsError, VDLabError, VideoError
from vdlab.machine.files import written_whole
from vdlab.video.index import NO_TIMESTAMP, PacketIndex, scan
from vdlab.video.source import opened, packets

CONTAINER_BYTES_PER_PACKET = 40
"""More than MP4 or Matroska write about a packet beside its data."""


def repeat(
    source: str | os.PathLike[str],
    times: int,
    out: str | os.PathLike[str],
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write the best video stream of `source` to `out`, `times` times in a row; return the absolute path.

    Frame k of repetition n is shown at `pts_k + n * duration`, where `duration` is the time from the first frame's
    beginning to the last one's end. Only the video is copied, without sound and subtitles.

    Args:
        source: a video whose first frame is a fresh start, which is so for nearly every file.
        times: how many times, at least 1.
        out: where to; the suffix decides the container (.mp4, .mov, .mkv). Matroska keeps milliseconds.
        progress: called after each repetition with how many are done and how many there are.

    Raises:
        SettingsError: `times` is below 1, or `out` is `source` or has a suffix that fits no container for it.
        VideoError: `source` is no video or cannot be repeated without changing what is shown; says why.
        VDLabError: `out` cannot be written, or the disk has no room for it.
    """
    if times < 1:
        raise SettingsError(f"a clip is repeated 1 time or more, not {times}")
    index = scan(source)
    target = Path(os.path.abspath(out))
    if target.exists() and target.samefile(index.source.path):
        raise SettingsError(f"{target} is the clip itself; give the long video another name")
    copied = _copied(index)
    _check_joins(index, copied)
    _check_room(target, index, copied, times)
    pts, dts, duration = _times(index, copied)

    with written_whole(target) as aside:
        try:
            _write(index, copied, pts, dts, duration, times, aside, progress)
        except av.FFmpegError as error:
            if isinstance(error, OSError):
                raise
            raise VideoError(f"cannot copy {index.source.path} into {target.name}: {error.strerror}") from error
        except ValueError as error:  # PyAV's own: an unknown suffix, a codec its container cannot hold
            raise SettingsError(f"cannot write {index.header.codec} video to {target.name}: {error}") from error
    return target


def _copied(index: PacketIndex) -> np.ndarray:
    """bool [packets]: what is repeated: all that is shown.

    A packet that an edit list hides is left out if nothing shown needs it: it is disposable or comes after
    the last shown one. One that is needed cannot be hidden again in the middle of the long video.
    """
    last_shown = np.flatnonzero(~index.hidden)[-1] if index.num_frames else -1
    needless = np.arange(len(index.pts)) > last_shown
    needless |= index.disposable
    stuck = np.count_nonzero(index.hidden & ~needless)
    if stuck or last_shown < 0:
        raise VideoError(
            f"{index.source.path} hides {stuck or 'all'} of its frames with an edit list, and a stream copy cannot "
            "hide them again in every repetition; encode it anew first"
        )
    return ~index.hidden


def _check_joins(index: PacketIndex, copied: np.ndarray) -> None:
    """Refuse a stream whose repetitions would be decoded differently for what precedes them."""
    pts = index.pts[copied]
    if (pts == NO_TIMESTAMP).any() or len(np.unique(pts)) < len(pts):
        raise VideoError(f"{index.source.path} has missing or repeated timestamps; it cannot follow on itself")
    # A decoder has to forget at the first packet all that came before.
    cut_off = index.fresh[0] or index.header.codec not in ("h264", "hevc")
    # Pictures shown before the keyframe that precedes them in the file need the GOP before it.
    if not (index.start[0] and copied[0] and index.pts[0] == pts.min() and cut_off):
        raise VideoError(
            f"{index.source.path} does not begin with a frame that can be decoded on its own and so "
            "cannot follow on itself; encode it anew first"
        )


def _check_room(target: Path, index: PacketIndex, copied: np.ndarray, times: int) -> None:
    sizes = index.size[copied]
    needed = times * (int(sizes.sum()) + CONTAINER_BYTES_PER_PACKET * len(sizes))
    try:
        free = shutil.disk_usage(target.parent).free
    except OSError:
        return  # no such folder: writing says so, in its own words
    if needed > free:
        raise VDLabError(
            f"{target} needs {needed / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f} MB left; "
            "repeat fewer times or choose another disk"
        )


def _times(index: PacketIndex, copied: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """One repetition's pts and dts, int64 [copied], and its duration, all in units of the time base.

    The decoding times are made anew: those of the file may be missing, and do not go on from its end to its beginning.
    The frames' own times in ascending order, moved back by as much as any frame is late, are what an encoder
    writes too: they ascend throughout, and no frame is shown before it is decoded.
    """
    pts = index.pts[copied]
    ascending = np.sort(pts)
    dts = ascending - (ascending - pts).max()
    steps = np.diff(ascending)
    last = index.duration[copied][np.argmax(pts)] or (int(np.median(steps)) if len(steps) else 1)
    return pts, dts, int(ascending[-1] - ascending[0] + last)


def _write(
    index: PacketIndex,
    copied: np.ndarray,
    pts: np.ndarray,
    dts: np.ndarray,
    duration: int,
    times: int,
    aside: Path,
    progress: Callable[[int, int], None] | None,
) -> None:
    with av.open(str(aside), "w") as output:
        stream = None
        for repetition in range(times):
            # Opened anew every time: seeking back is exact in some containers only, and holding the
            # packets would take as much memory as the clip is large.
            with opened(index.source, index.header.stream_index) as (container, source):
                if stream is None:
                    # The decoder's context as it is: there may be no encoder of that codec.
                    stream = output.add_stream_from_template(source, opaque=True)
                wanted = compress(packets(container, source), copied)
                for packet, shown_at, decoded_at in zip(wanted, pts, dts, strict=True):
                    packet.pts = int(shown_at) + repetition * duration
                    packet.dts = int(decoded_at) + repetition * duration
                    packet.stream = stream
                    output.mux(packet)
            if progress:
                progress(repetition + 1, times)
