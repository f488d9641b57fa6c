"""A very long video, streamed: how soon the first batch arrives, and how much memory the whole of it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import vdlab
from vdlab import clips
from vdlab.benchmark.memory import tree_bytes
from vdlab.clips.where import folder_for_videos
from vdlab.video.sampling import sample

CLIP_SECONDS, TIMES = 13.8, 2609
"""Ten hours and two seconds in all; at 160x90 a file of about half a gigabyte."""

FPS, BATCH_SIZE = 1, 64

FIRST_BATCH_SECONDS, MEMORY_BYTES = 2.0, 10**9
"""What is promised: the first batch in less than this, and less memory than this from first to last."""


@dataclass(frozen=True)
class Streamed:
    """What streaming a video from its first frame to its last took.

    Attributes:
        first_seconds: from the call until the first batch was there.
        seconds: until the last one was.
        frames: how many came, and `expected`: how many the sampling asks for.
        peak_bytes: the most that this process and all below it had between two batches, Python and torch included.
    """

    first_seconds: float
    seconds: float
    frames: int
    expected: int
    peak_bytes: int

    @property
    def kept(self) -> bool:
        """Whether the promise was kept, and every frame came."""
        soon = self.first_seconds < FIRST_BATCH_SECONDS and self.peak_bytes < MEMORY_BYTES
        return soon and self.frames == self.expected


def ten_hours(report: Callable[[int, int], None]) -> Path:
    """The video: a clip with small frames, repeated by stream copy; made once and kept beside the long videos."""
    path = folder_for_videos() / "ten_hours.mp4"
    if not path.is_file():
        clip = path.with_name("ten_hours_clip.mp4")
        clips.make(clip, width=160, height=90, seconds=CLIP_SECONDS, progress=report)
        clips.repeat(clip, TIMES, path)
    return path


def measure_stream(path: Path, progress: Callable[[int, int], None] | None = None) -> Streamed:
    """Stream the video to its end, dropping every batch at once.

    Args:
        path: a video.
        progress: called after every batch with the frames so far and the frames there are.

    Raises:
        VideoError: the video is unusable.
        MachineError: the system does not say how much memory processes share.
    """
    expected = len(sample(vdlab.Video.open(path), FPS))
    first = None
    frames = peak = 0
    start = perf_counter()
    for batch in vdlab.stream(path, fps=FPS, batch_size=BATCH_SIZE):
        first = first or perf_counter() - start
        frames += len(batch)
        peak = max(peak, tree_bytes())
        if progress:
            progress(frames, expected)
    return Streamed(first or 0.0, perf_counter() - start, frames, expected, peak)
