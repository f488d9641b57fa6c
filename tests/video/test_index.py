import os

import av
import numpy as np
import pytest
from av.video.frame import PictureType
from decoded import frames
from encoders import x264

from vdlab import clips
from vdlab.errors import VideoError
from vdlab.video import scan

SMALL = {"width": 160, "height": 96, "seconds": 3}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("default.mp4", {}),
        ("default.ts", {}),
        ("flat.mp4", {"options": {"x264-params": "b-pyramid=none"}}),
        ("no_b.mp4", {"bframes": 0}),
        ("interlaced.mp4", {"options": {"x264-params": "interlaced=1"}}),
        ("x265.mp4", {"codec": "libx265"}),
        ("x265.ts", {"codec": "libx265"}),
        ("layers.mkv", {"codec": "libx265", "options": {"x265-params": "temporal-layers=3"}}),
        ("short_gops.mp4", {"codec": "libx265", "gop": 10}),
    ],
)
def test_frames_decode_the_same_without_the_disposable_ones(tmp_path, name, settings):
    path = clips.make(tmp_path / name, **SMALL, **settings)
    index = scan(path)
    assert index.num_frames == 75
    assert not index.disposable[index.keyframe].any()
    assert index.disposable.mean() == 0 if "no_b" in name else index.disposable.mean() > 0.2

    every = dict(frames(path))
    kept = dict(frames(path, lambda number: not index.disposable[number]))
    assert set(kept) == {pts * index.header.time_base for pts in index.pts[~index.disposable].tolist()}
    assert all(np.array_equal(kept[when], every[when]) for when in kept)


def test_disposable_frames_of_x264s_default_are_b_frames(tmp_path):
    path = clips.make(tmp_path / "clip.mp4", **SMALL)
    index = scan(path)
    disposable = set(index.pts[index.disposable].tolist())
    with av.open(str(path)) as container:
        kinds = {frame.pts: frame.pict_type for frame in container.decode(video=0)}
    assert {kinds[pts] for pts in disposable} == {PictureType.B}


def test_of_codecs_that_nothing_is_known_of_none_is_disposable(tmp_path):
    index = scan(clips.make(tmp_path / "clip.avi", **SMALL, codec="msmpeg4v2"))
    assert not index.known and not index.disposable.any()
    assert index.doubt == "nothing is known here of how msmpeg4v2 orders its frames"


def test_index_agrees_with_a_decode(tmp_path):
    path = clips.make(tmp_path / "clip.mp4", **SMALL, gop=20)
    index = scan(path)
    assert (index.pts[index.shown] * index.header.time_base == [when for when, _ in frames(path)]).all()
    assert index.times.tolist() == [float(when) for when, _ in frames(path)]
    assert index.durations.tolist() == [0.04] * 75
    assert index.keyframe_numbers.tolist() == [0, 20, 40, 60]
    assert index.gop_lengths.tolist() == [20, 20, 20, 15]
    assert index.size.sum() < path.stat().st_size
    with pytest.raises(ValueError, match="read-only"):
        index.pts[0] = 1


def test_index_is_kept_until_the_file_changes(tmp_path):
    path = clips.make(tmp_path / "clip.mp4", **SMALL)
    first = scan(path)
    assert scan(os.path.relpath(path)) is first
    clips.make(path, **{**SMALL, "seconds": 1})
    assert scan(path).num_frames == 25


def test_what_is_no_video_is_one_line(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video " * 100)
    os.mkfifo(tmp_path / "pipe.mp4")
    for name in ("missing.mp4", "empty.mp4", "text.mp4", "pipe.mp4", ".", "nul\0.mp4"):
        with pytest.raises(VideoError) as caught:
            scan(tmp_path / name)
        assert len(str(caught.value).splitlines()) == 1
        assert str(tmp_path) in str(caught.value)


def test_a_stream_that_appears_on_the_way_is_no_end(tmp_path):
    """As where sound joins a broadcast: PyAV trips over it, but only after the last packet."""
    silent = x264(".ts")(tmp_path / "silent").read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(silent * 6 + x264(".ts", audio=("mp2", 5))(tmp_path / "sound").read_bytes() + silent * 6)
    with av.open(str(path)) as container:
        assert len(container.streams) == 1
    assert scan(path).num_frames == 13 * 75


def test_a_file_with_sound_only_has_no_video_stream(tmp_path):
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44100
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError, match="no video stream"):
        scan(tmp_path / "sound.mp4")
