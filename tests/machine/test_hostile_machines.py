"""Machines at their worst: each fault of the list is a real one, made in processes and mounts of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

import vdlab
from vdlab.benchmark.sweep import sweep
from vdlab.errors import SettingsError
from vdlab.machine import pyav_libraries
from vdlab.machine.files import cache_path
from vdlab.machine.workers import most_workers
from vdlab.video import Video

pytestmark = pytest.mark.slow  # nearly all start processes, which import torch

DECODE = """
import sys, vdlab
from vdlab.machine import ffmpeg
print(len(vdlab.decode(sys.argv[1], fps=5)), ffmpeg.ensure().folder)
"""

LOAD = """
from vdlab.machine import ffmpeg
print(ffmpeg.ensure().folder)
"""


def can_mount() -> bool:
    """Whether this process may have a file system of its own."""
    return shutil.which("unshare") is not None and subprocess.run(["unshare", "-m", "true"]).returncode == 0


mounting = pytest.mark.skipif(not can_mount(), reason="only root can mount a file system of its own")
linux_wheel = pytest.mark.skipif(
    sys.platform != "linux" or pyav_libraries.folder() is None, reason="only PyAV's Linux wheels carry FFmpeg"
)


def run(code: str, *arguments: object, before: tuple[str, ...] = (), quiet: bool = False, **variables: str) -> str:
    """What a script prints, in a process of its own; if `quiet`, it has to say nothing else, not even a warning."""
    command = [*before, sys.executable, *(() if quiet else ("-W", "ignore")), "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert not quiet or not done.stderr
    return done.stdout


def over_shm(mount: str) -> tuple[str, ...]:
    """A command's beginning that runs it with another /dev/shm, which nobody else sees."""
    return ("unshare", "-m", "sh", "-c", f'mount --make-rprivate / && {mount} && exec "$@"', "sh")


