"""Streaming: the frames of a decode, in order, with a bounded number of batches ahead, and no work left behind."""

import gc
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torchcodec import Frame, FrameBatch

import vdlab
from vdlab import clips, streaming
from vdlab.benchmark.correctness import compare
from vdlab.benchmark.memory import watched
from vdlab.errors import SettingsError, VideoError
from vdlab.gops import batches
from vdlab.notes import collected
from vdlab.video import Video, index
from vdlab.video.source import Source


@pytest.fixture(scope="module")
def long_clip(clip: Path, folder: Path) -> Path:
    """Five minutes: 7,500 frames in 150 groups of pictures."""
    return clips.repeat(clip, 150, folder / "five_minutes.mp4")


def joined(parts: list[FrameBatch]) -> FrameBatch:
    columns = ("data", "pts_seconds", "duration_seconds")
    return FrameBatch(*(torch.cat([getattr(part, column) for part in parts]) for column in columns))


def assert_same_as_decode(path: Path, fps: float, **options: Any) -> None:
    parts = list(vdlab.stream(path, fps, **options))
    size = options.get("batch_size", 64)
    assert all(len(part) == size for part in parts[:-1])
    assert 1 <= len(parts[-1]) <= size
    video = Video.open(path, "exact")
    indices = vdlab.sample(video, fps)
    reference = vdlab.decode(video, indices, strategy="linear")
    found = compare(joined(parts), reference, indices)
    assert found.identical, found


def threads_of_stream() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("vdlab-decode")]


@pytest.mark.parametrize("fps", [0.4, 2, 5, 25])
@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_the_frames_are_those_of_decode(clip: Path, fps: float, batch_size: int) -> None:
    assert_same_as_decode(clip, fps, batch_size=batch_size, workers=3)


@pytest.mark.parametrize("fps", [2, 25])
def test_open_groups_of_pictures(open_gop_clip: Path, fps: float) -> None:
    assert_same_as_decode(open_gop_clip, fps, batch_size=16, workers=2)
    with collected() as notes:
        list(vdlab.stream(open_gop_clip, fps))
    assert not notes, "it was decoded in segments"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("open.mp4", {"options": {"x264-params": "open-gop=1"}, "gop": 12}),
        ("plain.mkv", {"gop": 12}),
        ("one.mp4", {"gop": 1}),
        ("no_b.mov", {"bframes": 0, "gop": 12}),
        ("closed.mp4", {"codec": "libx265", "options": {"x265-params": "open-gop=0"}, "gop": 12}),
        ("vp9.webm", {"codec": "libvpx-vp9", "gop": 12}),
        ("av1.mp4", {"codec": "libsvtav1", "gop": 12}),
        ("mpeg4.mp4", {"codec": "mpeg4"}),
        ("mjpeg.mkv", {"codec": "mjpeg"}),
        ("interlaced.mp4", {"options": {"x264-params": "tff=1"}, "gop": 12}),
        ("refresh.mp4", {"options": {"x264-params": "intra-refresh=1"}, "gop": 12}),
        ("ten_bits.mp4", {"pixel_format": "yuv420p10le", "gop": 12}),
    ],
)
@pytest.mark.parametrize("fps", [3, 25])
def test_encoders_and_containers(folder: Path, name: str, options: dict[str, Any], fps: float) -> None:
    path = folder / f"stream_{name}"
    if not path.exists():
        clips.make(path, width=96, height=64, seconds=2, **options)
    assert_same_as_decode(path, fps, batch_size=5, workers=2)


def test_many_segments_share_batches(long_clip: Path) -> None:
    assert_same_as_decode(long_clip, 1, batch_size=64, workers=2)


def test_never_more_batches_than_asked_for(long_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[batches.Rows] = []

    class Counted(batches.Rows):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(streaming, "Rows", Counted)
    stream = vdlab.stream(long_clip, fps=5, batch_size=10, workers=2, ahead=3)
    assert not made
    for delivered in range(1, 21):
        next(stream)
        time.sleep(0.02)  # time in which the workers could run ahead, were they let
        assert len(made) <= delivered + 3
    stream.close()


def test_no_more_is_read_than_the_batches_ahead_need(long_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def counted(*arguments: Any) -> Iterator[Any]:
        nonlocal read
        for row in rows(*arguments):
            read += 1
            yield row

    rows = index.rows
    monkeypatch.setattr(index, "rows", counted)
    stream = vdlab.stream(long_clip, fps=1, batch_size=8, workers=2, ahead=2)
    assert read == 0
    next(stream)
    # Two batches of eight frames, 25 packets apart; the segment after them, and two windows begun.
    assert 8 * 25 <= read <= 2 * 8 * 25 + 50 + 2 * (index.WINDOW_PACKETS + 50)
    stream.close()


def test_memory_is_bounded_whatever_the_length(long_clip: Path) -> None:
    everything = 7_500 * Video.open(long_clip).frame_bytes
    next(vdlab.stream(long_clip, fps=25)).data.sum()
    with watched() as growth:
        frames = sum(len(batch) for batch in vdlab.stream(long_clip, fps=25, batch_size=64, workers=2))
    assert frames == 7_500
    assert growth.peak < everything / 4


@pytest.mark.parametrize("ending", ["break", "close", "collect"])
def test_stopping_early_ends_the_work(long_clip: Path, ending: str) -> None:
    stream = vdlab.stream(long_clip, fps=25, batch_size=32, workers=2)
    next(stream)
    assert threads_of_stream()
    if ending == "close":
        stream.close()
    elif ending == "break":
        for _ in stream:
            break
        del stream, _
    else:
        del stream
        gc.collect()
    assert not threads_of_stream()


def test_nothing_runs_before_the_first_batch_is_asked_for(clip: Path) -> None:
    stream = vdlab.stream(clip)
    assert not threads_of_stream()
    del stream


def test_an_error_in_a_worker_reaches_the_caller(long_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(rows: batches.Rows, row: int, frame: Frame, duration: float) -> None:
        if frame.pts_seconds > 12:
            raise VideoError("cannot decode this")
        put(rows, row, frame, duration)

    put = batches.Rows.put
    monkeypatch.setattr(batches.Rows, "put", failing)
    with pytest.raises(VideoError, match="cannot decode this"):
        list(vdlab.stream(long_clip, fps=2, batch_size=8, workers=2))
    assert not threads_of_stream()


def test_doubts_on_the_way_change_the_way_but_not_the_frames(long_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def doubtful(source: Source) -> Iterator[tuple]:
        for number, (offset, found, *own) in enumerate(windows(source)):
            yield offset, replace(found, doubt="some of its timestamps are repeated" if number == 40 else ""), *own

    windows = streaming.windows
    monkeypatch.setattr(streaming, "windows", doubtful)
    with collected() as notes:
        assert_same_as_decode(long_clip, 1, batch_size=16, workers=2)
    assert "timestamps are repeated" in notes[0]
    assert not threads_of_stream()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"fps": 0}, "above zero"),
        ({"batch_size": 0}, "the batch size is 0"),
        ({"workers": 0}, "the number of workers is 0"),
        ({"ahead": 0}, "the number of batches ahead is 0"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(clip: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        vdlab.stream(clip, **options)


def test_what_is_no_video_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="cannot be opened"):
        vdlab.stream(tmp_path / "nothing.mp4")
