"""No parallelism: what everything else is compared with."""

from collections.abc import Sequence

from vdlab.loaders.bare import load
from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.video.collection import Wanted


@loader("one-by-one", "One by one", parallel=False)
def one_by_one(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """One video after the other, each with a new decoder, in one thread."""
    for one in wanted:
        yield one.source, load(one, each)
