"""A sweep of a collection: which videos stand for all, what is measured, and that nothing wrong passes for right."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import builders
import pytest
from numpy.random import default_rng

import vdlab
from vdlab.benchmark import choosing
from vdlab.benchmark.choosing import Looked, choose, proportional
from vdlab.benchmark.sweep import Progress
from vdlab.errors import SettingsError, VideoError
from vdlab.loaders import LOADERS, loader
from vdlab.loaders.bare import load
from vdlab.loaders.registry import Each, Loaded
from vdlab.results.records import Results
from vdlab.video.collection import Wanted
from vdlab.video.video import VideoFacts


@pytest.fixture(scope="module")
def some_videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four tiny videos, one broken one, and a text."""
    found = builders.tiny_videos(tmp_path_factory.mktemp("videos"), 4)
    (found / "notes.txt").write_text("not a video")
    return found


def measured(some_videos: Path, *loaders: str, **more: Any) -> Results:
    """A quick sweep, in one round."""
    usual = {"repeats": 1, "workers": [2], "frames": ["stay"], "memory": False, "control": False}
    return vdlab.sweep_collection(some_videos, fps=5, loaders=loaders, **{**usual, **more})


@pytest.mark.slow
def test_every_case_is_measured_by_itself_against_one_by_one(some_videos: Path, tmp_path: Path) -> None:
    results = measured(
        some_videos, "threads", frames=["stay", "small", "whole"], memory=True, using_seconds=0.01, save=tmp_path
    )
    assert results.finished and results.agrees
    assert Results.load(tmp_path / "results.json") == results
    assert [case.plan.frames for case in results.cases] == [("stay",), ("small",), ("whole",)]
    for case in results.cases:
        one_by_one, threads = case.measurements
        assert one_by_one.setting == case.plan.baseline(5) and case.over(threads.setting) is one_by_one
        assert case.speedup(threads) is not None
        assert threads.peak and threads.waited and threads.waited.videos == 5
        assert threads.waited.seconds == pytest.approx(threads.waited.waited_seconds + 5 * 0.01)
        loading = threads.timed[0].loading
        assert loading.videos == 5 and loading.failures == 1
        assert 0 < loading.first_seconds <= threads.median
    stay, small, whole = (case.measurements[1].timed[0].loading for case in results.cases)
    assert stay.returned_bytes == 0 and stay.quantile(0.95) >= stay.quantile(0.5) > 0
    frames = 4 * 5
    assert whole.returned_bytes == frames * (3 * 64 * 48 + 16)
    assert small.returned_bytes == frames * (3 * 224 * 299 + 16)


def test_progress_is_one_count_over_all_cases(some_videos: Path) -> None:
    told: list[Progress] = []
    cases = ["stay", "small", "whole"]
    results = measured(some_videos, "threads", frames=cases, repeats=2, progress=told.append)
    done = [progress.done for progress in told]
    assert done == list(range(len(done))) and done[-1] == 3 * (1 + 2 + 2 * 2)
    assert {progress.total for progress in told} == {done[-1]}
    assert [progress.running == "" for progress in told] == [False] * done[-1] + [True]
    known = [progress.seconds_left for progress in told[2:]]
    assert None not in known and known[-1] == 0
    assert results is told[-1].results and results.finished


def test_memory_is_not_watched_once_the_time_is_over_and_that_is_said(some_videos: Path) -> None:
    results = measured(some_videos, "threads", repeats="auto", budget_seconds=0.1, memory=True)
    assert results.finished and results.agrees and not results.peaks
    (late,) = [one for one in results.cautions if one.code == "late"]
    assert late.what == "there was no time left to watch memory where frames stay where they are decoded"
    assert measured(some_videos, "threads", repeats="auto", budget_seconds=20, memory=True, practical=1).peaks


def test_what_the_time_goes_into_is_told_of_each_kind(some_videos: Path) -> None:
    collection = measured(some_videos, "threads").collection
    assert collection is not None and (collection.listed, collection.sampled, collection.unreadable) == (5, 5, 1)
    sound, broken = collection.strata
    assert str(sound) == "h264, up to 240p, up to 5 s" and (sound.found, sound.sampled) == (4, 4)
    assert sound.spent and min(sound.spent.opening, sound.spent.decoding, sound.spent.moving) > 0
    assert broken.codec == "unreadable" and broken.spent is None


