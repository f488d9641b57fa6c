"""How many frames must be decoded for the frames that are wanted: what the strategies really differ in."""

from collections.abc import Sequence

from vdlab.chunking import split
from vdlab.packets import PacketIndex
from vdlab.planning import CHUNKS_PER_WORKER, plan


def frames_decoded(index: PacketIndex, indices: Sequence[int], workers: int) -> dict[str, int]:
    """How many frames each strategy decodes to get at `indices`, counted in the packets; nothing is decoded.

    `sequential` and the equal chunks of `threads` are counted for a decoder that seeks as well as can be: from
    every keyframe it needs to the last wanted frame of that group. Each of `threads`' chunks begins anew.

    Args:
        index: of a stream without `vdlab.planning.doubt`.
        indices: frame numbers in any order, repeats allowed.
        workers: how many share the work.
    """

    def decoded(wanted: Sequence[int], chunks: int, prune: bool) -> int:
        return sum(len(chunk.packets) for chunk in plan(index, wanted, chunks, prune))

    chunks = CHUNKS_PER_WORKER * workers
    return {
        "sequential": decoded(indices, 1, prune=False),
        "threads": sum(decoded(chunk, 1, prune=False) for chunk in split(indices, workers)),
        "keyframe-threads": decoded(indices, chunks, prune=False),
        "pruned-threads": decoded(indices, chunks, prune=True),
    }
