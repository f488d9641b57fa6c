"""What was counted of the settings of a sweep, chosen and put into words."""

from collections.abc import Sequence

import numpy as np

from vdlab.gops.counts import EQUAL_CHUNKS, FED, ONE_DECODER
from vdlab.results.records import REFERENCE, Decoded, Results, Setting, Work
from vdlab.results.wording import enumerated

HARDLY = 0.1
"""Share of the frames that count for little."""

WAYS = (ONE_DECODER, EQUAL_CHUNKS, ("keyframe-threads",), ("pruned-threads",))
"""Strategies that decode the same frames with the same number of workers."""


def typical(decoded: Sequence[Decoded], cpus: int) -> list[Decoded]:
    """One a way of decoding: with as many workers as there are CPUs, or as near as was measured."""
    found = []
    for names in WAYS:
        same = [one for one in decoded if one.setting.strategy in names]
        if same:
            found.append(min(same, key=lambda one: preference(one.setting, names, cpus)))
    return found


def preference(setting: Setting, names: Sequence[str], cpus: int) -> tuple[int, bool, int]:
    """The less, the rather is it shown: by the order of names, then by how near its workers are to the CPUs."""
    return names.index(setting.strategy), setting.workers > cpus, abs(setting.workers - cpus)


def work_at(results: Results, fps: float) -> Work | None:
    """What was counted for a sampling rate; None where nothing was."""
    return next((work for work in results.work if work.fps == fps), None)


def words_of_work(results: Results, fps: float) -> list[str]:
    """Sentences on how many frames are decoded for how many, or why that is not known."""
    work = work_at(results, fps)
    if work is None:
        return ["What must be decoded was not counted: that is done at the end of a sweep"]
    rows = typical(results.decoded(work), results.machine.cpus_allowed)
    said = []
    if rows:
        said.append(f"To return {work.asked:,} frames, {enumerated([_in_words(row) for row in rows])}")
        said += [
            f"{name(row)} leaves out {row.left_out:,} of {work.total:,}" for row in rows if row.setting.strategy in FED
        ]
        said += [
            f"With exact seeking {row.setting.strategy} would decode {work.exact:,}: approximate seeking begins a "
            "group of pictures again for a frame that is shown just before the next keyframe"
            for row in rows
            if row.setting.strategy == REFERENCE and work.exact is not None and work.exact < 0.99 * row.frames
        ]
    elif not work.unknown:
        said.append("What the strategies of this sweep decode is not known")
    if work.unknown:
        said.append(f"{'Not everything can' if rows else 'What must be decoded cannot'} be counted: {work.unknown}")
    return said


def _in_words(row: Decoded) -> str:
    again = f" ({row.again:,} of them again)" if row.again >= 0.01 * row.frames else ""
    return f"{name(row)} decodes {row.frames:,}{again}"


def name(row: Decoded) -> str:
    """The setting as text; without the number of workers where there is one."""
    setting = row.setting
    return setting.strategy if setting.workers * setting.ffmpeg_threads == 1 else str(setting)


def where_seeking_ends(results: Results) -> list[str]:
    """From which sampling rate on seeking skips hardly a frame: sentences, none where that was not counted."""
    counted = sorted(results.work, key=lambda work: work.fps)
    single = [(work, row) for work in counted for row in results.decoded(work) if row.setting.strategy == REFERENCE]
    if not single:
        return []
    total = single[0][0].total
    sparse, dense = single[0], single[-1]
    said = [
        f"At {rate(sparse[0])} a single decoder that seeks decodes {sparse[1].frames:,} of {total:,} frames for the "
        f"{sparse[0].asked:,} it returns"
    ]
    ends = next((work for work, row in single if row.left_out < HARDLY * total), None)
    if ends is not None and ends is not dense[0]:
        said.append(f"From {rate(ends)} on it decodes nearly every frame, and seeking gains nothing more")
    worst = max(single, key=lambda pair: pair[1].frames)
    if worst[1].frames > (1 + HARDLY) * total:
        better = f"; exact seeking {worst[0].exact:,}" if (worst[0].exact or worst[1].frames) < worst[1].frames else ""
        said.append(f"At {rate(worst[0])} it decodes {worst[1].frames:,}, more than the video has{better}")
    return said


def rate(work: Work) -> str:
    return f"{work.fps:.3g} fps"


def runs(marks: Sequence[bool]) -> list[tuple[int, int]]:
    """Begin and end of every row of true marks."""
    changes = np.flatnonzero(np.diff([0, *(int(mark) for mark in marks), 0])).tolist()
    return list(zip(changes[::2], changes[1::2], strict=True))
