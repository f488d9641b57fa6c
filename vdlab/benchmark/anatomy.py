"""What a video's time goes into: opening, scanning, decoding, converting to RGB, moving to another process."""

import threading
from collections.abc import Sequence
from dataclasses import astuple, replace
from multiprocessing import Pipe
from statistics import median
from time import perf_counter
from typing import Any

from torchcodec.decoders import ColorConverter, Demuxer, VideoDecoder

from vdlab.benchmark.choosing import Looked, by_kind
from vdlab.gops.batches import Arrays, packed
from vdlab.loaders.bare import frames_of
from vdlab.results.records import CollectionFacts, Spent
from vdlab.video.collection import Wanted

ENOUGH = 3
"""Videos of each kind that are timed, if there are so many: the middle one counts."""


def with_spent(collection: CollectionFacts, looked: Sequence[Looked], seconds: float) -> CollectionFacts:
    """The same, with what the time of each kind of video goes into; the most frequent first, for about so long."""
    begin = perf_counter()
    kinds = by_kind(looked)
    strata = []
    for stratum in collection.strata:
        alike = [one.wanted for one in kinds[stratum.codec, stratum.size, stratum.length][:ENOUGH]]
        spent = spent_on_all(alike) if perf_counter() - begin < seconds else None
        strata.append(replace(stratum, spent=spent))
    return replace(collection, strata=tuple(strata))


def spent_on_all(wanted: Sequence[Wanted]) -> Spent | None:
    """The median of each thing over several videos; None where none of them can be decoded."""
    found = []
    for one in wanted:
        try:
            found.append(astuple(spent_on(one)))
        except (RuntimeError, ValueError, IndexError, OSError):
            continue  # a damaged file; how many there are is told elsewhere
    return Spent(*map(median, zip(*found, strict=True))) if found else None


def spent_on(one: Wanted) -> Spent:
    """Seconds that a video takes of one thread, thing by thing, as TorchCodec does them.

    Opening is a decoder that scans nothing, scanning is what an exact one takes more. One frame's conversion is timed
    by itself; decoding is what is left of asking for the wanted frames. Moving is their way through a pipe.

    Raises:
        RuntimeError, ValueError, IndexError, OSError: the video cannot be decoded.
    """
    source: Any = one.source  # whose type TorchCodec says more narrowly than it takes it
    begin = perf_counter()
    VideoDecoder(source, seek_mode="approximate")
    opened = perf_counter()
    decoder = VideoDecoder(source, seek_mode="exact")
    scanned = perf_counter()
    batch = frames_of(one, decoder)
    decoded = perf_counter()
    opening, both = opened - begin, scanned - opened
    converting = len(batch) * seconds_a_conversion(source)
    return Spent(
        opening=opening,
        scanning=max(0.0, both - opening),
        decoding=max(0.0, decoded - scanned - converting),
        converting=converting,
        moving=seconds_to_move(packed(batch)),
    )


def seconds_a_conversion(source: Any) -> float:
    """How long a video's first frame takes to become RGB: the shortest of a few times."""
    demuxer, converter = Demuxer(source), ColorConverter("cpu")
    stream: Any = demuxer.streams[0]  # a video stream, which TorchCodec's types do not know
    decoder = stream.make_decoder("cpu", num_ffmpeg_threads=1)
    raw = next(raw for packet in demuxer for raw in decoder.decode(packet))
    took = []
    for _ in range(3):
        begin = perf_counter()
        converter.convert(raw)
        took.append(perf_counter() - begin)
    return min(took)


def seconds_to_move(arrays: Arrays) -> float:
    """How long frames take to be pickled, sent through a pipe and unpickled, as those of a worker process do."""
    receiver, sender = Pipe(duplex=False)
    begin = perf_counter()
    sending = threading.Thread(target=sender.send, args=(arrays,))
    sending.start()
    receiver.recv()
    seconds = perf_counter() - begin
    sending.join()
    return seconds
