"""Sampling: properties that hold for every video and every rate."""

import itertools
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdlab.errors import SettingsError
from vdlab.video.sampling import sample, sampling_step, sound_rate

rates = st.floats(min_value=1e-3, max_value=1e3)


def a_video(num_frames: int, average_fps: float) -> SimpleNamespace:
    """What sampling looks at of a video whose frames are as long as the rate says."""
    times = np.arange(num_frames) / average_fps
    index = SimpleNamespace(times=times, durations=np.full(num_frames, 1 / average_fps), timed=True)
    return SimpleNamespace(path="x.mp4", num_frames=num_frames, average_fps=average_fps, index=index)


@given(num_frames=st.integers(1, 20_000), average_fps=rates, fps=rates)
def test_indices_start_at_zero_and_are_evenly_spaced_to_the_end(
    num_frames: int, average_fps: float, fps: float
) -> None:
    indices = sample(a_video(num_frames, average_fps), fps)
    step = sampling_step(average_fps, fps)
    assert indices[0] == 0
    assert all(later - earlier == step for earlier, later in itertools.pairwise(indices))
    assert num_frames - step <= indices[-1] < num_frames


@given(average_fps=rates, factor=st.floats(min_value=1, max_value=100))
def test_a_rate_above_the_videos_own_gives_every_frame(average_fps: float, factor: float) -> None:
    assert sample(a_video(50, average_fps), average_fps * factor) == list(range(50))


@given(average_fps=rates, fps=rates)
def test_the_step_comes_as_near_to_the_rate_as_whole_frames_allow(average_fps: float, fps: float) -> None:
    wanted = float(sound_rate(average_fps)) / fps
    assert abs(sampling_step(average_fps, fps) - max(1.0, wanted)) <= 0.5 + 1e-6 * wanted


def test_the_tutorials_workload_is_1438_frames() -> None:
    assert len(sample(a_video(17_250, 25.0), 2)) == 1_438


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), "2"])
def test_what_is_no_rate_is_refused_in_one_line(fps: object) -> None:
    with pytest.raises(SettingsError, match=r"^fps is .*above zero.*$"):
        sample(a_video(10, 25.0), fps)


@pytest.mark.parametrize(
    ("rate", "means"),
    [
        (25.000000000000004, Fraction(25)),
        (29.97, Fraction(30_000, 1001)),
        (23.976, Fraction(24_000, 1001)),
        (24.0001, Fraction(24)),
        (59.94006, Fraction(60_000, 1001)),
        (12.5, Fraction(25, 2)),
        (0.1, Fraction(1, 10)),
    ],
)
def test_a_rate_is_rounded_to_what_containers_mean(rate: float, means: Fraction) -> None:
    assert sound_rate(rate) == means


def test_a_rate_a_hair_off_gives_the_same_step() -> None:
    assert sampling_step(25.000000000000004, 2) == sampling_step(25, 2) == 12


@given(num_frames=st.integers(1, 5_000), count=st.integers(1, 300))
def test_a_count_is_spread_evenly_from_the_first_to_the_last(num_frames: int, count: int) -> None:
    numbers = sample(a_video(num_frames, 25.0), count=count)
    assert len(numbers) == min(count, num_frames) == len(set(numbers))
    if count > 1:
        assert (numbers[0], numbers[-1]) == (0, num_frames - 1)
        gaps = np.diff(numbers)
        assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1


def test_seconds_give_the_frame_shown_then() -> None:
    video = a_video(10, 25.0)
    assert sample(video, seconds=[0, 0.039, 0.04, 0.2, 0.4]) == [0, 0, 1, 5, 9]
    for time in (-0.01, 0.41, float("nan")):
        with pytest.raises(SettingsError, match=r"it is shown from 0.000 to 0.400 s"):
            sample(video, seconds=[time])


@pytest.mark.parametrize("choice", [{}, {"fps": 2, "count": 3}, {"count": 0}, {"count": 2.5}])
def test_one_way_of_choosing_is_asked_for(choice: dict) -> None:
    with pytest.raises(SettingsError):
        sample(a_video(10, 25.0), **choice)
