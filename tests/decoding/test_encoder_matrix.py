"""Every way that promises true frames, on what real encoders write, against a decode of every packet without a seek."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from decoded import Truth, shown, true_frames
from encoders import CASES, Case
from torch.nn.functional import interpolate
from torchcodec import FrameBatch

import vdlab
from vdlab.errors import VideoError
from vdlab.machine import ffmpeg
from vdlab.notes import collected

ALWAYS_RIGHT = ["linear", "keyframe-threads", "pruned-threads", "auto"]
SEEK_MODES = ["exact", "approximate"]


class Made(NamedTuple):
    """A video of the matrix, all its true frames, and when they are shown.

    Attributes:
        times: seconds; what the container says, or what `linear` makes of it where it does not say.
    """

    case: Case
    path: Path
    truth: Truth
    times: list[float]


@pytest.fixture(scope="module", params=CASES)
def made(request: pytest.FixtureRequest, folder: Path) -> Made:
    case = CASES[request.param]
    path = file_of(request.param, folder)
    truth = true_frames(path)
    if case.timed:
        return Made(case, path, truth, [frame.pts_seconds for frame in truth.frames])
    times = vdlab.decode(path, range(len(truth.frames)), strategy="linear").pts_seconds.tolist()
    return Made(case, path, truth, times)


def file_of(name: str, folder: Path) -> Path:
    """The file of a case; it is made by the first who asks for it."""
    home = folder / "matrix"
    home.mkdir(exist_ok=True)
    before = sorted(home.glob(f"{name}.*"))
    if not before:
        made = CASES[name].recipe(home / name)
        before = [made.rename(home / f"{name}{made.suffix}")]
    return before[0]


def requests(count: int) -> dict[str, list[int]]:
    """What is asked of a video of `count` frames."""
    wanted = {
        "random": sorted(random.Random(0).sample(range(count), min(count, 10))),
        "sparse": range(0, count, 17),
        "sparser": range(3, count, 67),
        "dense": range(count // 3, min(count, count // 3 + 20)),
        "first": [0],
        "last": [count - 1],
        "repeated": [5, 5, 20, 20, 5],
        "unsorted": [30, 2, count - 1, 7, 7, 0],
    }
    return {kind: [index % count for index in indices] for kind, indices in wanted.items()}


def wrong(batch: FrameBatch, indices: Sequence[int], made: Made, change: Callable = lambda data: data) -> list[str]:
    """What is not as it should be: pixels, when a frame is shown, and for how long."""
    if len(batch.data) != len(indices):
        return [f"{len(batch.data)} rows for {len(indices)} frames"]
    found = []
    for row, index in enumerate(indices):
        if not torch.equal(batch.data[row], change(made.truth.frames[index].data)):
            found.append(f"frame {index}: other pixels")
        if batch.pts_seconds[row].item() != made.times[index]:
            found.append(f"frame {index}: at {batch.pts_seconds[row].item()} s instead of {made.times[index]} s")
        duration = batch.duration_seconds[row].item()
        if index + 1 < len(made.times):
            right = math.isclose(duration, made.times[index + 1] - made.times[index], abs_tol=1e-9)
        else:
            right = 0 < duration < 60
        if not right:
            found.append(f"frame {index}: shown for {duration} s")
    return found


def resized(size: tuple[int, int]) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda data: interpolate(data[None], size=size, mode="bilinear", antialias=True)[0]


def joined(batches: Sequence[FrameBatch]) -> FrameBatch:
    columns = ("data", "pts_seconds", "duration_seconds")
    return FrameBatch(*(torch.cat([getattr(batch, column) for batch in batches]) for column in columns))


def test_the_file_is_what_it_should_be(made: Made) -> None:
    assert made.truth.refused == 0 or made.path.suffix == ".ogv", "Theora shows a frame on by an empty packet"
    assert made.case.frames in (None, len(made.truth.frames))
    assert all(math.isfinite(time) and abs(time) < 1e6 for time in made.times)
    if not made.case.unseen:
        assert all(before < after for before, after in pairwise(made.times))
    assert vdlab.Video.open(made.path, "exact").num_frames == len(made.truth.frames)


@pytest.mark.parametrize("strategy", ALWAYS_RIGHT)
def test_true_frames(made: Made, strategy: str) -> None:
    video = vdlab.Video.open(made.path, "exact")
    wanted = requests(len(made.truth.frames))
    if made.case.linear and strategy != "linear":  # which it is then, as is tested below
        wanted = {"unsorted": wanted["unsorted"]}
    for number, (kind, indices) in enumerate(wanted.items()):
        workers = 2 - number % 2
        if made.case.error and len({made.truth.frames[index].data.shape for index in indices}) > 1:
            with pytest.raises(VideoError, match=made.case.error):
                vdlab.decode(video, indices, strategy=strategy, workers=workers)
        else:
            batch = vdlab.decode(video, indices, strategy=strategy, workers=workers)
            assert not wrong(batch, indices, made), (kind, workers)


@pytest.mark.parametrize("strategy", ["keyframe-threads", "pruned-threads"])
def test_what_is_decoded_in_parts_and_what_is_not(made: Made, strategy: str) -> None:
    """A file that is decoded linearly without need is slow, which no other test would see."""
    with collected() as notes:
        indices = [0, 1 if made.case.error else len(made.truth.frames) // 2]
        vdlab.decode(made.path, [index % len(made.truth.frames) for index in indices], strategy=strategy, workers=2)
    linear = [note for note in notes if "linear" in note]
    older = made.case.recovery and int(ffmpeg.ensure().libraries["avcodec"].split(".")[0]) < 62
    expected = "does not begin with" if older else made.case.linear
    assert bool(linear) == bool(expected), notes
    assert all(expected in note for note in linear), notes


@pytest.mark.parametrize("workers", [1, 2])
def test_stream_gives_what_decode_gives(made: Made, workers: int) -> None:
    video = vdlab.Video.open(made.path, "exact")
    for step in {1: (1, 17), 2: (1, 4)}[workers]:
        fps = video.average_fps / step
        indices = vdlab.sample(video, fps)
        assert list(indices) == list(range(0, len(made.truth.frames), step))
        if made.case.error:
            with pytest.raises(VideoError, match=made.case.error):
                list(vdlab.stream(made.path, fps=fps, batch_size=7, workers=workers))
            continue
        streamed = joined(list(vdlab.stream(made.path, fps=fps, batch_size=7, workers=workers)))
        assert not wrong(streamed, indices, made), step
        if workers == 1:
            continue
        batch = vdlab.decode(made.path, fps=fps, workers=workers)
        assert torch.equal(batch.data, streamed.data)
        assert torch.equal(batch.pts_seconds, streamed.pts_seconds)
        assert torch.equal(batch.duration_seconds, streamed.duration_seconds)


@pytest.mark.parametrize("strategy", ALWAYS_RIGHT)
def test_resized_true_frames(made: Made, strategy: str) -> None:
    indices = requests(len(made.truth.frames))["unsorted"]
    batch = vdlab.decode(made.path, indices, strategy=strategy, workers=2, resize=(40, 56))
    assert not wrong(batch, indices, made, resized((40, 56)))


def test_resized_true_frames_in_a_stream(made: Made) -> None:
    fps = vdlab.Video.open(made.path, "exact").average_fps / 5
    streamed = joined(list(vdlab.stream(made.path, fps=fps, resize=(40, 56), workers=2)))
    assert not wrong(streamed, range(0, len(made.truth.frames), 5), made, resized((40, 56)))


@pytest.mark.parametrize("name", ["x265-open-gop", "ts", "x264-open-gop", "fragmented-open-gop", "edit-list", "svt"])
def test_true_frames_in_approximate_mode_too(folder: Path, name: str) -> None:
    path = file_of(name, folder)
    truth = true_frames(path)
    made = Made(CASES[name], path, truth, [frame.pts_seconds for frame in truth.frames])
    indices = range(0, len(truth.frames), 7)
    for strategy in ALWAYS_RIGHT:
        assert not wrong(vdlab.decode(path, indices, strategy=strategy, seek_mode="approximate"), indices, made)


def test_a_frame_after_the_last_is_an_error(folder: Path) -> None:
    """Some pictures at the start of this one cannot be decoded, and are no frames."""
    path = file_of("open-start-x265", folder)
    count = len(true_frames(path).frames)
    with pytest.raises(vdlab.VDLabError, match=f"{count}"):
        vdlab.decode(path, [0, count])


def sought(path: Path, seek_mode: str, indices: Sequence[int]) -> Iterator[tuple[int, tuple[float, torch.Tensor]]]:
    """What TorchCodec's own decoder returns, as the strategies that seek call it; nothing where it fails."""
    from torchcodec.decoders import VideoDecoder

    try:
        batch = VideoDecoder(path, seek_mode=seek_mode).get_frames_at(list(indices))
    except (RuntimeError, IndexError, ValueError, AssertionError):
        return
    yield from zip(indices, shown(batch), strict=True)


def test_every_wrong_frame_says_so_by_its_time(folder: Path) -> None:
    """A wrong frame that carried the right time would pass unseen: there is none but where a case says why."""
    returned, seen, unseen = Counter(), Counter(), Counter()
    for name in CASES:
        path = file_of(name, folder)
        truth = true_frames(path).frames
        for seek_mode in SEEK_MODES:
            for indices in requests(len(truth)).values():
                for index, (pts, data) in sought(path, seek_mode, indices):
                    returned[seek_mode] += 1
                    if torch.equal(data, truth[index].data):
                        continue
                    other_time = pts != truth[index].pts_seconds
                    (seen if other_time else unseen)[seek_mode, name] += 1
    print(f"{returned} frames returned; wrong ones seen: {seen}; unseen: {unseen}")
    assert {name for _, name in unseen} <= {name for name, case in CASES.items() if case.unseen}
    assert sum(seen.values()) > 100, "too few are wrong to say that the check sees them"
