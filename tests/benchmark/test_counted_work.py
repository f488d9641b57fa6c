"""What a sweep leaves in its results about the work: counts, an excerpt to show them on, and sentences."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import builders
import pytest

import vdlab
from vdlab import clips
from vdlab.benchmark.counting import EXCERPT, count_work
from vdlab.gops.counts import times_decoded
from vdlab.results.decoded import typical, words_of_work, work_at
from vdlab.results.records import Results, Setting
from vdlab.video import Video, sample
from vdlab.video.source import Source

NAMES = ("sequential", "threads", "pruned-threads", "pyav")


@pytest.fixture(scope="module")
def source(folder: Path) -> Video:
    path = clips.make(folder / "counted.mp4", width=128, height=72, seconds=14, gop=80, bframes=3)
    return Video.open(path, "exact")


def counted(video: Video, fps: float, cpus: int, settings: Iterable[Setting] = ()) -> Results:
    """Results whose work has been counted, as if every one of the settings had been measured."""
    usual = [Setting(name, workers, fps) for name in NAMES for workers in (1, 3, 16)]
    results = builders.results({one: [1.0] for one in settings or usual}, machine=builders.machine(cpus_allowed=cpus))
    count_work(results, video, {fps: sample(video, fps)})
    return results


def test_a_sweep_leaves_the_work_in_its_results(source: Video, tmp_path: Path) -> None:
    results = vdlab.sweep(source, fps=[2, 5], strategies=["threads"], workers=[3], repeats=1, warmup=0, truth=False)
    assert [work.fps for work in results.work[:2]] == [2, 5]
    assert Results.load(results.save(tmp_path / "run.json")) == results
    assert "threads x3 decodes" in words_of_work(results, 5)[0]


def test_counts_are_those_of_the_packets_and_marks_those_of_the_excerpt(source: Video) -> None:
    results = counted(source, 5, cpus=4)
    work, index = results.work[0], source.index
    shown = index.shown[work.first : work.first + EXCERPT]
    known = {one.setting.strategy for one in results.measurements if one.work}
    assert known == {"sequential", "threads", "pruned-threads"}, "pyav is not known"
    assert not work.decoded, "that is for rates that were not measured"
    for one in results.decoded(work):
        times = times_decoded(index, sample(source, 5), one.setting.strategy, one.setting.workers)
        assert one.frames == times.sum()
        assert one.again == sum(max(0, count - 1) for count in times.tolist())
        assert one.left_out == (times == 0).sum()
        assert one.marks == "".join(str(count) for count in times[shown])
    assert [number for number, mark in enumerate(work.wanted, work.first) if mark == "1"] == [
        number for number in sample(source, 5) if work.first <= number < work.first + EXCERPT
    ]


def test_the_excerpt_shows_a_border_with_the_keyframe_before_it(source: Video) -> None:
    results = counted(source, 5, cpus=4)
    work = results.work[0]
    threads = typical(results.decoded(work), 4)[1]
    assert str(threads.setting) == "threads x3", "as many workers as there are CPUs, or a few less"
    again = [number for number, mark in enumerate(threads.marks) if mark == "2"]
    assert work.frame_types[again[0]] == "K"
    assert "1" in threads.marks[: again[0]]
    assert "1" in threads.marks[again[-1] :]
    assert len(work.frame_types) == len(threads.marks) == EXCERPT


def test_other_rates_go_from_a_frame_in_ten_seconds_to_every_frame(source: Video) -> None:
    measured, *others = counted(source, 5, cpus=4).work
    assert max(others, key=lambda work: work.fps).asked == source.num_frames
    assert min(work.fps for work in others) == 0.1
    assert measured.asked not in {work.asked for work in others}
    assert not any(work.frame_types for work in others)
    rising = sorted(others, key=lambda work: work.fps)
    assert rising == sorted(others, key=lambda work: work.asked)
    assert rising[0].decoded[0].frames < rising[-1].decoded[0].frames == source.num_frames


def test_where_nothing_can_be_counted_it_says_why(folder: Path, video: Video, measured: Results) -> None:
    path = clips.make(folder / "no_index.avi", width=128, height=72, seconds=2)
    avi = Video.open(path)
    (work,) = counted(avi, 2, cpus=2).work
    assert (work.decoded, work.frame_types) == ((), "")
    assert "does not keep when frames are shown" in work.unknown
    measured.work = [replace(work, fps=2.0)]
    assert words_of_work(measured, 2.0)[0].startswith("What must be decoded cannot be counted: its container")
    gone = replace(video, source=Source(Path("/nowhere.mp4")))
    count_work(measured, gone, {2.0: [0]})
    assert "nowhere.mp4" in measured.work[0].unknown


def test_fed_packets_are_counted_where_a_seek_is_not_understood(folder: Path) -> None:
    stream = Video.open(clips.make(folder / "counted.ts", width=192, height=108, seconds=6, gop=40))
    results = counted(stream, 2.0, cpus=2)
    assert {one.setting.strategy for one in results.decoded(results.work[0])} == {"pruned-threads"}
    assert "pruned-threads decodes" in words_of_work(results, 2.0)[0]
    assert "mpegts" in words_of_work(results, 2.0)[-1]


def test_the_sentence_names_what_is_decoded_for_what(measured: Results, source: Video) -> None:
    assert "was not counted" in words_of_work(measured, 2.0)[0]
    results = counted(source, 2.0, cpus=2)
    frames = [one.frames for one in typical(results.decoded(work_at(results, 2.0)), 2)]
    said = words_of_work(results, 2.0)[0]
    assert said.startswith(f"To return 30 frames, sequential decodes {frames[0]}, ")
    assert f"and pruned-threads decodes {frames[2]}" in said
