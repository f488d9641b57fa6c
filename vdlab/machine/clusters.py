"""Clusters of machines to which work can be sent: Dask's or Ray's, whichever joblib is told to use."""

import socket
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any

from joblib.parallel import get_active_backend

from vdlab.errors import MachineError, one_line
from vdlab.machine import ffmpeg

CONNECT_SECONDS = 5
"""Who does not take a connection within that time is not there any more."""


@dataclass(frozen=True)
class Cluster:
    """Workers elsewhere.

    Attributes:
        name: what runs it.
        submit: has a function called there with these arguments; the result comes back. A task whose worker ends runs
            again on another one, some times.
        pickled: anything as bytes, functions of a notebook too, for `pickle.loads` there.
        width: how many tasks run at a time now.
        gone: why nothing will come back any more, judged also by the error that a task ended with, if any; empty where
            it may.
    """

    name: str
    submit: Callable[..., "Future[Any]"]
    pickled: Callable[[Any], bytes]
    width: Callable[[], int]
    gone: Callable[[BaseException | None], str]


def active_cluster() -> Cluster | None:
    """The cluster that `joblib.parallel_config` names, its workers prepared for TorchCodec; None for this machine.

    Raises:
        MachineError: nobody answers there, or its workers cannot import VDLab.
    """
    backend, _ = get_active_backend()
    found = {"joblib._dask": _dask, "ray.util.joblib.ray_backend": _ray}.get(type(backend).__module__)
    return found(backend) if found else None


def _dask(backend: Any) -> Cluster:
    import cloudpickle
    from distributed import WorkerPlugin

    class Prepared(WorkerPlugin):
        """FFmpeg is found before anybody imports TorchCodec, on workers that join later too."""

        name = "vdlab"

        def setup(self, worker: Any) -> None:
            ffmpeg.ensure()

    client: Any = backend.client
    where = f"the Dask scheduler at {client.scheduler.address}"
    try:
        client.register_plugin(Prepared())
    except ImportError as error:
        raise MachineError(f"{where}: its workers cannot import VDLab ({one_line(error)}); install it there") from error
    except (OSError, RuntimeError) as error:
        raise MachineError(f"{where} does not answer ({one_line(error)}); is it running?") from error

    def width() -> int:
        try:
            return sum(client.nthreads().values())
        except OSError:  # the scheduler has gone this moment
            return 0

    def gone(error: BaseException | None) -> str:
        if client.status == "running" and client.scheduler.comm is not None:
            return ""
        return f"{where} is gone; start it, and connect to it, again"

    return Cluster(
        "Dask",
        lambda *task: client.get_executor(pure=False).submit(*task),
        cloudpickle.dumps,
        width,
        gone,
    )


def _ray(backend: Any) -> Cluster:
    import ray

    if not ray.is_initialized():
        ray.init()

    def here() -> tuple[str, str]:
        context = ray.get_runtime_context()
        return context.get_node_id(), context.get_job_id()

    connection = here()
    address = getattr(ray.get_runtime_context(), "gcs_address", None)  # a client has none: `here` asks the other end
    remote = cache(ray.remote(max_retries=1))  # the function travels once, not with every task
    lost = "the Ray cluster is gone; start it, and connect to it, again"

    def gone(error: BaseException | None = None) -> str:
        """Ray connects to a new cluster, unasked, once the old one is shut down, and ends this process a minute after
        the old one has died: neither is waited for. A connection that somebody else has made meanwhile stays."""
        if not ray.is_initialized():
            return lost
        try:
            if here() != connection:
                return lost
            if isinstance(error, ray.exceptions.LocalRayletDiedError):
                raise ConnectionError(lost)
            if address:
                host, port = address.rsplit(":", 1)
                socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
        except OSError:
            ray.shutdown()
            return lost
        return ""

    def submit(function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        if gone():
            raise ConnectionError(lost)
        task = remote(function).remote(*arguments)
        future: Future[Any] = task.future()
        future.add_done_callback(lambda done: ray.cancel(task) if done.cancelled() and not gone() else None)
        return future

    return Cluster(
        "Ray",
        submit,
        ray.cloudpickle.dumps,
        lambda: int(ray.cluster_resources().get("CPU", 1)),
        gone,
    )