@linux_wheel
def test_m3_a_damaged_library_in_the_cache_is_made_again(clip: Path, tmp_path: Path) -> None:
    variables = {"VDLAB_FFMPEG": "pyav", "XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    folder = run(LOAD, **variables).strip()
    (library,) = Path(folder).glob("libavcodec.*")
    whole = library.read_bytes()
    middle = len(whole) // 2
    for damaged in (b"", whole[:middle], whole[:middle] + bytes(2**20) + whole[middle + 2**20 :]):
        library.write_bytes(damaged)
        assert run(LOAD, **variables).strip() == folder
        assert library.read_bytes() == whole
    library.unlink()
    library.mkdir()
    assert run(DECODE, clip, **variables).split()[0] == "10"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become a nameless user")
def test_m4_nobody_without_a_home_decodes_and_measures_in_a_terminal_of_ascii(clip: Path, tmp_path: Path) -> None:
    nobody = ("setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups")
    reads = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")  # what is in root's folders
    bare = ("env", "-i", "PATH=/usr/bin:/bin", "LANG=C", "PYTHONIOENCODING=ascii:strict", f"TMPDIR={tmp_path}")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    tmp_path.chmod(0o777)
    os.symlink(clip, tmp_path / "clip é.mp4")
    before = (*nobody, *reads, *bare)
    assert run(DECODE, clip, before=(*before, "VDLAB_FFMPEG=pyav")).split()[0] == "10"
    with_cli = f"import os; os.chdir({str(tmp_path)!r}); from vdlab.cli import main; main()"
    options = [
        "--fps",
        "5",
        "--workers",
        "1",
        "--repeats",
        "1",
        "--strategies",
        "threads",
        "--charts",
        "time",
        "--out",
        "out",
    ]
    said = run(with_cli, "bench", "clip é.mp4", *options, before=before)
    assert "identical frames" in said
    assert said.isascii()
    assert (tmp_path / "out" / "report.html").exists()
    doctor = subprocess.run([*before, sys.executable, "-c", with_cli, "doctor"], capture_output=True, text=True)
    assert doctor.returncode == 1
    assert "export HOME=$(mktemp -d)" in doctor.stdout
    assert not (tmp_path / "~").exists()


def test_m4_no_folder_is_called_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    with pytest.raises(FileNotFoundError, match="no home folder is known"):
        cache_path()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (10**6, "of use to; ask for at most"),
        (10**300, "ask for at most"),
        (-1, "it must be at least 1"),
        (0, "it must be at least 1"),
        (2.0, "is 2.0, which is no whole number"),
        (True, "is True, which is no whole number"),
        ("2", "is '2', which is no whole number"),
    ],
)
def test_m5_numbers_of_workers_are_bounded_with_a_reason(video: Video, wrong: Any, says: str) -> None:
    for call in (
        lambda: vdlab.decode(video, fps=5, workers=wrong),
        lambda: vdlab.decode(video, fps=5, workers=wrong, strategy="threads"),
        lambda: vdlab.stream(video, workers=wrong),
        lambda: sweep(video, fps=5, workers=[wrong]),
        lambda: sweep(video, fps=5, workers={"threads": [1, wrong]}),
        lambda: sweep(video, fps=5, workers=[1], ffmpeg_threads=[wrong]),
    ):
        with pytest.raises(SettingsError, match=says) as caught:
            call()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"batch_size": 10**300}, "the batch size is more than 1,000,000,000"),
        ({"batch_size": 10**9}, "batches of 1,000,000,000 frames and . decoders of 192x108 take about .* GB are free"),
        ({"batch_size": 8.0}, "the batch size is 8.0, which is no whole number"),
        ({"ahead": 10**8}, "100,000,001 batches of 64 frames .* take about .* GB are free"),
        ({"ahead": True}, "no whole number"),
    ],
)
def test_m5_batches_are_bounded_by_memory(video: Video, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        vdlab.stream(video, **arguments)


@pytest.mark.parametrize(
    "arguments",
    [{"repeats": 10**9}, {"repeats": True}, {"warmup": 10**9}, {"warmup": -1}, {"workers": "12"}, {"workers": [[1]]}]
    + [{"repeats": "auto", "budget_seconds": value} for value in (float("inf"), float("nan"), -1)],
)
def test_m5_a_sweep_is_bounded(video: Video, arguments: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"ask for|at least") as caught:
        sweep(video, **{"fps": 5, "workers": [1], **arguments})
    assert "\n" not in str(caught.value)


def test_m5_what_is_tried_out_is_not_refused(video: Video) -> None:
    assert most_workers(2) >= 64
    assert len(vdlab.decode(video, fps=5, workers=64, strategy="threads")) == 10


INSIDE = """
import sys, vdlab
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from vdlab.benchmark.plan import USUAL

def job(path):
    said = []
    for strategy in ("processes", "shared-memory"):
        try:
            vdlab.decode(path, fps=5, strategy=strategy, workers=2)
        except vdlab.SettingsError as error:
            said.append("is itself a worker" in str(error))
    try:
        vdlab.sweep(path, fps=5, strategies=list(USUAL), workers=[2])  # by name, so none is left out
    except vdlab.SettingsError as error:
        said.append("is itself a worker" in str(error))
    usual = vdlab.sweep(path, fps=5, workers=[2], repeats=1, warmup=0, trace=False, memory=False)
    return [*said, len(vdlab.decode(path, fps=5, workers=2)), *usual.plan.strategies]

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    vdlab.decode  # imports torch, once for both
    for pool in (context.Pool(1), ProcessPoolExecutor(1, mp_context=context)):
        with pool:
            print(*next(iter(pool.map(job, [sys.argv[1]]))))
"""


def test_m6_inside_a_worker_one_sentence_and_no_hang(clip: Path) -> None:
    expected = ["True"] * 3 + ["10", "sequential", "ffmpeg-threads", "threads", "pruned-threads"]
    assert [said.split() for said in run(INSIDE, clip).splitlines()] == [expected, expected]


FORKED = """
import os, sys, torch, vdlab
from joblib import Parallel, delayed

def workers():
    return set(Parallel(n_jobs=2)(delayed(os.getpid)() for _ in range(8)))

torch.rand(2000, 2000).exp().sum()  # which has torch start threads of its own
own = workers()
child = os.fork()
if child:
    os.waitpid(child, 0)
    print(10 if workers() & own else "others")
    sys.exit()
for strategy in ("auto", "threads", "linear", "processes"):
    print(len(vdlab.decode(sys.argv[1], fps=5, strategy=strategy, workers=2, resize=540)), flush=True)
print(sum(map(len, vdlab.stream(sys.argv[1], fps=5, resize=540))), flush=True)
os._exit(0)
"""


def test_m6_a_forked_process_decodes_although_its_threads_and_workers_stayed_behind(clip: Path) -> None:
    assert run(FORKED, clip).split() == ["10"] * 6


SHM = """
import os, sys, threading, time, vdlab
from vdlab.machine.describe import describe
from joblib import Parallel, delayed

def thread():
    time.sleep(0.2)
    return threading.get_ident()

print(len(set(Parallel(n_jobs=2, backend="threading")(delayed(thread)() for _ in range(4)))))
print(describe().cpus_allowed == len(os.sched_getaffinity(0)))
for strategy in ("auto", "threads", "hybrid", "processes", "shared-memory"):
    try:
        print(len(vdlab.decode(sys.argv[1], fps=5, strategy=strategy, workers=2)))
    except vdlab.SettingsError as error:
        print(error)
"""


@mounting
@pytest.mark.parametrize(
    ("mount", "remedy"),
    [
        ("mount -t tmpfs -o ro tmpfs /dev/shm", "remount,rw /dev/shm"),
        (
            "mount -t tmpfs -o size=1m tmpfs /dev/shm && ! head -c 2M /dev/zero > /dev/shm/full 2> /dev/null",
            "remount,size=64m",
        ),
        ("mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/urandom c 1 9", "mount -t tmpfs -o mode=1777 tmpfs /dev/shm"),
    ],
    ids=["read-only", "full", "missing"],
)
def test_m7_without_semaphores_threads_are_threads_and_processes_say_so(clip: Path, mount: str, remedy: str) -> None:
    said = run(SHM, clip, before=over_shm(mount), quiet=True)
    threads, cpus, auto, plain, hybrid, *others = said.splitlines()
    assert (threads, cpus, auto, plain, hybrid) == ("2", "True", "10", "10", "10")
    for said in others:
        assert "is not offered here: worker processes need semaphores in /dev/shm" in said
        assert said.endswith(remedy) or remedy in said.partition("; run: ")[2]


@mounting
def test_m7_a_megabyte_of_shared_memory_is_enough(clip: Path) -> None:
    said = run(SHM, clip, before=over_shm("mount -t tmpfs -o size=1m tmpfs /dev/shm")).split()
    assert said == ["2", "True", *["10"] * 5]


BUSY = """
import os, psutil, time, vdlab
from joblib import Parallel, delayed
from vdlab.strategies import find

find("processes").prepare(2)
print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
Parallel(n_jobs=2, backend="loky")(delayed(time.sleep)(600) for _ in range(4))
"""


def test_m8_workers_end_within_seconds_of_their_killed_parent() -> None:
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(workers) >= 2
        time.sleep(1)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert not alive


ALONE = """
import sys
import vdlab
from joblib import Parallel, delayed

def count(path):
    from torchcodec.decoders import VideoDecoder
    return len(VideoDecoder(path))

print(Parallel(n_jobs=2)(delayed(count)(sys.argv[1]) for _ in range(2)), "torch" in sys.modules)
"""


@linux_wheel
def test_m14_importing_vdlab_is_enough_for_loky_workers(clip: Path) -> None:
    assert run(ALONE, clip, VDLAB_FFMPEG="pyav").strip() == "[50, 50] False"
