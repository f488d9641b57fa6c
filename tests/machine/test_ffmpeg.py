"""TorchCodec loads and decodes in every kind of process, on a machine with and without FFmpeg."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import pytest
from jupyter_client.manager import start_new_kernel

from vdlab.machine import pyav_libraries

FRAMES = 12
linux_wheel = pytest.mark.skipif(
    sys.platform != "linux" or pyav_libraries.folder() is None, reason="only PyAV's Linux wheels carry FFmpeg"
)

DECODE = """
import sys, vdlab
from torchcodec.decoders import ColorConverter, Demuxer, VideoDecoder
from vdlab.machine import ffmpeg
found = ffmpeg.ensure()
demuxer = Demuxer(sys.argv[1])
decoder = demuxer.streams[0].make_decoder()
frames = [frame for packet in demuxer for frame in decoder.decode(packet)] + decoder.drain()
assert len([ColorConverter().convert(frame) for frame in frames]) == len(VideoDecoder(sys.argv[1])[:])
print(len(frames), found.source, found.folder)
"""

LOAD = "from vdlab.machine import ffmpeg\nprint(ffmpeg.ensure().folder)"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "tiny.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(FRAMES):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    return path


def start(code: str, *arguments: object, **variables: object) -> subprocess.Popen[str]:
    environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> list[str]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output.split()


def decode(clip: Path, **variables: object) -> list[str]:
    return finish(start(DECODE, clip, **variables))


@pytest.fixture(scope="module", params=["system", "pyav"])
def source(request: pytest.FixtureRequest) -> str:
    """Each FFmpeg that this machine has."""
    if start(LOAD, VDLAB_FFMPEG=request.param).wait(timeout=120) != 0:
        pytest.skip(f"there is no whole FFmpeg here from {request.param}")
    return request.param


@pytest.fixture(scope="module")
def plain_libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a whole FFmpeg under its usual names, as a system has it."""
    cache = tmp_path_factory.mktemp("cache")
    return Path(*finish(start(LOAD, VDLAB_FFMPEG="pyav", XDG_CACHE_HOME=cache)))


@linux_wheel
def test_pyavs_libraries_serve_where_nothing_is_cached(clip: Path, tmp_path: Path) -> None:
    frames, source, folder = decode(clip, VDLAB_FFMPEG="pyav", XDG_CACHE_HOME=tmp_path)
    assert (int(frames), source) == (FRAMES, "pyav")
    assert Path(folder).parent == tmp_path / "vdlab"


@linux_wheel
def test_processes_that_make_the_copies_at_once_both_work(clip: Path, tmp_path: Path) -> None:
    racers = [start(DECODE, clip, VDLAB_FFMPEG="pyav", XDG_CACHE_HOME=tmp_path) for _ in range(2)]
    assert [finish(racer)[:2] for racer in racers] == [[str(FRAMES), "pyav"]] * 2
    assert len(list((tmp_path / "vdlab").iterdir())) == 1


@linux_wheel
@pytest.mark.parametrize("spoiled", ["cut off", "missing"])
def test_a_spoiled_copy_is_made_again(tmp_path: Path, spoiled: str) -> None:
    variables = {"VDLAB_FFMPEG": "pyav", "XDG_CACHE_HOME": tmp_path}
    (folder,) = finish(start(LOAD, **variables))
    (library,) = Path(folder).glob("libavcodec.*")
    size = library.stat().st_size
    library.unlink() if spoiled == "missing" else os.truncate(library, 100_000)
    assert finish(start(LOAD, **variables)) == [folder]
    assert library.stat().st_size == size
    assert list((tmp_path / "vdlab").iterdir()) == [Path(folder)]


