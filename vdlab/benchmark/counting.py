"""What the settings of a sweep decode, counted for its results."""

from collections.abc import Mapping, Sequence

import numpy as np

from vdlab.errors import one_line
from vdlab.gops.counts import COUNTED, EQUAL_CHUNKS, FED, kinds, times_decoded, uncountable
from vdlab.results.decoded import runs, typical
from vdlab.results.records import REFERENCE, Decoded, Setting, Work
from vdlab.video import Video
from vdlab.video.index import PacketIndex

STRETCH = 120
"""Frames. As many as can be told apart in a chart."""

BEFORE = 12
"""Frames of the stretch before what it is to show."""

RATES = 9
"""Besides those that were measured, from a frame in ten seconds to every frame."""

SLOWEST = 10
"""Seconds from one frame to the next at the lowest of these rates."""


def count_work(
    video: Video, indices: Mapping[float, Sequence[int]], settings: Sequence[Setting], cpus: int
) -> list[Work]:
    """What every setting decodes at every sampling rate, and typical ones at rates that were not measured.

    Args:
        video: a video with at least one frame.
        indices: the sampled frames, by rate.
        settings: at these rates.
        cpus: how many this process may use.

    Returns:
        One entry a rate. Where nothing can be counted, it says why: whatever is strange about a file, what has been
        measured of it stands.
    """
    try:
        index = video.index
        reason = index.doubt
        if any(max(sampled) >= index.num_frames for sampled in indices.values()):
            reason = reason or "it ends before its header says"
        if reason:
            return [Work(rate, len(sampled), index.num_frames, unknown=reason) for rate, sampled in indices.items()]
        unknown = uncountable(index, video.seek_mode)
        known = [one for one in settings if one.strategy in (FED if unknown else COUNTED)]
        measured = [
            _with_stretch(index, rate, sampled, [one for one in known if one.fps == rate], unknown, video, cpus)
            for rate, sampled in indices.items()
        ]
        few = typical([_decoded(one, np.zeros(1)) for one in known], cpus)
        return measured + [
            _counted(index, rate, sampled, [_setting(one, rate) for one in few], unknown, video)
            for rate, sampled in other_rates(video, index.num_frames, {len(one) for one in indices.values()})
        ]
    except Exception as error:
        why = f"{type(error).__name__}: {one_line(error)}"
        return [Work(rate, len(sampled), 0, unknown=why) for rate, sampled in indices.items()]


def other_rates(video: Video, frames: int, counts: set[int]) -> list[tuple[float, range]]:
    """Sampling rates to count at, with the frames they ask for, but for those that ask for as many as in `counts`."""
    steps = sorted({round(step) for step in np.geomspace(1, max(1.0, SLOWEST * video.average_fps), RATES)})
    sampled = [(video.average_fps / step, range(0, frames, step)) for step in steps]
    return [(rate, numbers) for rate, numbers in sampled if len(numbers) not in counts]


def stretch(index: PacketIndex, wastes: Sequence[np.ndarray]) -> range:
    """The frames to show: a stretch of frames decoded in vain, with its beginning and end if there is room for both.

    Args:
        wastes: bool [packets] each: what may be shown, the most telling first. Where all are nearly empty, a keyframe
            in the middle of the video is shown.
    """
    begin = int(index.keyframe_numbers[len(index.keyframe_numbers) // 2]) - BEFORE
    for waste in wastes:
        found = [(stop - start, start, stop) for start, stop in runs(waste[index.shown]) if stop - start >= BEFORE]
        fitting = [run for run in found if run[0] <= STRETCH - 2 * BEFORE]
        if found:
            begin = max(fitting)[1] - BEFORE if fitting else max(found)[2] - STRETCH * 2 // 3
            break
    begin = max(0, min(begin, index.num_frames - STRETCH))
    return range(begin, min(begin + STRETCH, index.num_frames))


def wastes(times: Mapping[Setting, np.ndarray], cpus: int) -> list[np.ndarray]:
    """Bool [packets] each: what equal chunks decode that a single decoder does not, and what is decoded repeatedly."""
    drawn = {str(row) for row in typical([_decoded(one, count) for one, count in times.items()], cpus)}
    once = [count for one, count in times.items() if one.strategy == REFERENCE]
    equal = [count for one, count in times.items() if one.strategy in EQUAL_CHUNKS and str(one) in drawn]
    return [more > less for more, less in zip(equal, once, strict=False)] + [count > 1 for count in equal + once]


def _counted(
    index: PacketIndex, rate: float, sampled: Sequence[int], settings: Sequence[Setting], unknown: str, video: Video
) -> Work:
    decoded = tuple(_decoded(one, _times(index, sampled, one, video)) for one in settings)
    return Work(rate, len(sampled), index.num_frames, decoded, _exact(index, sampled), unknown)


def _with_stretch(
    index: PacketIndex,
    rate: float,
    sampled: Sequence[int],
    settings: Sequence[Setting],
    unknown: str,
    video: Video,
    cpus: int,
) -> Work:
    times = {one: _times(index, sampled, one, video) for one in settings}
    frames = stretch(index, wastes(times, cpus))
    asked = set(sampled)
    positions = index.shown[list(frames)]
    return Work(
        rate,
        len(sampled),
        index.num_frames,
        tuple(_decoded(one, count, positions) for one, count in times.items()),
        _exact(index, sampled),
        unknown,
        frames.start,
        kinds(index, frames),
        "".join("1" if number in asked else "0" for number in frames),
    )


def _exact(index: PacketIndex, sampled: Sequence[int]) -> int | None:
    return None if uncountable(index, "exact") else int(times_decoded(index, sampled, REFERENCE).sum())


def _times(index: PacketIndex, sampled: Sequence[int], setting: Setting, video: Video) -> np.ndarray:
    return times_decoded(
        index, sampled, setting.strategy, setting.workers, setting.ffmpeg_threads, seek_mode=video.seek_mode
    )


def _decoded(setting: Setting, times: np.ndarray, positions: Sequence[int] = ()) -> Decoded:
    return Decoded(
        setting.strategy,
        setting.workers,
        setting.ffmpeg_threads,
        frames=int(times.sum()),
        again=int(np.maximum(times - 1, 0).sum()),
        left_out=int((times == 0).sum()),
        marks="".join(str(min(9, int(times[position]))) for position in positions),
    )


def _setting(one: Decoded, rate: float) -> Setting:
    return Setting(one.strategy, one.workers, rate, one.ffmpeg_threads)
