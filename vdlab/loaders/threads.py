"""Threads over videos: every thread decodes whole videos."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from vdlab.loaders.bare import as_they_end, load
from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.video.collection import Wanted


@loader("threads", "Threads over videos", ffmpeg_threads=True)
def threads(wanted: Sequence[Wanted], workers: int, each: Each, ffmpeg_threads: int = 1) -> Loaded:
    """`workers` threads, each decoding one whole video after the other.

    Nothing is divided, so there is nothing to join: with many videos this scales until the last few of them.
    TorchCodec lets go of Python's global lock while it decodes, and frames are where everybody can see them.
    """
    with ThreadPoolExecutor(workers) as pool:
        tasks = as_they_end(
            wanted,
            2 * workers,
            submit=lambda one: pool.submit(load, one, each, ffmpeg_threads),
        )
        for one, task in tasks:
            yield one.source, task.result()
