"""Files and requests that would hang or end a process: refused in a line, before anything is opened or allocated."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import av
import pytest

import vdlab
from vdlab.errors import SettingsError, VideoError
from vdlab.machine.limits import free_memory, memory_free
from vdlab.strategies import STRATEGIES, find
from vdlab.strategies.needed_memory import check_memory, decoder_bytes, needed_bytes, refuse_beyond
from vdlab.video import Video

PLAYLIST = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n{clip}\n"
LISTS = {
    "live.m3u8": PLAYLIST,
    "with-another-name.mp4": PLAYLIST,
    "after-blanks.mkv": "\n\n" + PLAYLIST,
    "list.ffconcat": "ffconcat version 1.0\nfile {clip}\n",
    "camera.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "stream.mpd": '<?xml version="1.0"?>\n<MPD type="dynamic"></MPD>\n',
}


@pytest.mark.parametrize("name", LISTS)
def test_m1_a_list_of_files_is_not_opened(name: str, clip: Path, tmp_path: Path) -> None:
    """A live playlist never ends, and any list can lead to addresses."""
    path = tmp_path / name
    path.write_text(LISTS[name].format(clip=clip))
    command = [sys.executable, "-c", "from vdlab.cli import main; main()", "clip", "info", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "is a list of other files, not a video" in ended.stderr


def test_m1_a_list_in_memory_is_not_opened(clip: Path) -> None:
    with pytest.raises(VideoError, match="is a list of other files"):
        Video.open(PLAYLIST.format(clip=clip).encode())


def test_m2_a_request_beyond_the_memory_is_refused_in_a_sentence(clip: Path) -> None:
    video = Video.open(clip)
    frames = 2 * free_memory() // (video.width * video.height * 3)  # others may give some back meanwhile
    with pytest.raises(SettingsError, match=r"frames of 192x108 with threads x2 take about .* GB .*vdlab\.stream"):
        check_memory(find("threads"), video, frames, 2)
    check_memory(find("threads"), video, frames // 100, 2)


def test_m2_processes_hold_the_result_more_than_once(clip: Path) -> None:
    video = Video.open(clip)
    frames = free_memory() // (video.width * video.height * 3) // 2
    with pytest.raises(SettingsError, match="processes"):
        check_memory(find("processes"), video, frames, 2)


def test_m2_what_a_gpu_has_to_hold_is_held_against_its_own_memory(clip: Path) -> None:
    """The frames once, in the size asked for, and a decoder for each worker."""
    cuda, video = STRATEGIES["cuda"], replace(Video.open(clip), resize=54)
    needed = needed_bytes(cuda, video, 1_000_000, 2)
    assert needed == 1_000_000 * 54 * 96 * 3 + 2 * decoder_bytes(video)
    refuse_beyond(needed + 1, cuda, video, 1_000_000, 2)
    with pytest.raises(
        SettingsError, match=r"with cuda x2 take about 15\.6 GB of the GPU's memory, and 8\.0 GB are free"
    ):
        refuse_beyond(8_000_000_000, cuda, video, 1_000_000, 2)
    with pytest.raises(SettingsError, match=r"take about 62\.2 GB, and 8\.0 GB are free"):
        refuse_beyond(8_000_000_000, STRATEGIES["pruned-threads"], Video.open(clip), 1_000_000, 2)


def limited_to(code: str, prepare: Callable[[], None], *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=prepare,
        check=False,
    )


def test_m2_an_address_space_limit_is_a_limit() -> None:
    half = 2**36
    code = "from vdlab.machine.limits import free_memory; print(free_memory())"
    ended = limited_to(code, lambda: resource.setrlimit(resource.RLIMIT_AS, (half, half)))
    assert 0 < int(ended.stdout) < half


STREAM = """
import sys, vdlab
print(sum(len(batch) for batch in vdlab.stream(sys.argv[1], fps=25, batch_size=8, workers=2)))
for options in ({"batch_size": 60_000}, {"ahead": 3_000}):
    try:
        vdlab.stream(sys.argv[1], workers=2, **options)
    except vdlab.SettingsError as error:
        print(error)
