"""The truth: every frame from the first on, decoded without a single seek.

The strategies are held to the reference, but the reference seeks too, and a seek can land on another frame than
the one asked for. What no seek has touched cannot be misplaced: the n-th frame that comes out is frame n.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from joblib import cpu_count

from vdlab.errors import VideoError, one_line
from vdlab.gops.linear import linear_frames
from vdlab.video import Video

if TYPE_CHECKING:
    from torchcodec import Frame, FrameBatch

# A few seconds of decoding: longer videos are checked from their beginning to here unless told otherwise.
DEFAULT_FRAMES = 4_000


@dataclass(frozen=True)
class TruthCheck:
    """The reference held against the truth.

    Attributes:
        checked: how many of the sampled indices were checked.
        sampled: how many there are.
        until: frame indices below this one were checked.
        wrong: for how many the reference returned another frame, or another timestamp.
        first: the first such index, None where there is none.
        error: why the check ended early, empty where it did not.
    """

    checked: int
    sampled: int
    until: int
    wrong: int
    first: int | None
    error: str = ""

    def sentence(self, seek_mode: str) -> str:
        """What the check found, and what to do about it."""
        stretch = "" if self.checked == self.sampled else f" (checked up to frame {self.until} only)"
        if self.error:
            return f"the check against a decode without seeking ended early: {self.error}{stretch}"
        if not self.wrong:
            return f"{seek_mode} seeking returns the true frame for all {self.checked} indices checked{stretch}"
        advice = "use --seek-mode exact" if seek_mode == "approximate" else "decode this file without seeking"
        return (
            f"{seek_mode} seeking returns the wrong frame for {self.wrong} of {self.checked} indices here, "
            f"first at index {self.first}{stretch}; {advice}"
        )


def frames_to_check(video: Video, truth: bool | int | None) -> int:
    """Up to which frame number a reference is held against the truth; 0 for not at all.

    | `truth`       | checked                                                                                   |
    |---------------|-------------------------------------------------------------------------------------------|
    | None          | nothing where the packets leave no doubt: there the times of frames show where they come  |
    |               | from. With a doubt, such as damage or contradicting timestamps, as with True              |
    | True          | the first frames, as many as take seconds                                                 |
    | a number      | up to this frame                                                                          |
    | False         | nothing                                                                                   |
    """
    if truth is None:
        truth = bool(video.index.doubt)
    return DEFAULT_FRAMES if truth is True else int(truth)


def check_truth(
    video: Video, indices: Sequence[int], reference: "FrameBatch", until: int | None = DEFAULT_FRAMES
) -> TruthCheck:
    """Hold the reference's frames and timestamps against a decode without any seek, one frame at a time.

    Args:
        indices: the frame indices of the reference, in any order.
        until: stop before this frame index; None decodes as far as the last index.
    """
    end = max(indices, default=-1) + 1
    until = end if until is None else min(until, end)
    positions: dict[int, list[int]] = {}
    for position, index in enumerate(indices):
        if index < until:
            positions.setdefault(index, []).append(position)
    wrong: list[int] = []
    seen = 0
    error = ""
    try:
        for index, frame in linear_frames(video, positions, threads=cpu_count()):
            for position in positions[index]:
                seen += 1
                if not _same(frame, reference, position):
                    wrong.append(index)
    except VideoError as failure:
        error = one_line(failure)
    expected = sum(map(len, positions.values()))
    if not error and seen < expected:
        error = f"the video ends {expected - seen} sampled frames before its metadata say"
    return TruthCheck(seen, len(indices), until, len(wrong), min(wrong, default=None), error)


def _same(frame: "Frame", reference: "FrameBatch", position: int) -> bool:
    return frame.pts_seconds == reference.pts_seconds[position].item() and torch.equal(
        frame.data, reference.data[position]
    )
