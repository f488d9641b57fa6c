"""Real videos, made once by real encoders in a temporary folder."""

from pathlib import Path

import pytest

from vdlab import clips
from vdlab.video import Video


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


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
