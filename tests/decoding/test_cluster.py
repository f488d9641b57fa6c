"""`decode_many` on clusters of several processes, Dask's and Ray's: nothing is lost when they die."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import psutil
import pytest
import torch
from torchcodec import FrameBatch

import vdlab
from vdlab.errors import MachineError, SettingsError, VDLabError, VDLabWarning

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def links(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("links")
    paths = [folder / f"{number:02}.mp4" for number in range(40)]
    for path in paths:
        path.hardlink_to(clip)
    return paths


@dataclass
class Dask:
    scheduler: subprocess.Popen[bytes]
    client: Any


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A scheduler and two workers, as on machines of their own: processes that are known by an address alone."""
    pytest.importorskip("distributed")
    from distributed import Client

    folder = tmp_path_factory.mktemp("dask")
    # A worker that dies is started again and has torch to import, for each time that a poisoned task is tried.
    environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    at = ["--scheduler-file", str(folder / "scheduler.json"), "--no-dashboard"]

    def started(*command: str) -> subprocess.Popen[bytes]:
        whole = [sys.executable, "-m", "dask", *command, *at]
        return subprocess.Popen(whole, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)

    scheduler = started("scheduler", "--port", "0")
    workers = [started("worker", "--nthreads", "1", "--local-directory", str(folder)) for _ in range(2)]
    with Client(scheduler_file=str(folder / "scheduler.json"), timeout=60, set_as_default=True) as client:
        client.wait_for_workers(2, timeout=60)
        with joblib.parallel_config("dask"):
            yield Dask(scheduler, client)
        scheduler.kill()
        for worker in workers:
            os.killpg(worker.pid, signal.SIGKILL)


@contextmanager
def ray_cluster() -> Iterator[Any]:
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.shutdown()  # where another test's is still there
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        register_ray()
        with joblib.parallel_config("ray"):
            yield ray
        ray.shutdown()


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    with ray_cluster() as ray:
        yield ray


@pytest.fixture(scope="module", params=["dask", "ray"])
def cluster(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


# Workers cannot import this file: functions without a name of their own travel whole, as those of a notebook do.


def where() -> Callable[[FrameBatch], int]:
    return lambda batch: os.getpid()


def poisonous() -> Callable[[FrameBatch], int]:
    return lambda batch: len(batch) if len(batch) > 1 else os._exit(1)


def slow() -> Callable[[FrameBatch], None]:
    return lambda batch: time.sleep(0.02)


def divides() -> Callable[[FrameBatch], float]:
    return lambda batch: 1 / 0


def by_name(batch: FrameBatch) -> int:
    return len(batch)


def test_frames_are_those_of_decode_and_can_be_written_to(cluster: Any, links: list[Path]) -> None:
    expected = vdlab.decode(links[0], fps=5)
    found = list(vdlab.decode_many([*links[:9], links[9].read_bytes()], fps=5, ordered=True))
    assert [path for path, _ in found][:9] == links[:9]
    for _, batch in found:
        for column in ("data", "pts_seconds", "duration_seconds"):
            assert torch.equal(getattr(batch, column), getattr(expected, column))
        batch.data += 1


def test_broken_files_and_functions_that_fail_are_errors_of_their_videos(
    cluster: Any, links: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no video" * 100)
    with pytest.warns(VDLabWarning, match="1 of 6 videos could not be decoded"):
        found = dict(vdlab.decode_many([*links[:5], broken], fps=5, each=where(), errors="yield"))
    assert [path for path, result in found.items() if isinstance(result, VDLabError)] == [broken]
    assert os.getpid() not in found.values()
    with pytest.raises(VDLabError, match=r"00\.mp4: <lambda> failed: ZeroDivisionError"):
        list(vdlab.decode_many(links[:1], fps=5, each=divides()))


def test_a_function_that_cannot_travel_is_said_in_one_line(cluster: Any, links: list[Path]) -> None:
    lock = threading.Lock()
    with pytest.raises(SettingsError, match="cannot be sent to"):
        list(vdlab.decode_many(links[:2], fps=5, each=lambda batch: lock))
    with pytest.raises(MachineError, match=r"workers cannot import what they need: .*test_cluster"):
        list(vdlab.decode_many(links[:2], fps=5, each=by_name))


def test_a_worker_that_is_killed_loses_nothing(cluster: Any, links: list[Path]) -> None:
    found = []
    for path, worker in vdlab.decode_many(links * 2, fps=5, each=where()):
        found.append(path)
        if len(found) == 10:
            os.kill(worker, signal.SIGKILL)
    assert sorted(found) == sorted(links * 2)


def test_a_poisoned_file_is_one_error(cluster: Any, links: list[Path], tmp_path: Path) -> None:
    manifest = tmp_path / "list.csv"
    rows = [f"{path},{'1' if path == links[7] else '1 1.5'}\n" for path in links]
    manifest.write_text("path,seconds\n" + "".join(rows))
    with pytest.warns(VDLabWarning, match=r"1 of 40 videos could not be decoded: .*07\.mp4"):
        found = dict(vdlab.decode_many(manifest, each=poisonous(), errors="yield"))
    assert {path for path, result in found.items() if result != 2} == {links[7]}
    assert "came to nothing" in str(found[links[7]])


def gone_in_the_middle(links: list[Path], end: Callable[[], object]) -> None:
    with pytest.raises(MachineError, match=r"is gone.*of 800 videos are done") as caught:
        for number, _ in enumerate(vdlab.decode_many(links * 20, fps=5, each=slow())):
            if number == 5:
                end()
    assert "\n" not in str(caught.value)


# Last, for nothing can be asked of these clusters after that.


def test_z_a_scheduler_that_is_gone_is_one_clear_line(dask: Dask, links: list[Path]) -> None:
    with joblib.parallel_config("dask"):
        gone_in_the_middle(links, dask.scheduler.kill)


@pytest.mark.parametrize(("gone", "all_has_come_back"), [("connection", True), ("gcs_server", True), ("raylet", False)])
def test_z_a_ray_cluster_that_is_gone_is_one_clear_line(gone: str, all_has_come_back: bool, links: list[Path]) -> None:
    """Of itself, Ray would connect to a new cluster, or end this process."""

    def end() -> None:
        if all_has_come_back:
            time.sleep(3)
        if gone == "connection":
            ray.shutdown()
        for child in psutil.Process().children(recursive=True):
            if child.name() == gone:
                child.kill()

    with ray_cluster() as ray:
        gone_in_the_middle(links, end)
        assert not ray.is_initialized()
