"""The measurement behind `benchmarks/goals.py --long`, on a short video."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

import vdlab

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from goals import Streamed, measure_stream


@pytest.fixture(scope="module")
def streamed(clip: Path) -> Streamed:
    return measure_stream(clip)


def test_every_sampled_frame_comes(streamed: Streamed, clip: Path) -> None:
    assert streamed.frames == streamed.expected == len(vdlab.sample(vdlab.Video.open(clip), 1))
    assert 0 < streamed.first_seconds <= streamed.seconds
    assert streamed.peak_bytes > 50e6, "Python and torch alone take more"


@pytest.mark.parametrize("broken", [{"frames": 1}, {"first_seconds": 2.5}, {"peak_bytes": 1_200_000_000}])
def test_a_broken_promise_is_seen(streamed: Streamed, broken: dict[str, float]) -> None:
    good = replace(streamed, first_seconds=1.0, peak_bytes=500_000_000)
    assert good.as_promised
    assert not replace(good, **broken).as_promised
