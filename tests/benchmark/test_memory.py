"""Peak memory: private and shared, mapped or not, in this process and below it, each byte once."""

import mmap
import os
import subprocess
import time
from collections.abc import Sequence
from functools import partial

import pytest
import torch
from joblib import Parallel, delayed
from torchcodec import FrameBatch

from vdlab.benchmark import memory
from vdlab.benchmark.memory import watched
from vdlab.benchmark.rounds import Step
from vdlab.benchmark.run import peak_once
from vdlab.benchmark.sweep import sweep
from vdlab.cli import main
from vdlab.results.records import Setting
from vdlab.strategies import find, strategy
from vdlab.strategies.processes import start_workers
from vdlab.video import Video

SIZE = 100 * 2**20


def about(size: int) -> object:
    return pytest.approx(size, abs=0.15 * SIZE)


def test_private_memory_is_counted_though_it_is_gone_at_the_end() -> None:
    with watched() as growth:
        block = torch.ones(SIZE, dtype=torch.uint8)
        time.sleep(0.5)
        del block
        time.sleep(0.5)
    assert growth.peak == about(SIZE)


def write(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR)
    with mmap.mmap(descriptor, SIZE) as mapping:
        for page in range(0, SIZE, 4096):
            mapping[page] = 1
        time.sleep(0.6)
    os.close(descriptor)


@pytest.fixture
def workers() -> None:
    """Two processes that have imported what they are going to run."""
    start_workers(2)
    Parallel(n_jobs=2, backend="loky", batch_size=1)(delayed(take)(1) for _ in range(4))


@pytest.mark.slow
def test_shared_memory_is_counted_once_and_also_when_nobody_maps_it(workers: None) -> None:
    descriptor = os.memfd_create("vdlab-test")
    os.ftruncate(descriptor, SIZE)
    path = f"/proc/{os.getpid()}/fd/{descriptor}"
    with watched() as growth:
        Parallel(n_jobs=2, backend="loky")(delayed(write)(path) for _ in range(2))
        time.sleep(0.5)  # both have let go of it
    with watched() as afterwards:
        time.sleep(0.5)
    os.close(descriptor)
    assert growth.peak == about(SIZE)
    assert afterwards.peak == about(0)


def take(size: int) -> None:
    block = torch.ones(size, dtype=torch.uint8)
    time.sleep(0.6)
    del block


@pytest.mark.slow
def test_the_memory_of_workers_is_counted(workers: None) -> None:
    with watched() as growth:
        Parallel(n_jobs=2, backend="loky", batch_size=1)(delayed(take)(SIZE // 2) for _ in range(2))
    assert growth.peak == about(SIZE)


@pytest.mark.slow
def test_a_strategy_takes_at_least_its_result(video: Video) -> None:
    indices = list(range(50)) * 20
    for setting in (Setting("threads", 2, 2), Setting("shared-memory", 2, 2)):
        taken = peak_once(Step("memory", setting), video, indices)
        assert taken.setting == setting
        assert taken.result_bytes == 1000 * (video.frame_bytes + 16)
        assert taken.peak_bytes > 0.8 * taken.result_bytes
        assert taken.beyond_result_bytes == taken.peak_bytes - taken.result_bytes
        assert taken.peak_bytes < taken.result_bytes + 150e6


@pytest.mark.slow
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


ONCE = {"fps": 5, "workers": [1], "repeats": 1, "warmup": 0, "truth": False, "trace": False}


@pytest.mark.slow
def test_a_sweep_finds_what_each_setting_takes(video: Video) -> None:
    @strategy("greedy", "Takes more than it needs for a moment", parallel=False)
    def greedy(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        take(SIZE)
        return find("sequential").decode(video, indices, 1)

    @strategy("coy", "Fails when it is called a third time", parallel=False)
    def coy(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        calls.append(None)
        if len(calls) == 3:
            raise ValueError("enough")
        return find("sequential").decode(video, indices, 1)

    calls: list[None] = []
    results = sweep(video, strategies=["greedy", "coy"], **ONCE)
    peaks = {peak.setting.strategy: peak for peak in results.peaks}
    assert set(peaks) == {"sequential", "greedy"}
    assert peaks["greedy"].peak_bytes - peaks["sequential"].peak_bytes == about(SIZE)
    assert {peak.result_bytes for peak in results.peaks} == {10 * (video.frame_bytes + 16)}
    said = [caution for caution in results.cautions if caution.code == "memory"]
    assert [caution.about for caution in said] == ["coy x1"]
    assert "was watched failed: ValueError: enough; run it again" in said[0].message
    assert results.finished is not None


def test_a_machine_that_does_not_tell_is_said_once_and_the_sweep_goes_on(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untold(pid: int) -> tuple[int, int]:
        raise FileNotFoundError

    monkeypatch.setattr(memory, "proportional_set_size", untold)
    results = sweep(video, strategies=["threads", "linear"], **ONCE)
    said = [caution.message for caution in results.cautions if caution.code == "no-memory"]
    assert said == ["no memory peaks: this system does not say how much memory processes have in common; use Linux"]
    assert not results.peaks
    assert results.agrees
    assert results.finished is not None


def test_another_run_is_watched_where_a_waiting_process_ended(video: Video) -> None:
    waiting = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
    calls: list[int] = []

    @strategy("unlucky", "Somebody's worker ends while it runs", parallel=False)
    def unlucky(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        calls.append(len(waiting))
        if len(calls) == 1:
            process = waiting.pop()
            process.kill()
            process.wait()
        return find("sequential").decode(video, indices, 1)

    try:
        memory.watch(Setting("unlucky", 1, 2), partial(unlucky, video, [0], 1))
        assert calls == [2, 1]
        memory.watch(Setting("unlucky", 1, 2), partial(unlucky, video, [0], 1))
        assert calls == [2, 1, 1]
    finally:
        for process in waiting:
            process.kill()
            process.wait()
