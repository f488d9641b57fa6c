"""The strategies on a real video: same frames, however they are come by."""

import pytest
import torch

from vdlab.benchmark.correctness import compare
from vdlab.decoding import decode
from vdlab.errors import SettingsError
from vdlab.gops.linear import linear_frames
from vdlab.strategies import STRATEGIES, find
from vdlab.video import SEEK_MODES, SeekMode, Video

TUTORIAL = ["sequential", "ffmpeg-threads", "processes", "threads"]


@pytest.mark.parametrize("seek_mode", SEEK_MODES)
@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("name", TUTORIAL)
def test_every_strategy_returns_the_true_frames(video: Video, name: str, workers: int, seek_mode: SeekMode) -> None:
    indices = list(range(0, video.num_frames, 7))
    wanted = dict(linear_frames(video, indices))
    batch = find(name).decode(video.seeking(seek_mode), indices, workers)
    assert batch.data.dtype == torch.uint8
    assert batch.data.shape == (len(indices), 3, video.height, video.width)
    for position, index in enumerate(indices):
        assert torch.equal(batch.data[position], wanted[index].data)
        assert batch.pts_seconds[position] == wanted[index].pts_seconds
        assert batch.duration_seconds[position] == wanted[index].duration_seconds


@pytest.mark.parametrize("name", TUTORIAL)
def test_more_workers_than_frames_are_fewer_chunks(video: Video, name: str) -> None:
    reference = find("sequential").decode(video, [0, 20], 1)
    assert compare(find(name).decode(video, [0, 20], 5), reference, [0, 20]).identical


def test_every_strategy_says_what_it_is_in_one_line() -> None:
    for strategy in STRATEGIES.values():
        assert strategy.title
        assert 30 < len(strategy.summary) < 120


def test_decode_takes_a_path_and_a_rate(video: Video) -> None:
    batch = decode(str(video.path), fps=5)
    assert len(batch) == video.num_frames // 5
    assert compare(batch, find("sequential").decode(video, range(0, 50, 5), 1), list(range(0, 50, 5))).identical


def test_decode_keeps_the_order_that_was_asked_for(video: Video) -> None:
    indices = [30, 3, 3, 49, 0]
    batch = decode(video, indices, workers=2)
    assert batch.pts_seconds.tolist() == [index / 25 for index in indices]


def test_decode_of_nothing_is_an_empty_batch(video: Video) -> None:
    assert decode(video, []).data.shape == (0, 3, video.height, video.width)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "either indices or fps"),
        ({"indices": [0], "fps": 2}, "either indices or fps"),
        ({"indices": [50]}, "has no frame 50; its frames are 0 to 49"),
        ({"indices": [-1]}, "has no frame -1"),
        ({"fps": 0}, "above zero"),
        ({"fps": 2, "workers": 0}, "at least 1"),
        ({"fps": 2, "strategy": "thread"}, "did you mean threads"),
        ({"fps": 2, "seek_mode": "quick"}, "choose approximate or exact"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(video: Video, arguments: dict, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        decode(video, **arguments)
    assert "\n" not in str(caught.value)
