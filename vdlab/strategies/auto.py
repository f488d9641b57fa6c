"""The strategy for those who do not want to choose."""

from collections.abc import Sequence

from joblib import cpu_count

from vdlab.gops.cost import fed_microseconds, seeking_microseconds
from vdlab.gops.parallel import ffmpeg_threads
from vdlab.gops.segments import planned
from vdlab.strategies.registry import Strategy, find
from vdlab.video import Video
from vdlab.video.video import SEEKABLE, unseen


def auto(video: Video, indices: Sequence[int], workers: int) -> tuple[Strategy, int]:
    """The fastest strategy that is safe for these frames, and its number of workers; nothing is measured.

    That is `linear` where something speaks against decoding the file in parts, and mostly `pruned-threads`, which
    decodes the least. Where frames are so small, or workers so many, that Python's lock would hold up those who feed
    packets, or where there is nothing to leave out, it is `threads` or `sequential`, as `vdlab.gops.cost` foretells;
    but only where it is known that a seek ends at the right place. More workers than CPUs are never used.
    """
    index = video.index
    used = max(1, min(workers, cpu_count()))
    if index.doubt:
        return find("linear"), used
    todo = planned(index, indices, used, prune=True)
    pixels = video.width * video.height
    found = {"pruned-threads": fed_microseconds(index, todo, used, ffmpeg_threads(index, todo, used), pixels)}
    seekable = any(name in index.header.container for name in SEEKABLE)
    if seekable and video.damaged == "raise" and not unseen(video):
        found["sequential"] = seeking_microseconds(index, indices, 1, pixels)
        if used > 1:
            found["threads"] = seeking_microseconds(index, indices, used, pixels)
    return find(min(found, key=found.__getitem__)), used
