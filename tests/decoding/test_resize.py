"""Frames resized on their way into the batch: the same as resizing the true frames, and small."""

from pathlib import Path

import pytest
import torch
from decoded import true_frames
from torch.nn.functional import interpolate

import vdlab
from vdlab.errors import SettingsError


@pytest.mark.parametrize(
    ("resize", "height", "width"),
    [
        (36, 36, 64),
        (54, 54, 96),
        ((50, 50), 50, 50),
        ((216, 384), 216, 384),
        (108, 108, 192),
        ((108, 192), 108, 192),
    ],
)
@pytest.mark.parametrize("strategy", ["linear", "keyframe-threads", "pruned-threads", "auto"])
def test_the_size_asked_for(clip: Path, strategy: str, resize: int | tuple[int, int], height: int, width: int) -> None:
    """The clip is 192x108."""
    indices = [3, 40, 41, 12]
    batch = vdlab.decode(clip, indices, strategy=strategy, workers=2, resize=resize)
    assert batch.data.shape == (4, 3, height, width)
    assert batch.data.dtype == torch.uint8
    frames = torch.stack([frame.data for frame in true_frames(clip).frames])[indices]
    expected = interpolate(frames, size=(height, width), mode="bilinear", antialias=True)
    assert torch.equal(batch.data, expected)


def test_the_shorter_side_of_an_upright_video(folder: Path) -> None:
    path = vdlab.clips.make(folder / "upright.mp4", width=72, height=128, seconds=1)
    assert vdlab.decode(path, [0, 9], resize=36).data.shape == (2, 3, 64, 36)
    assert next(iter(vdlab.stream(path, fps=5, resize=36))).data.shape[1:] == (3, 64, 36)


def test_a_stream_gives_what_decode_gives(clip: Path) -> None:
    batches = list(vdlab.stream(clip, fps=5, batch_size=3, resize=40))
    assert torch.equal(torch.cat([batch.data for batch in batches]), vdlab.decode(clip, fps=5, resize=40).data)


def test_nothing_is_asked_of_a_video_of_no_frames(clip: Path) -> None:
    assert vdlab.decode(clip, [], resize=(50, 60)).data.shape == (0, 3, 50, 60)


@pytest.mark.parametrize("resize", [0, -5, (0, 10), (10, -1), (10,), (1, 2, 3), 2.5, "small"])
def test_sizes_that_make_no_sense(clip: Path, resize: object) -> None:
    with pytest.raises(SettingsError, match="resize"):
        vdlab.decode(clip, [0], resize=resize)
    with pytest.raises(SettingsError, match="resize"):
        next(iter(vdlab.stream(clip, fps=1, resize=resize)))


@pytest.mark.parametrize("strategy", ["sequential", "threads", "processes"])
def test_strategies_that_seek_give_the_size_too(clip: Path, strategy: str) -> None:
    indices = [3, 40, 41, 12]
    batch = vdlab.decode(clip, indices, strategy=strategy, workers=2, resize=(50, 60))
    assert torch.equal(batch.data, vdlab.decode(clip, indices, strategy="linear", resize=(50, 60)).data)
