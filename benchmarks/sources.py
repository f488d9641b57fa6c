"""The videos of the benchmark, what is asked of `vdlab.decode` on each, and how they are made."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from vdlab import clips

Make = Callable[[Path], object]


@dataclass(frozen=True)
class Goal:
    """What is asked of `auto` on a video.

    Attributes:
        of: `time` and `cpu` are seconds of auto / seconds of bare TorchCodec with one thread; `threads` and `others`
            are seconds of the tutorial's `threads`, and of the fastest other setting, / seconds of auto.
        limit: for the first two the most, for the others the least.
    """

    of: Literal["time", "cpu", "threads", "others"]
    limit: float

    def reached(self, value: float) -> bool:
        return value <= self.limit if self.of in ("time", "cpu") else value >= self.limit

    def __str__(self) -> str:
        text = {"time": "of bare", "cpu": "of bare's CPU", "threads": "x threads", "others": "x best other"}
        return f"{text[self.of]}, {'at most' if self.of in ('time', 'cpu') else 'at least'} {self.limit:.2f}"


@dataclass(frozen=True)
class Source:
    """A video: its file's name, what makes the file, and the goals with two workers or more."""

    file: str
    make: Make
    goals: tuple[Goal, ...]

    @property
    def name(self) -> str:
        return self.file.rpartition(".")[0]


@dataclass(frozen=True)
class Case:
    """A video and a number of workers, the goals there, and whether only `auto` is timed against bare TorchCodec."""

    source: Source
    workers: int
    goals: tuple[Goal, ...]
    only_auto: bool


def encoded(**settings: object) -> Make:
    """What makes a clip with these settings of `vdlab.clips.make`: ten seconds, unless they say something else."""
    return lambda path: clips.make(path, **{"seconds": 10, **settings})


def by_program(*options: str, **settings: object) -> Make:
    """What makes a clip with an encoder that PyAV's wheels lack: the `ffmpeg` program encodes a nearly lossless one."""

    def make(path: Path) -> None:
        program = shutil.which("ffmpeg")
        if program is None:
            raise FileNotFoundError(f"making {path.name} takes the ffmpeg program; install FFmpeg")
        with TemporaryDirectory(dir=path.parent) as folder:
            first, second = Path(folder) / "first.mp4", Path(folder) / path.name
            encoded(options={"qp": "4"}, **settings)(first)
            command = [program, "-v", "error", "-i", first, *options, second]
            subprocess.run(command, check=True, capture_output=True, text=True)
            second.rename(path)

    return make


def size(height: int) -> dict[str, int]:
    """Width and height of a 16:9 video."""
    return {"width": height * 16 // 9, "height": height}


NOT_SLOWER = (Goal("time", 1.03),)
BEST = Goal("others", 0.97)
NO_CUTS = {"sc_threshold": "0"}

SOURCES = {
    "short": (
        Source("x264-720p-g30.mp4", encoded(**size(720), gop=30), (Goal("time", 0.45),)),
        Source("x264-720p-g250.mp4", encoded(**size(720), gop=250), (Goal("time", 0.45),)),
        Source("x264-360p-g30.mp4", encoded(**size(360), gop=30), (Goal("time", 0.50),)),
        Source("x264-180p-g30.mp4", encoded(**size(180), gop=30), (Goal("time", 0.50),)),
        Source("x265-720p.mp4", encoded(**size(720), codec="libx265"), (Goal("time", 0.50),)),
        Source("svtav1-720p.mp4", encoded(**size(720), codec="libsvtav1"), (Goal("time", 0.70), Goal("cpu", 0.65))),
        Source("svtav1-360p.mp4", encoded(**size(360), codec="libsvtav1"), (Goal("time", 0.70), Goal("cpu", 0.65))),
        # Nothing to gain from here on, or little: what is asked is to lose nothing.
        # In the first, each sampled frame is a keyframe: the step is 12, and cuts in the scene get none of their own.
        Source("x264-720p-g12-keyframes.mp4", encoded(**size(720), gop=12, bframes=0, options=NO_CUTS), NOT_SLOWER),
        Source("x264-180p-one-gop.mp4", encoded(**size(180), options=NO_CUTS), NOT_SLOWER),
        Source("x264-360p-one-gop-no-b.mp4", encoded(**size(360), bframes=0), NOT_SLOWER),
        Source("vp9-720p.webm", encoded(**size(720), codec="libvpx-vp9", options={"cpu-used": "5"}), NOT_SLOWER),
        Source("vp9-180p.webm", encoded(**size(180), codec="libvpx-vp9", options={"cpu-used": "5"}), NOT_SLOWER),
        Source(
            "libaom-360p.mkv", by_program("-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "32", **size(360)), NOT_SLOWER
        ),
        Source("mjpeg-720p.mkv", encoded(**size(720), codec="mjpeg"), NOT_SLOWER),
        Source("mjpeg-180p.mkv", encoded(**size(180), codec="mjpeg"), NOT_SLOWER),
    ),
    "tiny": (
        Source("tiny-64x64.mp4", encoded(width=64, height=64, seconds=120, gop=30), (BEST,)),
        Source("tiny-160x90.mp4", encoded(width=160, height=90, seconds=120, gop=30), (BEST,)),
    ),
    "long": (
        Source("clip-x10.mp4", lambda path: clips.repeat(clips.embedded(), 10, path), (BEST,)),
        Source("1080p-x264.mp4", encoded(**size(1080), seconds=20), (BEST,)),
        Source("x265-open-gops.mp4", encoded(codec="libx265", seconds=60), (BEST,)),
        Source("no-b-frames.mp4", encoded(bframes=0, seconds=60), (Goal("threads", 1.25), BEST)),
    ),
}

WORKERS = {"short": (2, 1), "tiny": (2, 4, 8), "long": (2,)}
"""How many workers each group is timed with."""

ONE_WORKER = (Goal("time", 1.03), Goal("cpu", 1.03))
"""What is asked of one worker: to do no worse than bare TorchCodec, which is one thread too."""

LOCK_VIDEO = "tiny-64x64"
"""What Python's lock is timed on: the less there is to decode, the more the lock decides."""

MEAN_OF, MEAN = ("clip-x10", "1080p-x264", "x265-open-gops"), Goal("threads", 1.6)
"""What is asked of these long videos together, in the geometric mean."""


def cases(groups: Sequence[str], names: Sequence[str]) -> list[Case]:
    """What is measured: the videos of these groups, or those of them that are named."""
    return [
        Case(source, workers, source.goals if workers > 1 else ONE_WORKER, only_auto=workers == 1)
        for group in groups
        for source in SOURCES.get(group, ())
        for workers in WORKERS[group]
        if not names or source.name in names
    ]


def find_or_make(source: Source, folder: Path) -> Path:
    """The video's path; made on the first call."""
    path = folder / source.file
    if not path.is_file():
        source.make(path)
    return path
