"""Every check is tested by planting what it must find."""

from collections.abc import Callable

import pytest
import torch
from torchcodec import FrameBatch

from vdlab.correctness import compare

INDICES = [0, 12, 24, 36]


def batch() -> FrameBatch:
    pixels = torch.randint(0, 255, (4, 3, 6, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    return FrameBatch(pixels, torch.arange(4, dtype=torch.float64), torch.full((4,), 0.04, dtype=torch.float64))


def one_pixel(frames: FrameBatch) -> None:
    frames.data[2, 1, 3, 5] += 1


def two_frames_swapped(frames: FrameBatch) -> None:
    frames.data[[1, 2]] = frames.data[[2, 1]]


def one_pts(frames: FrameBatch) -> None:
    frames.pts_seconds[3] = torch.nextafter(frames.pts_seconds[3], torch.tensor(9.0, dtype=torch.float64))


def one_duration(frames: FrameBatch) -> None:
    frames.duration_seconds[0] = 0.041


def test_equal_batches_are_identical() -> None:
    found = compare(batch(), batch(), INDICES)
    assert found.identical
    assert str(found) == "identical"


@pytest.mark.parametrize(
    ("plant", "differing", "first", "what"),
    [
        (one_pixel, 1, 24, "pixels"),
        (two_frames_swapped, 2, 12, "pixels"),
        (one_pts, 1, 36, "pts"),
        (one_duration, 1, 0, "durations"),
    ],
)
def test_a_planted_difference_is_found_and_named(
    plant: Callable[[FrameBatch], None], differing: int, first: int, what: str
) -> None:
    frames = batch()
    plant(frames)
    found = compare(frames, batch(), INDICES)
    assert (found.differing, found.first, found.what) == (differing, first, what)
    assert found.first_position == INDICES.index(first)
    assert str(found) == f"differs: {differing} of 4 frames in {what}, the first at index {first}"


def test_the_largest_difference_is_that_of_the_pixels() -> None:
    frames, reference = batch(), batch()
    reference.data[1, 0, 0, 0] = 10
    frames.data[1, 0, 0, 0] = 250
    assert compare(frames, reference, INDICES).largest == 240


@pytest.mark.parametrize("wrong", [batch()[:3], FrameBatch(batch().data.float(), *list(vars(batch()).values())[1:])])
def test_another_shape_or_type_differs_in_every_frame(wrong: FrameBatch) -> None:
    found = compare(wrong, batch(), INDICES)
    assert not found.identical
    assert found.differing == 4
