"""Damaged videos: the frames of a decode of every packet, or one line that says what is wrong; never anything else.

Every packet that the decoder refuses is passed over in that decode, and the next one is fed. It has one FFmpeg thread:
with two, what is painted where something is missing is another picture for one damaged file in six, and for one in
thirty another one at every call.
"""

import faulthandler
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from damage import BASES, KINDS, damaged
from decoded import shown, true_frames
from torchcodec import Frame, FrameBatch

import vdlab
from vdlab.errors import VDLabError
from vdlab.notes import collected

SEEDS = 3

WAYS = [("linear", 1), ("linear", 2), ("keyframe-threads", 2), ("pruned-threads", 2), ("auto", 1), ("auto", 2)]
"""Strategies, and with how many workers."""

SECONDS = 20
"""What no decode of three seconds of video takes, unless it hangs."""

CONCEALED = {
    "x264-mp4-picture-bits-0",
    "x264-mp4-picture-bits-1",
    "x264-mp4-picture-bits-2",
    "x264-mp4-picture-zeroes-0",
    "x264-mkv-bits-0",
    "x264-mkv-bits-1",
    "x264-mkv-picture-bits-0",
    "x264-mkv-picture-bits-1",
    "x264-mkv-picture-zeroes-0",
    "x264-mkv-picture-zeroes-2",
    "x264-ts-bits-0",
    "x264-ts-bits-1",
    "x264-ts-picture-bits-0",
    "x264-ts-picture-bits-1",
    "x264-ts-picture-bits-2",
    "x265-mp4-bits-1",
    "mpeg4-mp4-bits-0",
    "mpeg4-mp4-bits-1",
    "mpeg4-mp4-picture-bits-0",
    "mpeg4-mp4-picture-bits-2",
    "mpeg4-mp4-picture-zeroes-0",
    "mpeg4-mp4-picture-zeroes-2",
}
"""Variants in which FFmpeg conceals damage without a word: what it paints there depends on frames that pruning does not
feed, and on how many threads it has. In all of them bits within a picture are wrong, so that no packet is refused and
nothing that is read of a packet contradicts another one. With one thread, `linear` never differs."""

WITHIN_PICTURES = {"bits", "picture-bits", "picture-zeroes"}
"""Damage that FFmpeg may conceal: with several of its threads what it paints differs from call to call."""

UNPAINTED = {"x265-mp4-zeroes-1"}
"""Variants with a picture of which FFmpeg paints no more than a part: the rest shows what was in that memory before."""


@contextmanager
def no_hang() -> Iterator[None]:
    """A test that hangs fails; where not even Python's signals get through, the whole run ends with a traceback."""

    def late(*_: object) -> None:
        raise TimeoutError(f"still running after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    faulthandler.dump_traceback_later(3 * SECONDS, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def frames_of(path: Path) -> list[Frame]:
    """What a decode of every packet gives; nothing for a file that does not open."""
    try:
        return true_frames(path).frames
    except (RuntimeError, ValueError):
        return []


def untrue(batch: FrameBatch, truth: Sequence[Frame]) -> list[float]:
    """When frames of a batch are shown that no true frame equals."""
    return [
        pts
        for pts, data in shown(batch)
        if not any(
            torch.equal(data, true.data) for true in truth if true.pts_seconds == pts or not abs(true.pts_seconds) < 1e6
        )
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", BASES)
def test_true_frames_or_one_line(folder: Path, base: str, kind: str) -> None:
    home = folder / "damaged"
    home.mkdir(exist_ok=True)
    for seed in range(SEEDS):
        name = f"{base}-{kind}-{seed}"
        path = damaged(base, kind, seed, home)
        truth = frames_of(path)
        for strategy, workers in WAYS:
            painted = name not in UNPAINTED and (name not in CONCEALED or (strategy, workers) == ("linear", 1))
            painted &= workers == 1 or kind not in WITHIN_PICTURES
            check_raising(path, strategy, workers, truth, painted)
            check_skipping(path, strategy, workers, truth, painted)
        check_streaming(path, truth, name not in UNPAINTED | CONCEALED and kind not in WITHIN_PICTURES)


def check_raising(path: Path, strategy: str, workers: int, truth: Sequence[Frame], painted: bool) -> None:
    """Every frame asked for, and each the true one, or one line."""
    try:
        with no_hang():
            video = vdlab.Video.open(path, "exact")
            for indices in (range(0, video.num_frames, 7), [video.num_frames // 2], range(video.num_frames)):
                batch = vdlab.decode(video, indices, strategy=strategy, workers=workers)
                assert len(batch.data) == len(indices), (path.name, strategy, workers)
                assert not painted or not untrue(batch, truth), (path.name, strategy, workers, indices)
    except VDLabError as error:
        assert_one_line(error, path)


def check_skipping(path: Path, strategy: str, workers: int, truth: Sequence[Frame], painted: bool) -> None:
    """What comes out, in order, and a note of how many frames are missing; all that can be had is there."""
    try:
        with no_hang(), collected() as notes:
            count = vdlab.Video.open(path, "exact", damaged="skip").num_frames
            batch = vdlab.decode(path, range(count), strategy=strategy, workers=workers, damaged="skip")
    except VDLabError as error:
        assert_one_line(error, path)
        # Damage can look like another size of pictures, of which there is no batch.
        assert len({frame.data.shape for frame in truth}) != 1, (path.name, strategy, workers, error)
        return
    assert not painted or not untrue(batch, truth), (path.name, strategy, workers)
    missing = count - len(batch.data)
    assert missing == 0 or any(f"{missing} " in note for note in notes), (path.name, strategy, workers, missing, notes)
    # What a decoder with several threads refuses can be another packet.
    if painted:
        assert len(batch.data) >= len(truth) - lost_count(truth), (path.name, strategy, workers, len(truth))


def lost_count(truth: Sequence[Frame]) -> int:
    """How many true frames no time tells from another one."""
    times = [frame.pts_seconds for frame in truth]
    return len(times) - len(set(times))


def check_streaming(path: Path, truth: Sequence[Frame], painted: bool) -> None:
    for mode in ("raise", "skip"):
        try:
            with no_hang():
                for batch in vdlab.stream(path, fps=8, batch_size=5, workers=2, damaged=mode):
                    assert not painted or not untrue(batch, truth), (path.name, mode)
        except VDLabError as error:
            assert_one_line(error, path)


def assert_one_line(error: VDLabError, path: Path) -> None:
    assert "\n" not in str(error)
    assert path.name in str(error)
