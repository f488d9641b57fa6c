"""What VDLab promises of its strategies, as numbers that anyone can measure again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vdlab import clips
from vdlab.clips.where import FULL_REPEATS, QUICK_REPEATS, folder_for_videos, long_video
from vdlab.results.records import Results, Setting
from vdlab.results.statistics import Ratio, paired_ratio
from vdlab.strategies import offered
from vdlab.video import SeekMode

Report = Callable[[int, int], None]

PEERS = ("pyav", "opencv", "decord", "ffmpeg-cli")
"""What people use instead, where it is installed."""


@dataclass(frozen=True)
class Course:
    """A video and how it is sampled: what strategies are timed on.

    Attributes:
        title: what the table calls it.
        video: makes the video, or finds it where it has been made before.
        fps: target sampling rate.
        seek_mode: of all strategies alike. Approximate, as in the tutorial, but where that returns wrong frames.
    """

    title: str
    video: Callable[[Report], Path]
    fps: float
    seek_mode: SeekMode = "approximate"


@dataclass(frozen=True)
class Goal:
    """How many times as fast as another a strategy is to be.

    Attributes:
        course: the name of what both are timed on.
        strategy: the one with the goal.
        against: the others; the fastest of those that were timed counts.
        at_least: time of the other / time of the strategy, in the median round.
    """

    course: str
    strategy: str
    against: tuple[str, ...]
    at_least: float

    def reached(self, measured: Ratio) -> bool:
        return measured.value >= self.at_least


def kept(name: str, **settings: object) -> Callable[[Report], Path]:
    """A clip that is made on the first call and kept beside the long videos."""

    def find_or_make(report: Report) -> Path:
        path = folder_for_videos() / name
        return path if path.is_file() else clips.make(path, progress=report, **settings)

    return find_or_make


COURSES = {
    "clip": Course(f"default clip x{FULL_REPEATS}, 2 fps", lambda report: long_video(FULL_REPEATS), 2),
    "quick": Course(f"default clip x{QUICK_REPEATS}, 2 fps", lambda report: long_video(QUICK_REPEATS), 2),
    "hd": Course("1080p x264, every 15th frame", kept("goal_1080p.mp4", width=1920, height=1080, seconds=20), 25 / 15),
    # A minute, so that two workers can share its groups of pictures evenly: three of them would keep one idle.
    "x265": Course("x265 with open GOPs, 2 fps", kept("goal_x265_60s.mp4", codec="libx265", seconds=60), 2, "exact"),
    "no-b": Course("no disposable frames (-bf 0), 2 fps", kept("goal_no_b.mp4", bframes=0, seconds=60), 2),
}

GOALS = (
    Goal("clip", "pruned-threads", ("threads",), 1.6),
    Goal("hd", "pruned-threads", ("threads",), 1.5),
    Goal("x265", "pruned-threads", ("threads",), 1.5),
    Goal("no-b", "pruned-threads", ("threads",), 0.97),
    Goal("quick", "pruned-threads", PEERS, 2.5),
    Goal("clip", "shared-memory", ("threads",), 0.9),
)


def strategies_on(course: str) -> list[str]:
    """The strategies that the goals on a course need, as far as this machine offers them."""
    names = [name for goal in GOALS if goal.course == course for name in (goal.strategy, *goal.against)]
    return [name for name in dict.fromkeys(names) if name in offered()]


def ratio(results: Results, strategy: str, against: Sequence[str]) -> tuple[str, Ratio] | None:
    """The fastest of the others, and how many times as long as the strategy it takes; None where one was not timed.

    Only strategies all of whose frames are the reference's count.
    """
    table = results.summary()
    right = table[table["verdict"].isin(["identical", "close"]) & (table["runs"] > 0)]
    timed = [right[right["strategy"].isin(names)] for names in ([strategy], against)]
    if any(rows.empty for rows in timed):
        return None
    mine, best = (rows.loc[rows["median"].idxmin()] for rows in timed)
    pairs = results.pairs(*(Setting(row.strategy, row.workers, row.fps, row.ffmpeg_threads) for row in (best, mine)))
    return best["strategy"], paired_ratio(*zip(*pairs, strict=True))
