"""What people use instead: held to the same check, and offered only when installed."""

from pathlib import Path

import pytest

from vdlab import clips
from vdlab.benchmark.correctness import compare
from vdlab.strategies import STRATEGIES, find, offered
from vdlab.strategies.peers.common import installed
from vdlab.strategies.peers.ffmpeg_cli import selection
from vdlab.video import Video

PEERS = ["pyav", "opencv", "decord", "ffmpeg-cli"]


@pytest.fixture(params=PEERS)
def peer(request: pytest.FixtureRequest) -> str:
    if request.param not in offered():
        pytest.skip(f"{request.param}: {STRATEGIES[request.param].unavailable()}")
    return request.param


@pytest.mark.parametrize("indices", [[0, 10, 20, 30, 40], [49], [31, 4, 4, 0, 17], list(range(50))])
def test_a_peer_returns_the_reference_bit_for_bit(video: Video, peer: str, indices: list[int]) -> None:
    reference = find("sequential").decode(video, indices, 1)
    found = compare(find(peer).decode(video, indices, 2), reference, indices)
    assert found.identical, found


@pytest.mark.parametrize("codec", ["mpeg4", "libvpx-vp9", "mjpeg"])
def test_other_codecs_too(folder: Path, peer: str, codec: str) -> None:
    path = folder / f"peers_{codec}.mp4"
    if not path.exists():
        clips.make(path, width=96, height=64, seconds=1, codec=codec)
    video, indices = Video.open(path, "exact"), [0, 7, 14, 21]
    found = compare(find(peer).decode(video, indices, 2), find("sequential").decode(video, indices, 1), indices)
    assert found.identical, found


def test_ten_bits_are_close(folder: Path, peer: str) -> None:
    path = folder / "peers_10_bit.mp4"
    if not path.exists():
        clips.make(path, width=192, height=108, seconds=1, pixel_format="yuv420p10le")
    video, indices = Video.open(path), [0, 7, 14, 21]
    found = compare(find(peer).decode(video, indices, 2), find("sequential").decode(video, indices, 1), indices)
    assert found.identical or found.what == "pixels"
    assert found.largest <= find(peer).tolerance


def test_the_next_frame_is_further_away_than_any_tolerance(video: Video, peer: str) -> None:
    frames = find("sequential").decode(video, range(50), 1)
    next_frames = find("sequential").decode(video, [*range(1, 50), 48], 1)
    for mine, following in zip(frames, next_frames, strict=True):
        largest = (mine.data.int() - following.data.int()).abs().max()
        assert largest > find(peer).tolerance


def test_a_frame_after_the_end_is_an_error(video: Video, peer: str) -> None:
    with pytest.raises((RuntimeError, IndexError)):
        find(peer).decode(video, [0, 5000], 2)


def test_what_is_missing_says_how_to_install_it() -> None:
    assert installed("no_such_module", "no-such-package")() == (
        "no-such-package is not installed; run: pip install 'no-such-package'"
    )


def test_a_regular_sampling_is_one_term_for_ffmpeg() -> None:
    assert selection([5, 15, 25]) == "gte(n,5)*not(mod(n-5,10))"
    assert selection([1, 2, 5]) == "eq(n,1)+eq(n,2)+eq(n,5)"
    assert selection([7]) == "eq(n,7)"
