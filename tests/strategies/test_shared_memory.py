"""Processes that write into shared memory: the same frames, next to nothing pickled, nothing left behind."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

import vdlab
from vdlab.benchmark.correctness import compare
from vdlab.errors import SettingsError
from vdlab.machine.limits import free_memory
from vdlab.strategies import find, shared_memory
from vdlab.video import Video


def bytes_read() -> int:
    """Bytes this process has read so far, from pipes too."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])


def memory_files() -> int:
    """How many memory files of the strategy this process and its workers hold."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    links = [link for process in processes for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    return sum("vdlab-frames" in os.readlink(link) for link in links if link.is_symlink())


def die(video: Video, chunk: Sequence[int], path: str, sizes: Sequence[int], number: int) -> None:
    """A worker that is killed with the memory mapped into it."""
    batch = shared_memory.batch_in(os.open(path, os.O_RDWR), video, sum(sizes))
    batch.data[:] = 1
    os.kill(os.getpid(), signal.SIGKILL)


def fail(video: Video, chunk: Sequence[int], path: str, sizes: Sequence[int], number: int) -> None:
    raise RuntimeError("no more frames")


def test_nothing_is_pickled_but_the_bookkeeping(video: Video) -> None:
    indices = list(range(50))
    frame_bytes = video.frame_bytes * len(indices)
    read = {}
    for name in ("processes", "shared-memory"):
        find(name).prepare(2)
        find(name).decode(video, indices, 2)
        before = bytes_read()
        find(name).decode(video, indices, 2)
        read[name] = bytes_read() - before
    assert read["processes"] > frame_bytes
    assert read["shared-memory"] < 50_000


def test_the_frames_are_the_true_ones_and_live_in_the_shared_memory(video: Video) -> None:
    indices = [7, 3, 3, 49, 0]
    before = memory_files()
    batch = find("shared-memory").decode(video, indices, 2)
    assert compare(batch, find("sequential").decode(video, indices, 1), indices).identical
    assert memory_files() == before + 1
    pixels = batch.data[:2]
    del batch
    gc.collect()
    assert memory_files() == before + 1  # a view of it keeps all of it
    del pixels
    gc.collect()
    assert memory_files() == before


def test_a_worker_that_fails_leaves_nothing_behind(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    before = memory_files()
    monkeypatch.setattr(shared_memory, "decode_chunk", fail)
    with pytest.raises(RuntimeError, match="no more frames"):
        find("shared-memory").decode(video, [0, 10, 20], 2)
    gc.collect()
    assert memory_files() == before
    assert not [name for name in os.listdir("/dev/shm") if "vdlab" in name]


def test_a_killed_worker_leaves_nothing_behind_and_the_next_call_works(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = memory_files()
    with monkeypatch.context() as patch:
        patch.setattr(shared_memory, "decode_chunk", die)
        with pytest.raises(TerminatedWorkerError):
            find("shared-memory").decode(video, [0, 10, 20], 2)
    gc.collect()
    assert memory_files() == before
    assert not [name for name in os.listdir("/dev/shm") if "vdlab" in name]
    assert len(find("shared-memory").decode(video, [0, 10, 20], 2)) == 3


def test_a_result_larger_than_memory_is_refused_in_one_line(video: Video) -> None:
    frames = 2 * free_memory() // video.frame_bytes  # twice, for others may give some back meanwhile
    with pytest.raises(SettingsError, match=r"with shared-memory x2 take about .* GB, and .* GB are free") as caught:
        vdlab.decode(video, [0] * frames, strategy="shared-memory", workers=2)
    assert "\n" not in str(caught.value)


def test_workers_say_nothing_when_they_end(video: Video, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, vdlab\n"
        "if __name__ == '__main__':\n"
        "    print(vdlab.decode(sys.argv[1], fps=5, strategy='shared-memory', workers=2).data.shape)\n"
    )
    done = subprocess.run([sys.executable, script, video.path], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("torch.Size([10, 3,")
    assert done.stderr == ""


def test_joblib_reuses_the_same_workers_for_both_kinds_of_processes(video: Video) -> None:
    def workers() -> set[int]:
        return {child.pid for child in psutil.Process().children() if "LokyProcess" in " ".join(child.cmdline())}

    find("shared-memory").prepare(2)
    before = workers()
    assert len(before) == 2
    find("shared-memory").decode(video, [0, 10, 20], 2)
    assert set(Parallel(n_jobs=2, backend="loky", batch_size=1)([delayed(os.getpid)()] * 8)) <= before
    assert workers() == before
