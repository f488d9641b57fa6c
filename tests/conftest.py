"""Real videos, made once by real encoders in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from vdlab import clips
from vdlab.results.records import Caution, Results, Run, Truth
from vdlab.strategies.registry import LISTENERS, STRATEGIES
from vdlab.video import Video


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="session", autouse=True)
def kept_elsewhere(folder: Path) -> Iterator[None]:
    """What labs keep of their sweeps, those in notebooks and browsers too, is not kept among a developer's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VDLAB_RESULTS", str(folder / "results"))
        yield


@pytest.fixture(scope="session")
def clip(folder: Path) -> Path:
    """Two seconds of H.264 as x264 makes it by default, small enough to decode in no time."""
    path = folder / "clip.mp4"
    clips.make(path, width=192, height=108, seconds=2)
    return path


@pytest.fixture(scope="session")
def open_gop_clip(folder: Path) -> Path:
    """x265's default output: open GOPs, where approximate seeking is known to lose its way."""
    path = folder / "open_gop.mp4"
    clips.make(path, width=192, height=108, seconds=8, codec="libx265", gop=25)
    return path


@pytest.fixture(scope="session")
def video(clip: Path) -> Video:
    return Video.open(clip)


@pytest.fixture
def measured() -> Results:
    """Results as a sweep would leave them, with times that make the speedups known: 1, 2 and 0.5."""
    seconds = {"sequential": [2.0, 2.2, 2.1], "threads": [1.0, 1.1, 1.05], "processes": [4.0, 4.4, 4.2]}
    return Results(
        video={
            "path": "/videos/talk.mp4",
            "codec": "h264",
            "width": 640,
            "height": 360,
            "average_fps": 25.0,
            "num_frames": 1200,
            "duration_seconds": 48.0,
            "bit_rate": None,
            "seek_mode": "approximate",
        },
        machine={"hostname": "laptop", "cpus_allowed": 2, "cpus_total": 4, "versions": {"torch": "2.13.0"}},
        settings={
            "fps": [2.0],
            "strategies": list(seconds),
            "workers": [2],
            "ffmpeg_threads": [1, 2],
            "repeats": 3,
            "warmup": 0,
            "seek_mode": "approximate",
            "truth": True,
        },
        version="0.1.0",
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T00:01:00+00:00",
        runs=[
            Run(name, 1 if name == "sequential" else 2, 2.0, number, "timed", 100, "identical", time, 2 * time)
            for name, times in seconds.items()
            for number, time in enumerate(times, start=1)
        ],
        truths=[Truth(2.0, "approximate seeking returns the true frame for all 100 indices", 100, 100, 0, None)],
        warnings=[Caution("spread", "threads x2: its runs spread; raise --repeats above 3", "threads x2")],
        sources={"threads": "def threads(video, indices, workers):\n    return 1 < 2\n"},
        titles={"threads": "Threads", "processes": "Processes", "sequential": "Sequential"},
    )


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """Strategies that a test defined, and labs that listen for them, leave with it."""
    before, listeners = dict(STRATEGIES), list(LISTENERS)
    yield
    STRATEGIES.clear()
    STRATEGIES.update(before)
    LISTENERS[:] = listeners
