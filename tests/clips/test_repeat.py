import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from decoded import frames, remuxed

from vdlab import clips
from vdlab.errors import SettingsError, VDLabError, VideoError
from vdlab.video import scan
from vdlab.video.index import NO_TIMESTAMP

SMALL = {"width": 160, "height": 96, "seconds": 1.2}


def check_repeated(clip: Path, long: Path, times: int, tolerance: float = 0) -> None:
    """Every frame of every copy is the clip's, at its time; tolerance in seconds."""
    source, index = scan(clip), scan(long)
    known = index.dts[index.dts != NO_TIMESTAMP]
    assert (np.diff(known) > 0).all()
    assert (index.dts <= index.pts).all()
    truth, found = list(frames(clip)), list(frames(long))
    assert len(found) == times * len(truth) == index.num_frames
    pts = source.pts[source.shown]
    duration = (pts[-1] - pts[0] + source.duration[source.shown[-1]]) * source.header.time_base
    for number, (when, picture) in enumerate(found):
        copy, within = divmod(number, len(truth))
        assert abs(when - (truth[within][0] + copy * duration)) <= tolerance
        assert np.array_equal(picture, truth[within][1]), f"frame {number}"


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("clip.mp4", {}),
        ("clip.mkv", {}),
        ("clip.ts", {}),
        ("clip.mp4", {"gop": 7}),
        ("clip.mp4", {"fps": 29.97}),
        ("clip.mp4", {"codec": "libx265"}),
        ("clip.mkv", {"codec": "libx265", "gop": 10}),
        ("clip.mp4", {"codec": "mpeg4", "bframes": 2}),
        ("clip.webm", {"codec": "libvpx-vp9"}),
        ("clip.mp4", {"codec": "libsvtav1"}),
        ("clip.mov", {"codec": "mjpeg"}),
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_each_copy_decodes_to_the_clip(tmp_path, name, settings, suffix):
    clip = clips.make(tmp_path / name, **SMALL, **settings)
    long = clips.repeat(clip, 3, tmp_path / f"long{suffix}")
    check_repeated(clip, long, 3, tolerance=0.002 if suffix == ".mkv" else 0)


@pytest.mark.parametrize("late", [2.0, 0.5])
def test_a_start_time_that_is_not_zero(tmp_path, late):
    clip = remuxed(clips.make(tmp_path / "clip.mp4", **SMALL), tmp_path / "late.mp4", late)
    assert next(frames(clip))[0] == late
    check_repeated(clip, clips.repeat(clip, 3, tmp_path / "long.mp4"), 3)


def test_frames_that_an_edit_list_hides(tmp_path):
    clip = clips.make(tmp_path / "clip.mp4", **SMALL, bframes=0)
    # Negative times become an edit list that begins in the middle of the GOP.
    cut = remuxed(clip, tmp_path / "cut.mp4", late=-0.2)
    index = scan(cut)
    assert index.hidden.tolist() == [True] * 5 + [False] * 25
    assert index.num_frames == len(list(frames(cut))) == 25
    with pytest.raises(VideoError, match="hides 5 of its frames"):
        clips.repeat(cut, 2, tmp_path / "long.mp4")
    assert not (tmp_path / "long.mp4").exists()


def test_a_clip_that_begins_within_a_gop_is_refused(tmp_path):
    clip = clips.make(tmp_path / "clip.ts", **SMALL, bframes=0)
    cut = tmp_path / "cut.ts"
    with av.open(str(clip)) as container, av.open(str(cut), "w") as output:
        stream = container.streams.video[0]
        copy = output.add_stream_from_template(stream, opaque=True)
        for packet in list(container.demux(stream))[3:-1]:
            packet.stream = copy
            output.mux(packet)
    with pytest.raises(VideoError, match="decoded on its own"):
        clips.repeat(cut, 2, tmp_path / "long.mp4")


def test_the_best_of_two_streams_is_copied(tmp_path):
    both = tmp_path / "both.mkv"
    small = clips.make(tmp_path / "small.mp4", width=64, height=48, seconds=1)
    large = clips.make(tmp_path / "large.mp4", **SMALL)
    with av.open(str(both), "w") as output, av.open(str(small)) as one, av.open(str(large)) as two:
        inputs = [(container, container.streams.video[0]) for container in (one, two)]
        copies = [output.add_stream_from_template(stream, opaque=True) for _, stream in inputs]
        copies[1].disposition = av.stream.Disposition.default
        for (container, stream), copy in zip(inputs, copies, strict=True):
            for packet in container.demux(stream):
                if packet.size:
                    packet.stream = copy
                    output.mux(packet)
    long = clips.repeat(both, 2, tmp_path / "long.mp4")
    assert next(frames(long))[1].shape == (96, 160)
    assert scan(both).header.stream_index == 1


def test_any_name_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clip = clips.make("-i %d file:\"x\" 'é'.mp4", **SMALL)
    long = clips.repeat(clip.name, 2, "-long: %03d [red] ü.mkv")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((clip.name, long.name))
    assert scan(long.name).num_frames == 60


def test_what_cannot_be_done_is_one_line_and_leaves_nothing(tmp_path):
    clip = clips.make(tmp_path / "clip.mp4", **SMALL)
    with pytest.raises(SettingsError, match="1 time or more"):
        clips.repeat(clip, 0, tmp_path / "long.mp4")
    with pytest.raises(SettingsError, match="the clip itself"):
        clips.repeat(clip, 2, tmp_path / "." / "clip.mp4")
    with pytest.raises(SettingsError, match=r"h264 video to long\.webm"):
        clips.repeat(clip, 2, tmp_path / "long.webm")
    with pytest.raises(VDLabError, match="cannot write"):
        clips.repeat(clip, 2, tmp_path / "missing" / "long.mp4")
    with pytest.raises(VideoError, match="No such file"):
        clips.repeat(tmp_path / "missing.mp4", 2, tmp_path / "long.mp4")
    assert list(tmp_path.iterdir()) == [clip]


def test_no_room_is_said_before_anything_is_written(tmp_path, monkeypatch):
    clip = clips.make(tmp_path / "clip.mp4", **SMALL)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1000))
    with pytest.raises(VDLabError, match=r"needs \d+ MB and the disk has 0 MB left"):
        clips.repeat(clip, 100, tmp_path / "long.mp4")
    assert list(tmp_path.iterdir()) == [clip]


def test_a_disk_that_fills_leaves_nothing(tmp_path):
    """A limit on the size of files makes a real write fail in the middle."""
    clip = clips.make(tmp_path / "clip.mp4", **SMALL)
    script = (
        "import resource, signal, sys; from vdlab import clips, errors\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try: clips.repeat(sys.argv[1], 1000, sys.argv[2])\n"
        "except errors.VDLabError as error: print(error)\n"
    )
    command = [sys.executable, "-c", script, str(clip), str(tmp_path / "long.mp4")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"cannot write {tmp_path / 'long.mp4'}")
    assert list(tmp_path.iterdir()) == [clip]
