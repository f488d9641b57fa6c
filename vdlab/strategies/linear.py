"""No seek at all: slower, and right wherever anything is."""

from collections.abc import Sequence

from torchcodec import FrameBatch

from vdlab.frames import allocate, copy_pixels
from vdlab.strategies.registry import strategy
from vdlab.truth import linear_frames
from vdlab.video import Video


@strategy("linear", "Linear")
def linear(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """Every frame from the first to the last wanted one, in the order in which the decoder gives them out.

    What no seek has touched cannot be misplaced, so this is right even for files in which seeking is not, such as
    many MPEG transport streams. FFmpeg decodes with `workers` threads.

    Raises:
        RuntimeError: the video ends before the last wanted frame.
    """
    rows: dict[int, list[int]] = {}
    for row, number in enumerate(indices):
        rows.setdefault(number, []).append(row)
    batch = allocate(video, len(indices))
    last = max(rows)
    number = -1
    for number, frame in enumerate(linear_frames(video, last + 1, workers)):
        for row in rows.get(number, ()):
            copy_pixels(batch.data[row], frame.data)
            batch.pts_seconds[row] = frame.pts_seconds
            batch.duration_seconds[row] = frame.duration_seconds
    if number < last:
        raise RuntimeError(f"the video ends after {number + 1} frames; frame {last} does not exist")
    return batch
