"""Ray: videos as tasks of a cluster, of this machine's own or at an address."""

import logging
import os
from collections.abc import Sequence

from joblib.externals.loky import cpu_count

from vdlab.errors import VideoError, one_line
from vdlab.loaders.bare import as_they_end, load_to_send, received
from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.strategies.peers.common import installed
from vdlab.video.collection import Wanted

ADDRESS = "VDLAB_RAY"
"""The environment variable with a cluster's address, such as 10.0.0.1:6379 or ray://10.0.0.1:10001."""


def start(workers: int) -> None:
    """Return once `workers` processes have imported the decoder; a cluster on this machine is started where none is."""
    import ray

    address = os.environ.get(ADDRESS)
    if ray.is_initialized() and not address and ray.cluster_resources().get("CPU", 0) < workers:
        ray.shutdown()
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would look for a server on the internet
        own = {} if address else {"num_cpus": max(workers, cpu_count()), "include_dashboard": False}
        ray.init(address=address or "local", logging_level=logging.ERROR, log_to_driver=False, **own)
    nothing = Wanted(b"", fps=1)  # an error, for which the decoder is imported
    ray.get([ray.remote(load_to_send).remote(nothing) for _ in range(workers)])


def end() -> None:
    """Let go of the cluster; one of this machine's own ends."""
    import ray

    ray.shutdown()


@loader("ray", "Ray", prepare=start, unavailable=installed("ray", "vdlab[ray]"), end=end)
def ray(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """A task a video, `workers` of them at a time, in the processes of a Ray cluster, on this machine or on others.

    Frames come back through memory that all processes of a machine have in common.
    """
    import ray

    start(workers)
    decode = ray.remote(load_to_send)
    tasks = as_they_end(
        wanted,
        workers,
        submit=lambda one: decode.remote(one, each),
        ended=lambda running: ray.wait(running)[0],
    )
    for one, task in tasks:
        try:
            result = received(ray.get(task))
        except ray.exceptions.RayError as error:  # its worker died, again and again
            result = VideoError(f"{one.name}: {one_line(error)}")
        yield one.source, result
