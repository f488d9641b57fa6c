"""Real videos, made once by real encoders in a temporary folder."""

import signal
from collections.abc import Iterator
from pathlib import Path

import builders
import pytest

from vdlab import clips
from vdlab.loaders import LOADERS
from vdlab.machine import activity
from vdlab.results.records import Caution, Results, StrategyFacts, Truth
from vdlab.strategies import STRATEGIES
from vdlab.video import Video

# A shell that has the tests run in the background has them ignore Ctrl-C, and so all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# By file rather than by decorator: what a file is for decides.
DECODES = {
    "test_counted_work",
    "test_damage",
    "test_embedded",
    "test_encoder_matrix",
    "test_faults",
    "test_ffmpeg",
    "test_hybrid",
    "test_index",
    "test_make",
    "test_peers",
    "test_pictures",
    "test_reference",
    "test_repeat",
    "test_resize",
    "test_shared_memory",
    "test_strategies",
    "test_stream",
    "test_workers",
}
SLOW = {
    "test_bench_command",
    "test_code",
    "test_comparison",
    "test_damage",
    "test_encoder_matrix",
    "test_faults",
    "test_ffmpeg",
    "test_long_stream",
    "test_pictures",
    "test_reference",
    "test_shared_memory",
    "test_sweep",
    "test_workers",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests are slow and which decode."""
    for item in items:
        file = item.path.stem
        if file in DECODES:
            item.add_marker("decodes")
        if file in SLOW:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="session", autouse=True)
def results_elsewhere(folder: Path) -> Iterator[None]:
    """What labs store of their sweeps, those in notebooks and browsers too, does not go among a developer's own."""
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
    source = "def threads(video, indices, workers):\n    return 1 < 2\n"
    return builders.results(
        seconds,
        finished="2026-01-01T00:01:00+00:00",
        truths=[Truth(2.0, "approximate seeking returns the true frame for all 100 indices", 100, 100, 0, None)],
        cautions=[Caution("spread", "its runs spread; raise --repeats above 3", "threads x2")],
        strategies=builders.strategies(*seconds) | {"threads": StrategyFacts("Threads", source)},
    )


@pytest.fixture(autouse=True)
def no_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run beside each other, and no sweep in them should wait for that to end."""
    monkeypatch.setattr(activity, "busy_seconds", lambda: None)


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """Strategies and loaders that a test defined, and labs that listen for them, leave with it."""
    before = [(ways, dict(ways), list(ways.listeners)) for ways in (STRATEGIES, LOADERS)]
    yield
    for ways, named, listeners in before:
        ways.clear()
        ways.update(named)
        ways.listeners[:] = listeners