def spoiled(spoil: Any, name: str = "spoiled") -> str:
    """A loader of whose second video's frames something is wrong."""

    @loader(name, "Spoiled", parallel=False)
    def one_wrong(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
        yield from spoil(wanted, each)

    return name


def wrong_pixel(wanted: Sequence[Wanted], each: Each) -> Iterator[Any]:
    for one in wanted:
        batch = load(one)
        if one.name.endswith("1.mp4"):
            batch.data[-1, 0, 0, 0] ^= 1
        yield one.source, batch if each is None or isinstance(batch, Exception) else each(batch)


def wrong_frame(wanted: Sequence[Wanted], each: Each) -> Iterator[Any]:
    for one in wanted:
        batch = load(replace(one, fps=None, indices=(1, 5, 10, 15, 20)))
        yield one.source, batch if each is None or isinstance(batch, Exception) else each(batch)


def all_but_one(wanted: Sequence[Wanted], each: Each) -> Iterator[Any]:
    for one in wanted[1:]:
        yield one.source, load(one, each)


def one_twice(wanted: Sequence[Wanted], each: Each) -> Iterator[Any]:
    for one in (*wanted, wanted[0]):
        yield one.source, load(one, each)


def all_broken(wanted: Sequence[Wanted], each: Each) -> Iterator[Any]:
    for one in wanted:
        yield one.source, VideoError(f"{one.name}: no")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (wrong_pixel, "other pixels"),
        (wrong_frame, "frames with other times"),
        (all_but_one, "1 of 5 videos did not come"),
        (one_twice, "1 of 5 videos came more than once"),
        (all_broken, "4 of 5 videos failed that others decode"),
    ],
)
@pytest.mark.parametrize("frames", ["stay", "whole"])
def test_a_loader_that_returns_something_else_is_found_out(
    some_videos: Path, spoil: Any, said: str, frames: str
) -> None:
    results = measured(some_videos, spoiled(spoil), frames=[frames])
    sound, wrong = results.measurements
    assert sound.right and wrong.worst.verdict == "differs"
    assert said in wrong.worst.detail
    assert not results.agrees


def test_a_loader_that_fails_is_a_row_that_says_so(some_videos: Path) -> None:
    def fail(wanted: Sequence[Wanted], each: Each) -> Iterator[Any]:
        raise ConnectionError("nobody there")
        yield

    results = measured(some_videos, spoiled(fail))
    assert results.measurements[1].worst.detail == "ConnectionError: nobody there"
    assert results.measurements[0].right and results.finished


def test_a_sample_is_made_up_as_the_collection_is() -> None:
    def looked(codec: str, number: int) -> Looked:
        return Looked(Wanted(Path(f"{codec}-{number}"), fps=2), VideoFacts("", codec, 640, 360, 25, 250, 10))

    all_of_them = [looked("h264", n) for n in range(80)] + [looked("av1", n) for n in range(19)] + [looked("vp9", 0)]
    chosen = choose(all_of_them, 1_000_000, 20, "many", default_rng(0))
    assert Counter(one.facts.codec for one in chosen.looked if one.facts) == {"h264": 16, "av1": 3, "vp9": 1}
    assert "20 of 1,000,000 videos are measured: 100 were drawn at random and opened" in chosen.collection.sentence
    assert chosen.facts.num_frames == 20 * 250


def test_proportions_take_at_least_one_of_each_and_no_more_than_there_are() -> None:
    generator = default_rng(1)
    for _ in range(200):
        sizes = generator.integers(1, 60, generator.integers(1, 12)).tolist()
        most = int(generator.integers(1, 100))
        counts = proportional(sizes, most)
        assert all(1 <= count <= size for count, size in zip(counts, sizes, strict=True))
        assert sum(counts) <= max(min(most, sum(sizes)), 0) + len(sizes)


def test_of_a_very_large_collection_only_some_are_opened(some_videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(choosing, "header", lambda source: opened.append(source))
    wanted = [Wanted(some_videos / "0.mp4", fps=2)] * 100_000
    assert len(choosing.look(wanted, 60, default_rng(0))) == len(opened) == choosing.LOOKED_AT


def test_what_makes_no_sense_is_one_line_and_nothing_runs(some_videos: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="frames="):
        measured(some_videos, "threads", frames=["wide"])
    with pytest.raises(SettingsError, match="unknown loader 'thread'; did you mean threads"):
        measured(some_videos, "thread")
    with pytest.raises(SettingsError, match="number of videos"):
        measured(some_videos, "threads", sample=0)
    (tmp_path / "only.mp4").write_bytes(b"nothing")
    with pytest.raises(VideoError, match="none of the 1 videos that were looked at can be opened"):
        measured(tmp_path, "threads")


def test_workers_that_a_loader_started_end_with_the_sweep(some_videos: Path) -> None:
    ended: list[bool] = []

    @loader("tidy", "Tidy", end=lambda: ended.append(True))
    def tidy(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
        return LOADERS["one-by-one"].decode(wanted, workers, each)

    measured(some_videos, "tidy")
    assert ended == [True]
