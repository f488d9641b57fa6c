"""The truth: every frame from the first on, decoded without a single seek.

The strategies are held to the reference, but the reference seeks too, and a seek can land on another frame than
the one asked for. What no seek has touched cannot be misplaced: the n-th frame that comes out is frame n.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from joblib import cpu_count

from vdlab.spans import span
from vdlab.video import Video, one_line

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
        for index, frame in enumerate(linear_frames(video, until)):
            for position in positions.get(index, ()):
                seen += 1
                if not _same(frame, reference, position):
                    wrong.append(index)
    except RuntimeError as failure:
        error = one_line(failure)
    expected = sum(map(len, positions.values()))
    if not error and seen < expected:
        error = f"the video ends {expected - seen} sampled frames before its metadata say"
    return TruthCheck(seen, len(indices), until, len(wrong), min(wrong, default=None), error)


def linear_frames(video: Video, stop: int | None = None, threads: int | None = None) -> Iterator["Frame"]:
    """Every frame from the first on, in the order in which the decoder gives them out; at most `stop` of them.

    FFmpeg decodes with `threads` threads, with one for each CPU allowed if None.

    TorchCodec's public decoder may seek for every frame, so this calls the operators below it. They convert
    colours with the very code the strategies use, which another library's decode would not.
    """
    from torchcodec import Frame
    from torchcodec._core import ops

    with span("starting"):
        handle = ops.create_from_file(str(video.path), "approximate")
        ops.add_video_stream(handle, num_threads=threads or cpu_count(), stream_index=video.stream_index)
    produced = 0
    while stop is None or produced < stop:
        try:
            with span("decoding", frames=1):
                data, pts, duration = ops.get_next_frame(handle)
        except IndexError:
            return
        yield Frame(data, pts.item(), duration.item())
        produced += 1


def _same(frame: "Frame", reference: "FrameBatch", position: int) -> bool:
    return (
        frame.pts_seconds == reference.pts_seconds[position].item()
        and frame.duration_seconds == reference.duration_seconds[position].item()
        and torch.equal(frame.data, reference.data[position])
    )
