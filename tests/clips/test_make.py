from itertools import pairwise

import av
import numpy as np
import pytest
from decoded import frames

from vdlab import clips
from vdlab.errors import SettingsError, VDLabError
from vdlab.video import scan

SMALL = {"width": 160, "height": 96, "seconds": 1}


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("clip.mp4", "libx264"),
        ("clip.mkv", "libx265"),
        ("clip.mp4", "mpeg4"),
        ("clip.webm", "libvpx-vp9"),
        ("clip.mp4", "libsvtav1"),
        ("clip.mov", "mjpeg"),
        ("clip.ts", "mpeg2video"),
    ],
)
def test_every_codec_makes_every_frame(tmp_path, capfd, name, codec):
    calls = []
    path = clips.make(tmp_path / name, **SMALL, codec=codec, progress=lambda *call: calls.append(call))
    assert len(list(frames(path))) == scan(path).num_frames == 25
    assert calls == [(k + 1, 25) for k in range(25)]
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == [path]


def test_defaults_are_the_encoders_own(tmp_path):
    path = clips.make(tmp_path / "clip.mp4", width=64, height=48, seconds=11)
    assert scan(path).keyframe_numbers.tolist() == [0, 250]
    # x264 writes its settings into the stream.
    settings = path.read_bytes().split(b"options: ")[1].split(b"\0")[0].decode()
    for setting in ("keyint=250", "bframes=3", "b_pyramid=2", "open_gop=0", "crf=23.0", "sliced_threads=0"):
        assert setting in settings.split()


def test_gop_bframes_and_options_reach_the_encoder(tmp_path):
    path = clips.make(tmp_path / "clip.mp4", **SMALL, gop=5, bframes=0, options={"profile": "baseline"})
    index = scan(path)
    assert index.keyframe_numbers.tolist() == [0, 5, 10, 15, 20]
    assert (index.pts == index.dts).all()
    with av.open(str(path)) as container:
        assert "Baseline" in container.streams.video[0].profile


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4", "libvpx-vp9", "libsvtav1", "mjpeg"])
def test_same_arguments_same_bytes(tmp_path, codec):
    """Ten macroblocks wide: a width at which x264 differs from run to run if it is let."""
    made = {clips.make(tmp_path / "clip.mp4", **SMALL, codec=codec).read_bytes() for _ in range(5)}
    assert len(made) == 1


def test_another_seed_is_another_clip(tmp_path):
    one, other = (clips.make(tmp_path / "clip.mp4", **SMALL, seed=seed).read_bytes() for seed in (1, 2))
    assert one != other


def test_rates_and_lengths(tmp_path):
    path = clips.make(tmp_path / "clip.mp4", **{**SMALL, "seconds": 0.01})
    assert scan(path).num_frames == 1
    path = clips.make(tmp_path / "clip.mp4", **SMALL, fps=29.97)
    with av.open(str(path)) as container:
        assert round(float(container.streams.video[0].average_rate), 2) == 29.97
    assert scan(path).num_frames == 30


def test_odd_sizes_where_the_pixel_format_has_them(tmp_path):
    path = clips.make(tmp_path / "clip.mp4", width=161, height=97, seconds=0.2, pixel_format="yuv444p")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.pix_fmt) == (161, 97, "yuv444p")


def test_frames_differ_and_show_their_number(tmp_path):
    """The number is white with a dark outline: in the box it is drawn in, both are there."""
    path = clips.make(tmp_path / "clip.mp4", width=320, height=180, seconds=1)
    seen = [picture for _, picture in frames(path)]
    boxes = [picture[10:75, 10:70].astype(int) for picture in seen]
    assert all(box.max() > 215 and box.min() < 50 for box in boxes)
    assert all(np.abs(one - next_one).mean() > 2 for one, next_one in pairwise(boxes))


@pytest.mark.parametrize(
    "settings",
    [
        {"codec": "nonsense"},
        {"codec": "aac"},
        {"fps": 0},
        {"fps": -25},
        {"fps": float("nan")},
        {"seconds": 0},
        {"seconds": float("inf")},
        {"width": 161},
        {"height": 97},
        {"width": 0},
        {"gop": 0},
        {"bframes": -1},
        {"bframes": 2, "codec": "libvpx-vp9"},
        {"noise": -1},
        {"seed": -1},
        {"pixel_format": "nonsense"},
        {"options": {"crf": "nonsense"}},
        {"options": {"nonsense": "1"}},
    ],
)
def test_settings_that_make_no_sense_are_one_line(tmp_path, settings):
    with pytest.raises(SettingsError) as caught:
        clips.make(tmp_path / "clip.mp4", **{**SMALL, **settings})
    assert len(str(caught.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["clip.nonsense", "clip", "clip.webm"])
def test_containers_that_do_not_fit_are_one_line(tmp_path, name):
    with pytest.raises(SettingsError, match="clip"):
        clips.make(tmp_path / name, **SMALL)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(VDLabError, match="cannot write"):
        clips.make(tmp_path / "missing" / "clip.mp4", **SMALL)