"""


@pytest.mark.slow
def test_m2_a_stream_holds_what_fits_or_says_so_before_it_begins(clip: Path) -> None:
    """Frames of 62 kB, in the address space of a process that may have 8 GB."""
    limit = 8 * 2**30
    ended = limited_to(STREAM, lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)), clip)
    frames, *refused = ended.stdout.splitlines()
    assert frames == "50", ended.stderr[-500:]
    for said in refused:
        assert " and 2 decoders of 192x108 take about " in said
        assert " GB are free; use a smaller batch_size" in said
    assert len(refused) == 2


@contextmanager
def memory_group(limit: int) -> Iterator[Path]:
    """A real control group with a memory limit, of the version this machine has."""
    root = Path("/sys/fs/cgroup")
    parent = root / "memory" if (root / "memory").is_dir() else root
    group = parent / f"vdlab-test-{os.getpid()}"
    try:
        group.mkdir()
        name = "memory.limit_in_bytes" if (group / "memory.limit_in_bytes").exists() else "memory.max"
        (group / name).write_text(str(limit))
    except OSError as error:
        if group.is_dir():
            group.rmdir()
        pytest.skip(f"this machine lets nobody make a control group with a memory limit: {error}")
    try:
        yield group
    finally:
        group.rmdir()


HUGE = """
import sys, vdlab
from vdlab.errors import VDLabError
try:
    vdlab.decode(sys.argv[1], range(200), workers=2)
except VDLabError as error:
    print(error)
"""


@pytest.mark.slow
def test_m2_large_frames_in_a_small_container_are_refused_and_not_killed(tmp_path: Path) -> None:
    """8192x8192 pixels in 2 GB: the kernel would end the process without a word."""
    path = tmp_path / "huge.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=5, width=8192, height=8192, pix_fmt="yuvj420p")
        container.mux(stream.encode(av.VideoFrame(8192, 8192, "yuvj420p")))
        container.mux(stream.encode(None))
    code = HUGE.replace("range(200)", "[0] * 200")
    with memory_group(2 * 2**30) as group:

        def join() -> None:
            (group / "cgroup.procs").write_text(str(os.getpid()))

        ended = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=120, preexec_fn=join
        )
        assert ended.returncode == 0, ended.stderr[-500:]
        assert "200 frames of 8192x8192" in ended.stdout
        assert "GB are free" in ended.stdout


def test_m2_what_a_group_has_left_is_its_limit_less_what_is_used(tmp_path: Path) -> None:
    group = tmp_path / "memory" / "job"
    group.mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text("1000")
    (group / "memory.usage_in_bytes").write_text("700")
    (group / "memory.stat").write_text("cache 300\ntotal_inactive_file 200\n")
    assert memory_free(tmp_path, "4:memory:/job\n") == 500
    (tmp_path / "new").mkdir()
    for name, text in (("memory.max", "1000"), ("memory.current", "900"), ("memory.stat", "inactive_file 50\n")):
        (tmp_path / "new" / name).write_text(text)
    assert memory_free(tmp_path, "0::/new\n") == 150
    assert memory_free(tmp_path, "0::/elsewhere\n") is None


def test_m2_a_sweep_measures_what_fits(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that does not fit fails with the sentence; the others are measured."""
    from vdlab.strategies import needed_memory

    monkeypatch.setattr(needed_memory, "SMALL", 0)
    video = Video.open(clip)
    one = video.width * video.height * 3
    monkeypatch.setattr(needed_memory, "free_memory", lambda: 12 * one)
    results = vdlab.sweep(
        clip, fps=2, strategies=["threads", "processes"], workers=[1], repeats=1, warmup=0, trace=False, memory=False
    )
    said = {str(one.setting): one.worst for one in results.measurements}
    assert said["sequential x1"].verdict == "identical"
    assert said["processes x1"].verdict == "failed"
    assert "take about" in said["processes x1"].detail
