"""Every strategy on what real encoders write, frame by frame against the truth: a decode without any seek."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
import torch
from encoders import CASES
from torchcodec import Frame, FrameBatch

from vdlab import packets
from vdlab.decoding import decode
from vdlab.planning import doubt
from vdlab.strategies import STRATEGIES
from vdlab.strategies.auto import auto
from vdlab.strategies.notes import collected
from vdlab.truth import linear_frames
from vdlab.video import Video

SEEKING = [
    name
    for name in ("sequential", "ffmpeg-threads", "processes", "threads", "shared-memory", "hybrid")
    if name in STRATEGIES
]
"""Strategies that leave it to TorchCodec to find a frame in the file."""

ALWAYS_RIGHT = ["linear", "keyframe-threads", "pruned-threads", "auto"]


@cache
def made(name: str, folder: Path) -> tuple[Video, list[Frame]]:
    """A video of the matrix in exact mode, and all its true frames."""
    video = Video.open(CASES[name].recipe(folder / f"matrix-{name}"), "exact")
    return video, list(linear_frames(video))


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


def wrong(batch: FrameBatch, indices: Sequence[int], truth: Sequence[Frame]) -> list[int]:
    """The indices of the frames that differ from the truth in a pixel, a timestamp or a duration."""
    return [
        index
        for row, index in enumerate(indices)
        if not torch.equal(batch.data[row], truth[index].data)
        or batch.pts_seconds[row].item() != truth[index].pts_seconds
        or batch.duration_seconds[row].item() != truth[index].duration_seconds
    ]


@pytest.mark.parametrize("strategy", ALWAYS_RIGHT)
@pytest.mark.parametrize("name", CASES)
def test_true_frames_whatever_the_encoder(folder: Path, name: str, strategy: str) -> None:
    video, truth = made(name, folder)
    for kind, indices in requests(len(truth)).items():
        with collected() as notes:
            batch = decode(video, indices, strategy=strategy, workers=2)
        assert not wrong(batch, indices, truth), kind
        if strategy in ("keyframe-threads", "pruned-threads"):
            because = CASES[name].linear
            assert any("without seeking" in note and because in note for note in notes) == bool(because)


@pytest.mark.parametrize("strategy", SEEKING)
@pytest.mark.parametrize("name", CASES)
def test_seeking_is_right_but_where_it_is_known_not_to_be(folder: Path, name: str, strategy: str) -> None:
    video, truth = made(name, folder)
    failures = []
    for kind, indices in requests(len(truth)).items():
        try:
            batch = decode(video, indices, strategy=strategy, workers=2)
            failures += [(kind, index) for index in wrong(batch, indices, truth)]
        except RuntimeError as error:
            failures.append((kind, error))
    assert bool(failures) == bool(CASES[name].seeking), (failures, CASES[name].seeking)


@pytest.mark.parametrize("name", CASES)
def test_what_is_decoded_in_parts_and_what_is_not(folder: Path, name: str) -> None:
    video, _ = made(name, folder)
    index = packets.scan(video.path, video.stream_index)
    case = CASES[name]
    assert doubt(index) == case.linear
    assert auto(video).name == ("linear" if case.linear else "pruned-threads")
    assert case.starts in (None, index.start.sum())


@pytest.mark.parametrize("name", ["x265-open-gop", "ts", "x264-open-gop", "fragmented-open-gop", "edit-list"])
def test_true_frames_in_approximate_mode_too(folder: Path, name: str) -> None:
    video, truth = made(name, folder)
    approximate = Video.open(video.path)
    indices = list(range(0, min(len(truth), approximate.num_frames), 7))
    for strategy in ALWAYS_RIGHT:
        assert not wrong(decode(approximate, indices, strategy=strategy, seek_mode="approximate"), indices, truth)


def test_a_frame_after_the_last_is_an_error(folder: Path) -> None:
    """Three pictures at the start of this one are counted as frames and cannot be decoded."""
    video, truth = made("open-start", folder)
    assert video.num_frames == len(truth) + 3
    with pytest.raises(RuntimeError, match=f"the video ends after {len(truth)} frames"):
        decode(video, [0, video.num_frames - 1])
