"""What is kept of a frame that is not the reference's."""

import io

import builders
import numpy as np
import pytest
import torch
from PIL import Image
from torchcodec import FrameBatch

import vdlab
from vdlab.benchmark.correctness import SIDE, WIDE, difference
from vdlab.results.records import Difference

INDICES = [0, 12, 24, 36]


def batch(height: int = 360, width: int = 640) -> FrameBatch:
    data = torch.full((4, 3, height, width), 100, dtype=torch.uint8)
    return FrameBatch(data, torch.arange(4) / 2.0, torch.full((4,), 0.5))


def found(wrong: FrameBatch, reference: FrameBatch, first: int | None = 12) -> Difference | None:
    run = builders.run("threads", verdict="differs", first_differing=first)
    return difference(run, wrong, reference, INDICES)


def pixels(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def test_a_single_wrong_pixel_stays_in_sight_and_is_kept_as_it_is() -> None:
    wrong = batch()
    wrong.data[2, 1, 100, 300] = 101
    one = found(wrong, batch())
    assert (one.index, one.seconds, one.largest, one.size) == (24, 1.0, 1, (640, 360))
    shown = pixels(one.difference)
    assert shown.shape == (135, WIDE, 3)
    assert shown.max() == 255
    assert (shown[..., 0] > 0).sum() == 1
    left, top = one.corner
    apart = pixels(one.result_crop).astype(int) - pixels(one.reference_crop)
    assert apart.shape == (SIDE, SIDE, 3)
    assert np.argwhere(apart).tolist() == [[100 - top, 300 - left, 1]]


@pytest.mark.parametrize(("height", "width"), [(2, 3), (SIDE, 2000), (40, 30)])
def test_frames_of_any_size_have_a_difference(height: int, width: int) -> None:
    wrong = batch(height, width)
    wrong.data[1, :, -1, -1] = 0
    one = found(wrong, batch(height, width))
    assert one.index == 12
    assert pixels(one.result_crop)[-1, -1].tolist() == [0, 0, 0]
    assert pixels(one.reference).shape[1] == min(WIDE, width)


def test_without_other_pixels_or_with_another_size_there_is_nothing_to_see() -> None:
    later = FrameBatch(batch().data, batch().pts_seconds + 1, batch().duration_seconds)
    assert found(later, batch()) is None
    assert found(batch(360, 480), batch()) is None
    assert found(batch(), batch(), first=None) is None


@pytest.mark.slow
def test_a_sweep_keeps_the_first_frame_of_a_planted_difference(tmp_path) -> None:
    @vdlab.strategy("dims-a-corner", "Dims a corner")
    def dims(video, indices, workers):
        batch = vdlab.decode(video, indices, strategy="sequential")
        batch.data[5, :, :8, :8] //= 2
        return batch

    results = vdlab.sweep(
        "data/clip.mp4", strategies=["dims-a-corner"], workers=[1], repeats=1, warmup=0, trace=False, memory=False
    )
    results = vdlab.Results.load(results.save(tmp_path / "run.json"))
    measured = {one.setting.strategy: one for one in results.measurements}
    assert measured["sequential"].difference is None
    one = measured["dims-a-corner"].difference
    assert one.index == measured["dims-a-corner"].worst.first_differing
    assert one.corner == (0, 0)
    halved, whole = pixels(one.result_crop)[:8, :8], pixels(one.reference_crop)[:8, :8]
    assert (halved == whole // 2).all()
    assert (pixels(one.result_crop)[8:] == pixels(one.reference_crop)[8:]).all()
