"""VDLab's own: `vdlab.decode_many`."""

from collections.abc import Sequence

from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.video.collection import Wanted


@loader("vdlab", "VDLab")
def many(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """`vdlab.decode_many`: threads over videos, each of which decodes only what the wanted frames need."""
    from vdlab.decoding_many import decode_many

    yield from decode_many(wanted, each=each, workers=workers, errors="yield")
