"""Peak memory: private and shared, mapped or not, in this process and below it, each byte once."""

import mmap
import os
import time

import pytest
import torch
from joblib import Parallel, delayed

from vdlab.benchmark.memory import measure_memory, watched
from vdlab.cli import main
from vdlab.strategies.processes import start_workers
from vdlab.video import Video

SIZE = 100 * 2**20


def about(size: int) -> object:
    return pytest.approx(size, abs=0.15 * SIZE)


def test_private_memory_is_counted_though_it_is_gone_at_the_end() -> None:
    with watched() as growth:
        block = torch.ones(SIZE, dtype=torch.uint8)
        time.sleep(0.1)
        del block
        time.sleep(0.1)
    assert growth.peak == about(SIZE)


def write(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR)
    with mmap.mmap(descriptor, SIZE) as mapping:
        for page in range(0, SIZE, 4096):
            mapping[page] = 1
        time.sleep(0.3)
    os.close(descriptor)


@pytest.fixture
def workers() -> None:
    """Two processes that have imported what they are going to run."""
    start_workers(2)
    Parallel(n_jobs=2, backend="loky", batch_size=1)(delayed(take)(1) for _ in range(4))


def test_shared_memory_is_counted_once_and_also_when_nobody_maps_it(workers: None) -> None:
    descriptor = os.memfd_create("vdlab-test")
    os.ftruncate(descriptor, SIZE)
    path = f"/proc/{os.getpid()}/fd/{descriptor}"
    with watched() as growth:
        Parallel(n_jobs=2, backend="loky")(delayed(write)(path) for _ in range(2))
        time.sleep(0.1)  # both have let go of it
    with watched() as afterwards:
        time.sleep(0.1)
    os.close(descriptor)
    assert growth.peak == about(SIZE)
    assert afterwards.peak == about(0)


def take(size: int) -> None:
    block = torch.ones(size, dtype=torch.uint8)
    time.sleep(0.3)
    del block


def test_the_memory_of_workers_is_counted(workers: None) -> None:
    with watched() as growth:
        Parallel(n_jobs=2, backend="loky", batch_size=1)(delayed(take)(SIZE // 2) for _ in range(2))
    assert growth.peak == about(SIZE)


def test_a_strategy_takes_at_least_its_result(video: Video) -> None:
    indices = list(range(50)) * 20
    found = {name: measure_memory(video, indices, name, 2) for name in ("threads", "shared-memory")}
    for name, memory in found.items():
        assert memory.strategy == name
        assert memory.result_bytes == 1000 * (video.frame_bytes + 16)
        assert memory.peak_bytes > 0.8 * memory.result_bytes
        assert memory.beyond_result_bytes == memory.peak_bytes - memory.result_bytes
        assert memory.peak_bytes < memory.result_bytes + 150e6


def test_the_command_prints_a_row_for_every_strategy(video: Video, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["memory", str(video.path), "--strategies", "sequential,threads", "--workers", "2"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert "Peak memory, 2 workers" in printed
    assert "sequential" in printed
    assert "threads" in printed


@pytest.mark.parametrize("arguments", [["--strategies", "?"], ["--workers", "0"], ["--seek-mode", "fast"]])
def test_bad_settings_are_one_line(video: Video, arguments: list[str], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["memory", str(video.path), *arguments])
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("vdlab: ")
