"""There is always something right to compare with, and frames from the wrong place are seen without it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from encoders import CASES
from torchcodec import FrameBatch

from vdlab.benchmark.rounds import FRAMES_OF_TRUTH, frames_to_check
from vdlab.benchmark.sweep import sweep
from vdlab.errors import VideoError
from vdlab.results.records import Results
from vdlab.results.verdict import verdict, words_of_frames
from vdlab.strategies import STRATEGIES, find, strategy
from vdlab.video import Video

ONCE = {"fps": 5, "workers": [2], "repeats": 1, "warmup": 1, "trace": False, "memory": False}

PROMISED = ["linear", "keyframe-threads", "pruned-threads"]

TRYING = [
    "trimmed-mp4",
    "trimmed-mkv",
    "trimmed-ts",
    "audio-longer",
    "audio-longer-ts",
    "edit-list",
    "negative-start-mkv",
    "avi",
    "mpeg4-avi",
    "mpeg2-program-stream",
    "ts",
    "raw",
    "x265-open-gop",
]


def made(name: str, folder: Path) -> Path:
    path = folder / "reference"
    path.mkdir(exist_ok=True)
    return CASES[name].recipe(path / name)


def measured(video: Path | Video, strategies: Sequence[str], **options: object) -> Results:
    return sweep(video, strategies=strategies, **{**ONCE, **options})


def of(results: Results, name: str) -> dict[str, object]:
    return dict(results.summary().set_index("strategy").loc[name])


def shifted(times: bool) -> type:
    """A sequential strategy that returns each frame's follower, with its own time or with the time asked for."""
    honest = STRATEGIES["sequential"]

    def decode(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        frames = honest.decode(video, [min(index + 1, video.num_frames - 1) for index in indices], 1)
        if not times:
            frames.pts_seconds.copy_(honest.decode(video, indices, 1).pts_seconds)
        return frames

    return type(honest)("sequential", "Off by one", decode, parallel=False)


@pytest.mark.parametrize("name", TRYING)
def test_whatever_becomes_of_seeking_all_that_works_is_measured(name: str, folder: Path) -> None:
    results = measured(made(name, folder), ["threads", *PROMISED])
    (reference,) = results.references
    assert reference.strategy in ("sequential", "linear"), reference.sentence
    for promised in PROMISED:
        row = of(results, promised)
        assert (row["verdict"], row["detail"], row["runs"]) == ("identical", "", 1)
    sequential = of(results, "sequential")
    usual = (reference.strategy, reference.seek_mode) == ("sequential", "approximate")
    assert usual == (sequential["verdict"] == "identical") == (not reference.because)
    assert results.agrees == (usual and of(results, "threads")["verdict"] == "identical")
    assert words_of_frames(results, 5)[0].sentence == reference.sentence


def test_where_approximate_seeking_is_wrong_the_reference_seeks_exactly(open_gop_clip: Path) -> None:
    results = measured(open_gop_clip, ["threads", "pruned-threads", "pyav"], fps=2)
    (reference,) = results.references
    assert (reference.strategy, reference.seek_mode) == ("sequential", "exact")
    assert reference.sentence.startswith(
        "the reference is sequential with exact seeking, because sequential with approximate seeking goes wrong ("
    )
    row = of(results, "sequential")
    assert (row["verdict"], row["times_checked"], row["first_wrong_time"]) == ("differs", 17, 24)
    assert 1 < row["wrong_times"] < 17
    assert row["detail"].startswith(
        f"differs: {row['wrong_times']} of 17 frames come from the wrong place, the first for frame 24 at 0.960 s"
    )
    assert row["speedup"] == 1, "it was timed all the same"
    for right in ("pruned-threads", "pyav"):
        assert (of(results, right)["verdict"], of(results, right)["wrong_times"]) == ("identical", 0)
    assert not results.agrees
    exact = measured(open_gop_clip, ["threads"], fps=2, seek_mode="exact")
    assert exact.agrees
    assert [said.sentence for said in words_of_frames(exact, 2)] == [
        "the reference is sequential with exact seeking",
        "all 17 frames carry the times of the frames asked for, whoever decoded them",
    ]


def test_where_no_seek_is_right_the_reference_is_linear(folder: Path) -> None:
    results = measured(made("ts", folder), ["threads", "linear", "pyav"])
    (reference,) = results.references
    assert reference.strategy == "linear"
    assert "with approximate seeking" in reference.because and "with exact seeking" in reference.because
    assert of(results, "linear")["verdict"] == of(results, "pyav")["verdict"] == "identical"
    assert "sequential x1" in verdict(results)


def test_without_a_sequential_time_speedups_are_left_out(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        raise RuntimeError("no more frames left to decode.")

    monkeypatch.setitem(STRATEGIES, "sequential", type(find("sequential"))("sequential", "", broken, parallel=False))
    results = measured(video, ["threads", "linear"])
    table = results.summary().set_index("strategy")
    assert table["speedup"].isna().all()
    assert (table.loc[["threads", "linear"], "verdict"] == "identical").all()
    assert verdict(results).endswith("; sequential x1 failed")
    assert "as fast as" not in verdict(results)
    assert results.references[0].because == (
        "sequential with approximate seeking fails (RuntimeError: no more frames left to decode) and "
        "sequential with exact seeking fails (RuntimeError: no more frames left to decode)"
    )


def test_where_nothing_decodes_nothing_is_measured_and_that_is_said(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        raise VideoError("frame 0 does not decode")

    for name in ("sequential", "linear"):
        monkeypatch.setitem(STRATEGIES, name, type(find(name))(name, "", broken, parallel=False))
    results = measured(video, ["threads"])
    assert [run.verdict for run in results.runs] == ["failed"]
    assert results.references[0].sentence.startswith("nothing was measured, because no strategy gives a reference: ")
    assert not results.agrees
    assert results.finished is not None


def test_a_wrong_reference_is_seen_by_its_times(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STRATEGIES, "sequential", shifted(times=True))
    results = measured(video, ["threads", "linear"])
    assert results.references[0].strategy == "linear"
    assert "10 of 10 frames come from the wrong place, the first for frame 0" in of(results, "sequential")["detail"]
    assert of(results, "threads")["verdict"] == "identical"


def test_what_times_do_not_show_the_truth_does(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STRATEGIES, "sequential", shifted(times=False))
    unseen = measured(video, ["threads"])
    assert (of(unseen, "sequential")["verdict"], of(unseen, "threads")["verdict"]) == ("identical", "differs")
    results = measured(video, ["threads"], truth=True)
    assert (results.truths[0].wrong, results.truths[0].first) == (10, 0)
    assert results.references[0].sentence == (
        "the reference is linear, because 10 of the frames of sequential with approximate seeking that were checked "
        "are not those of a decode without seeking"
    )
    assert (of(results, "sequential")["verdict"], of(results, "threads")["verdict"]) == ("differs", "identical")


def test_a_wrong_frame_differs_even_if_the_reference_has_it_too(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    @strategy("linear", "Off by one")
    def decode(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        return shifted(times=True).decode(video, indices, 1)

    monkeypatch.setitem(STRATEGIES, "sequential", shifted(times=True))
    results = measured(video, ["linear"])
    assert results.references[0].strategy == "linear"
    assert {run.verdict for run in results.runs} == {"differs"}
    assert words_of_frames(results, 5)[1] == ("frames from the wrong place in every setting", False)


def test_made_up_times_are_not_compared(folder: Path) -> None:
    results = measured(made("avi", folder), ["linear", "pyav"])
    assert results.references[0].because == "the file keeps no times that would show a frame from the wrong place"
    assert (of(results, "pyav")["verdict"], of(results, "pyav")["times_checked"]) == ("identical", 0)
    assert words_of_frames(results, 5)[1] == ("no frame could be held against the time it should be shown at", False)


@pytest.mark.parametrize("name", ["opencv", "ffmpeg-cli"])
def test_times_that_were_lent_prove_nothing(video: Video, name: str) -> None:
    if lacking := STRATEGIES[name].unavailable():
        pytest.skip(f"{name}: {lacking}")
    results = measured(video, [name])
    assert of(results, name)["times_checked"] == 0
    assert words_of_frames(results, 5)[-1].sentence.endswith(f"; {name} gives no times")


def test_the_slow_check_is_for_those_who_ask_and_for_files_that_leave_a_doubt(video: Video, folder: Path) -> None:
    doubtful = Video.open(made("repeated-times", folder))
    assert [frames_to_check(video, truth) for truth in (None, False, True, 20)] == [0, 0, FRAMES_OF_TRUTH, 20]
    assert [frames_to_check(doubtful, truth) for truth in (None, False)] == [FRAMES_OF_TRUTH, 0]
    assert measured(video, []).truths == []
    (truth,) = measured(video, [], truth=True).truths
    assert truth.sentence == "approximate seeking returns the true frame for all 10 indices checked"


def test_a_video_in_memory_can_be_measured(clip: Path) -> None:
    results = measured(Video.open(clip.read_bytes()), ["threads", "pruned-threads"])
    assert results.agrees
    assert of(results, "threads")["runs"] == 1
