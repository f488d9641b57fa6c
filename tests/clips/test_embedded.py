from fractions import Fraction

import av
import numpy as np
import pytest
from decoded import frames

from vdlab import clips
from vdlab.clips import where
from vdlab.video import scan


def test_the_embedded_clip_is_what_the_documents_say():
    path = clips.embedded()
    assert path.stat().st_size < 2_000_000
    with av.open(str(path)) as container:
        stream = container.streams.best("video")
        assert (stream.width, stream.height, stream.average_rate) == (640, 360, 25)
        assert stream.codec_context.codec.canonical_name == "h264"
        assert stream.duration * stream.time_base == pytest.approx(13.8)
        assert 0.9e6 < stream.bit_rate < 1.1e6
    index = scan(path)
    assert index.num_frames == 345
    assert index.keyframe_numbers.tolist() == [0, 250]
    assert index.disposable.mean() == pytest.approx(0.5, abs=0.05)


def test_the_long_video_is_made_once_and_again_if_the_clip_changes(tmp_path, monkeypatch):
    clip = clips.make(tmp_path / "clip.mp4", width=160, height=96, seconds=1)
    monkeypatch.setattr(where, "embedded", lambda: clip)
    monkeypatch.setattr(where, "folder_for_videos", lambda: tmp_path)
    long = clips.long_video(4)
    assert long == tmp_path / "clip_x4.mp4" and scan(long).num_frames == 100
    made = long.stat().st_mtime_ns
    assert clips.long_video(4).stat().st_mtime_ns == made
    clips.make(clip, width=160, height=96, seconds=1, seed=1)
    assert clips.long_video(4).stat().st_mtime_ns != made
    long.write_bytes(long.read_bytes()[:5000])
    assert scan(clips.long_video(4)).num_frames == 100


@pytest.mark.slow
def test_the_tutorials_length(tmp_path):
    """50 times the clip: 17,250 frames in 690 s; around the seams each frame is the clip's."""
    clip = clips.embedded()
    long = clips.repeat(clip, 50, tmp_path / "long.mp4")
    index = scan(long)
    assert index.num_frames == 17_250
    assert (np.diff(index.pts[index.shown]) * index.header.time_base == Fraction(1, 25)).all()
    assert (np.diff(index.dts) > 0).all() and (index.dts <= index.pts).all()
    assert index.keyframe_numbers.tolist() == [copy * 345 + at for copy in range(50) for at in (0, 250)]
    with av.open(str(long)) as container:
        assert container.duration == 690_000_000

    truth = [picture for _, picture in frames(clip)]
    for number, (when, picture) in enumerate(frames(long)):
        assert when == Fraction(number, 25)
        assert np.array_equal(picture, truth[number % 345]), number
        if number == 3 * 345:
            break


def test_without_a_clone_videos_go_to_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(where, "PACKAGE", tmp_path / "site-packages" / "vdlab")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)
    assert where.folder_for_videos() == tmp_path / "cache" / "vdlab"
    with pytest.raises(where.VideoError, match="vdlab clip make"):
        where.embedded()
