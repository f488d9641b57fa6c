"""Sampling: properties that hold for every video and every rate."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdlab.errors import SettingsError
from vdlab.video import Video
from vdlab.video.sampling import sample, sampling_step

rates = st.floats(min_value=1e-3, max_value=1e3)


def a_video(num_frames: int, average_fps: float) -> Video:
    duration = num_frames / average_fps
    return Video(Path("/x.mp4"), "h264", 16, 16, average_fps, num_frames, duration, None, 0, "exact")


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
    wanted = average_fps / fps
    assert abs(sampling_step(average_fps, fps) - max(1.0, wanted)) <= 0.5


def test_the_tutorials_workload_is_1438_frames() -> None:
    assert len(sample(a_video(17_250, 25.0), 2)) == 1_438


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), "2", None])
def test_what_is_no_rate_is_refused_in_one_line(fps: object) -> None:
    with pytest.raises(SettingsError, match=r"^fps is .*above zero.*$"):
        sample(a_video(10, 25.0), fps)