@linux_wheel
def test_a_cache_that_cannot_be_written_gives_way_to_a_temporary_folder(clip: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.touch()
    _, source, folder = decode(clip, VDLAB_FFMPEG="pyav", XDG_CACHE_HOME=blocked, TMPDIR=tmp_path)
    assert source == "pyav"
    assert Path(folder).parent == tmp_path / f"vdlab-{os.getuid()}"


@linux_wheel
def test_a_temporary_folder_open_to_others_is_refused_in_one_line(clip: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.touch()
    shared = tmp_path / f"vdlab-{os.getuid()}"
    shared.mkdir()
    shared.chmod(0o777)
    process = start(DECODE, clip, VDLAB_FFMPEG="pyav", XDG_CACHE_HOME=blocked, TMPDIR=tmp_path)
    _, errors = process.communicate(timeout=120)
    last = errors.splitlines()[-1]
    assert last.startswith("vdlab.errors.MachineError: cannot store or load copies")
    assert "run: export XDG_CACHE_HOME=" in last


@linux_wheel
def test_a_complete_system_ffmpeg_is_used_as_it_is(clip: Path, plain_libraries: Path, tmp_path: Path) -> None:
    search = os.pathsep.join([str(plain_libraries), str(pyav_libraries.folder())])
    frames, source, folder = decode(clip, VDLAB_FFMPEG="", LD_LIBRARY_PATH=search, XDG_CACHE_HOME=tmp_path)
    assert (int(frames), source, Path(folder)) == (FRAMES, "system", plain_libraries)
    assert not list(tmp_path.iterdir())


@linux_wheel
def test_half_a_system_ffmpeg_does_not_mix_with_pyavs(clip: Path, plain_libraries: Path, tmp_path: Path) -> None:
    half = tmp_path / "half"
    shutil.copytree(plain_libraries, half, ignore=shutil.ignore_patterns("libavdevice.*", "libavfilter.*"))
    search = os.pathsep.join([str(half), str(pyav_libraries.folder())])
    variables = {"LD_LIBRARY_PATH": search, "XDG_CACHE_HOME": tmp_path / "cache"}
    # A machine may have a whole FFmpeg of another release: here TorchCodec knows only the one that half is there of.
    known = """
import sys
from pathlib import Path
from vdlab.machine import ffmpeg
cores = [core for core in ffmpeg._torchcodec_cores() if Path(sys.argv[2], ffmpeg._release(core)["avcodec"]).exists()]
ffmpeg._torchcodec_cores = lambda: cores
"""
    maps = "\nprint(open('/proc/self/maps').read().count(sys.argv[2]))"
    output = finish(start(known + DECODE + maps, clip, half, VDLAB_FFMPEG="", **variables))
    assert output[:2] == [str(FRAMES), "pyav"]
    assert output[-1] == "0"


@linux_wheel
@pytest.mark.parametrize("first", ["torchcodec", "av"])
def test_pyav_keeps_its_own_libraries_in_the_same_process(clip: Path, source: str, first: str) -> None:
    with_pyav = """
import sys, av
print(len(list(av.open(sys.argv[1]).decode(video=0))))
print('av.libs/libavcodec' in open('/proc/self/maps').read())
"""
    code = with_pyav + DECODE if first == "av" else DECODE + with_pyav
    output = finish(start(code, clip, VDLAB_FFMPEG=source))
    pyavs, torchcodecs = (output[:2], output[2:4]) if first == "av" else (output[-2:], output[:2])
    assert pyavs == [str(FRAMES), "True"]
    assert torchcodecs == [str(FRAMES), source]


def test_loky_workers_decode(clip: Path, source: str, tmp_path: Path) -> None:
    code = """
import sys
from joblib import Parallel, delayed
from vdlab.machine import ffmpeg

def count(path):
    source = ffmpeg.ensure().source
    from torchcodec.decoders import VideoDecoder
    return len(VideoDecoder(path)[:]), source

for found in set(Parallel(n_jobs=2)(delayed(count)(sys.argv[1]) for _ in range(4))):
    print(*found)
"""
    assert finish(start(code, clip, VDLAB_FFMPEG=source, XDG_CACHE_HOME=tmp_path)) == [str(FRAMES), source]


def test_a_jupyter_kernel_decodes(clip: Path, source: str, tmp_path: Path) -> None:
    environment = {**os.environ, "VDLAB_FFMPEG": source, "XDG_CACHE_HOME": str(tmp_path)}
    manager, client = start_new_kernel(kernel_name="python3", env=environment, cwd=str(tmp_path))
    said: list[str] = []
    try:
        reply = client.execute_interactive(
            "import vdlab\nfrom torchcodec.decoders import VideoDecoder\nfrom vdlab.machine import ffmpeg\n"
            f"print(len(VideoDecoder({str(clip)!r})[:]), ffmpeg.ensure().source)",
            output_hook=lambda message: said.append(message["content"].get("text", "")),
            timeout=120,
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "ok", reply["content"]
    assert "".join(said).split() == [str(FRAMES), source]
