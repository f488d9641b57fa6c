"""What the settings of a sweep decode, counted for its results."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vdlab.errors import one_line
from vdlab.gops.counts import COUNTED, EQUAL_CHUNKS, FED, frame_types, times_decoded, uncountable
from vdlab.results.decoded import runs, typical
from vdlab.results.records import REFERENCE, Decoded, Results, Setting, Work
from vdlab.video import Video
from vdlab.video.index import PacketIndex

EXCERPT = 120
"""Frames. As many as can be told from each other in a chart."""

BEFORE = 12
"""Frames of the excerpt before what it is to show."""

RATES = 9
"""Besides those that were measured, from a frame in ten seconds to every frame."""

SLOWEST = 10
"""Seconds from one frame to the next at the lowest of these rates."""


def count_work(results: Results, video: Video, indices: Mapping[float, Sequence[int]]) -> None:
    """Add what every setting decodes at the rates that were measured, and typical ones at rates that were not.

    Where nothing can be counted, `Results.work` says why: whatever is strange about a file, what has been measured of
    it stands.

    Args:
        video: a video with at least one frame.
        indices: the sampled frames, by rate.
    """
    try:
        _count(results, video, indices)
    except Exception as error:
        why = f"{type(error).__name__}: {one_line(error)}"
        results.work = [Work(rate, len(sampled), 0, unknown=why) for rate, sampled in indices.items()]


def _count(results: Results, video: Video, indices: Mapping[float, Sequence[int]]) -> None:
    index = video.index
    reason = index.doubt
    if any(max(sampled) >= index.num_frames for sampled in indices.values()):
        reason = reason or "it ends before its header says"
    if reason:
        results.work = [Work(rate, len(sampled), index.num_frames, unknown=reason) for rate, sampled in indices.items()]
        return
    unknown = uncountable(index, video.seek_mode)
    known = [
        one
        for one in results.measurements
        if one.setting.strategy in (FED if unknown else COUNTED) and any(run.seconds for run in one.runs)
    ]
    for rate, sampled in indices.items():
        times = {one.setting: _times(video, sampled, one.setting) for one in known if one.setting.fps == rate}
        frames = excerpt(index, wastes(times, results.machine.cpus_allowed))
        for setting, count in times.items():
            results.of(setting).work = _decoded(setting, count, index.shown[list(frames)])
        asked = set(sampled)
        wanted = "".join("1" if number in asked else "0" for number in frames)
        results.work.append(
            Work(
                rate,
                len(sampled),
                index.num_frames,
                exact=_exact(index, sampled),
                unknown=unknown,
                first=frames.start,
                frame_types=frame_types(index, frames),
                wanted=wanted,
            )
        )
    few = typical([_decoded(one.setting, np.zeros(1)) for one in known], results.machine.cpus_allowed)
    for rate, sampled in other_rates(video, {len(one) for one in indices.values()}):
        settings = [replace(one.setting, fps=rate) for one in few]
        decoded = tuple(_decoded(setting, _times(video, sampled, setting)) for setting in settings)
        results.work.append(Work(rate, len(sampled), index.num_frames, decoded, _exact(index, sampled), unknown))


def other_rates(video: Video, counts: set[int]) -> list[tuple[float, range]]:
    """Sampling rates to count at, with the frames they ask for, but for those that ask for as many as in `counts`."""
    steps = sorted({round(step) for step in np.geomspace(1, max(1.0, SLOWEST * video.average_fps), RATES)})
    sampled = [(video.average_fps / step, range(0, video.index.num_frames, step)) for step in steps]
    return [(rate, numbers) for rate, numbers in sampled if len(numbers) not in counts]


def excerpt(index: PacketIndex, wastes: Sequence[np.ndarray]) -> range:
    """The frames to show: consecutive frames decoded in vain, with their beginning and end if there is room for both.

    Args:
        wastes: bool [packets] each: what may be shown, what shows most first. Where all are nearly empty, a keyframe
            in the middle of the video is shown.
    """
    begin = int(index.keyframe_numbers[len(index.keyframe_numbers) // 2]) - BEFORE
    for waste in wastes:
        found = [(stop - start, start, stop) for start, stop in runs(waste[index.shown]) if stop - start >= BEFORE]
        fitting = [run for run in found if run[0] <= EXCERPT - 2 * BEFORE]
        if found:
            begin = max(fitting)[1] - BEFORE if fitting else max(found)[2] - EXCERPT * 2 // 3
            break
    begin = max(0, min(begin, index.num_frames - EXCERPT))
    return range(begin, min(begin + EXCERPT, index.num_frames))


def wastes(times: Mapping[Setting, np.ndarray], cpus: int) -> list[np.ndarray]:
    """Bool [packets] each: what equal chunks decode that a single decoder does not, and what is decoded repeatedly."""
    drawn = {one.setting for one in typical([_decoded(setting, count) for setting, count in times.items()], cpus)}
    once = [count for setting, count in times.items() if setting.strategy == REFERENCE]
    equal = [count for setting, count in times.items() if setting.strategy in EQUAL_CHUNKS and setting in drawn]
    return [more > less for more, less in zip(equal, once, strict=False)] + [count > 1 for count in equal + once]


def _exact(index: PacketIndex, sampled: Sequence[int]) -> int | None:
    return None if uncountable(index, "exact") else int(times_decoded(index, sampled, REFERENCE).sum())


def _times(video: Video, sampled: Sequence[int], setting: Setting) -> np.ndarray:
    return times_decoded(
        video.index, sampled, setting.strategy, setting.workers, setting.ffmpeg_threads, seek_mode=video.seek_mode
    )


def _decoded(setting: Setting, times: np.ndarray, positions: Sequence[int] | np.ndarray = ()) -> Decoded:
    return Decoded(
        setting,
        frames=int(times.sum()),
        again=int(np.maximum(times - 1, 0).sum()),
        left_out=int((times == 0).sum()),
        marks="".join(str(min(9, int(times[position]))) for position in positions),
    )
