"""Every check is tested by planting what it must find."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torchcodec import FrameBatch

from vdlab.benchmark.correctness import Checked, Comparison, Times, check_times, compare

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


def test_equal_batches_are_identical() -> None:
    found = compare(batch(), batch(), INDICES)
    assert found.identical
    assert str(found) == "identical"


def test_another_duration_is_no_other_frame() -> None:
    frames = batch()
    frames.duration_seconds[0] = 0.041
    assert compare(frames, batch(), INDICES).identical


@pytest.mark.parametrize(
    ("plant", "differing", "first", "what"),
    [
        (one_pixel, 1, 24, "pixels"),
        (two_frames_swapped, 2, 12, "pixels"),
        (one_pts, 1, 36, "pts"),
    ],
)
def test_a_planted_difference_is_found_and_named(
    plant: Callable[[FrameBatch], None], differing: int, first: int, what: str
) -> None:
    frames = batch()
    plant(frames)
    found = compare(frames, batch(), INDICES)
    assert (found.differing, found.first, found.what) == (differing, first, what)
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


def a_video(timed: bool) -> SimpleNamespace:
    """As much of a video as says when its forty frames are shown."""
    return SimpleNamespace(index=SimpleNamespace(timed=timed, times=np.arange(40) / 25))


def test_a_frame_from_the_wrong_place_says_so_by_its_time() -> None:
    pts = np.array(INDICES) / 25
    assert check_times(a_video(True), INDICES, pts) == Times(4)
    pts[[1, 3]] = 1.0, 2.0
    found = check_times(a_video(True), INDICES, pts)
    assert (found.checked, found.wrong, found.first) == (4, 2, 12)
    assert found.sentence == (
        "2 of 4 frames come from the wrong place, the first for frame 12 at 0.480 s: it carries 1.000 s"
    )


def test_nothing_is_claimed_of_a_file_that_keeps_no_times() -> None:
    assert check_times(a_video(False), INDICES, np.zeros(4)) == Times(0)


@pytest.mark.parametrize(
    ("times", "comparison", "verdict"),
    [
        (Times(4), Comparison(4), "identical"),
        (Times(4), Comparison(4, 2, 12, "pixels", 5), "close"),
        (Times(4), Comparison(4, 2, 12, "pixels", 6), "differs"),
        (Times(4), Comparison(4, 2, 12, "pixels and pts", 5), "differs"),
        (Times(4, 1, 12, "wrong"), Comparison(4), "differs"),
    ],
)
def test_only_colours_within_the_tolerance_are_close(times: Times, comparison: Comparison, verdict: str) -> None:
    assert Checked(times, comparison, tolerance=5).verdict == verdict
