"""Dask: videos as tasks of a cluster, of this machine's own or at an address."""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from vdlab.errors import MachineError, VideoError, one_line
from vdlab.loaders.bare import as_they_end, load_to_send, received
from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.strategies.peers.common import installed
from vdlab.video.collection import Wanted

if TYPE_CHECKING:
    from distributed import Client

ADDRESS = "VDLAB_DASK"
"""The environment variable with a scheduler's address, such as tcp://10.0.0.1:8786."""

START_SECONDS = 60


@lru_cache(maxsize=1)
def client(address: str | None) -> "Client":
    """Connected to the scheduler at an address, or to a new one on this machine that has no workers yet.

    Raises:
        MachineError: nobody answers there.
    """
    from distributed import Client, LocalCluster

    try:
        if address:
            return Client(address, timeout=START_SECONDS)
        return Client(LocalCluster(n_workers=0, threads_per_worker=1, dashboard_address=None))
    except OSError as error:
        where = f"at {address}; is the address in {ADDRESS} right?" if address else "on this machine"
        raise MachineError(f"Dask: no scheduler answers {where} ({one_line(error)})") from error


def start(workers: int) -> None:
    """Return once `workers` processes have imported the decoder, or those that a cluster elsewhere has."""
    cluster = client(os.environ.get(ADDRESS))
    if cluster.cluster is not None and len(cluster.scheduler_info(n_workers=-1)["workers"]) < workers:
        cluster.cluster.scale(workers)
        cluster.wait_for_workers(workers, timeout=START_SECONDS)
    cluster.run(load_to_send, Wanted(b"", fps=1))  # an error, for which the decoder has been imported


def end() -> None:
    """Let go of the cluster; one of this machine's own ends."""
    if client.cache_info().currsize:
        cluster = client(os.environ.get(ADDRESS))
        cluster.close()
        if cluster.cluster is not None:
            cluster.cluster.close()
        client.cache_clear()


@loader("dask", "Dask", prepare=start, unavailable=installed("distributed", "vdlab[dask]"), end=end)
def dask(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """A task a video on `workers` worker processes of a Dask cluster, on this machine or, by address, on others.

    A worker that dies loses nothing: its videos are decoded by another one. What kills one worker after the other is
    one video's error.
    """
    from distributed import wait
    from distributed.client import FutureCancelledError, FuturesCancelledError

    start(workers)
    cluster = client(os.environ.get(ADDRESS))
    used = list(cluster.scheduler_info(n_workers=-1)["workers"])[:workers]
    tasks = as_they_end(
        wanted,
        2 * workers,
        submit=lambda one: cluster.submit(load_to_send, one, each, pure=False, workers=used, allow_other_workers=True),
        ended=lambda running: wait(running, return_when="FIRST_COMPLETED").done,
    )
    try:
        for one, task in tasks:
            error = task.exception()
            yield one.source, VideoError(f"{one.name}: {one_line(error)}") if error else received(task.result())
    except (FutureCancelledError, FuturesCancelledError, OSError) as error:
        raise MachineError(f"Dask: the scheduler is gone ({one_line(error)}); start it and try again") from error
