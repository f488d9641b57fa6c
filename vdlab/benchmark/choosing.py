"""Which videos of a collection are measured: few enough for the time there is, and as the collection is made up."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from time import perf_counter

import numpy as np
from torchcodec.decoders import VideoDecoder

from vdlab.errors import VideoError
from vdlab.loaders.bare import load
from vdlab.results.records import CollectionFacts, Stratum
from vdlab.video.collection import VideoInput, Wanted
from vdlab.video.video import VideoFacts

LOOKED_AT = 400
"""Files that are opened at most to see what there is: then a kind of which there is 1 in 100 is missed 1 time in 50."""

FEWEST = 8
"""Videos that are measured whatever the budget, if there are as many."""

MOST = 1000
"""Videos that are measured at most: more make no interval narrower."""

TRIED = 5
"""Kinds of video of which one is decoded to see how long that takes."""

Kind = tuple[str, str, str]
"""Codec, size and length in words."""

HEIGHTS = (240, 360, 480, 720, 1080, 2160)
SECONDS = (5, 30, 300)


@dataclass(frozen=True)
class Looked:
    """A video, and what its header says; None where it could not be opened."""

    wanted: Wanted
    facts: VideoFacts | None

    @property
    def kind(self) -> Kind:
        """Which videos it is like."""
        if self.facts is None:
            return "unreadable", "of unknown size", "of unknown length"
        height, seconds = min(self.facts.width, self.facts.height), self.facts.duration_seconds
        return self.facts.codec, up_to(height, HEIGHTS, "p"), up_to(seconds, SECONDS, " s")


def up_to(value: float, bounds: Sequence[int], unit: str) -> str:
    """The least of the bounds that a value does not exceed, in words."""
    found = next((bound for bound in bounds if value <= bound), None)
    return f"over {bounds[-1]}{unit}" if found is None else f"up to {found}{unit}"


@dataclass(frozen=True)
class Chosen:
    """The videos that are measured, in random order, and what is said of them and of all; after so many seconds."""

    looked: list[Looked]
    collection: CollectionFacts
    facts: VideoFacts
    seconds: float = 0.0


def look(wanted: Sequence[Wanted], seconds: float, order: np.random.Generator, most: int = LOOKED_AT) -> list[Looked]:
    """Open at most so many videos drawn at random, for about so many seconds."""
    drawn = order.permutation(len(wanted))[:most]
    found: list[Looked] = []
    begin = perf_counter()
    for number in drawn.tolist():
        if len(found) >= FEWEST and perf_counter() - begin > seconds:
            break
        found.append(Looked(wanted[number], header(wanted[number].source)))
    return found


def header(source: VideoInput) -> VideoFacts | None:
    """What a video's header says; None where it cannot be opened or does not say how large its frames are."""
    try:
        said = VideoDecoder(source, seek_mode="approximate").metadata  # type: ignore[arg-type]  # takes any of them
    except (RuntimeError, ValueError, OSError):
        return None
    if not said.width or not said.height:
        return None
    return VideoFacts(
        path=str(source) if not isinstance(source, bytes) else "",
        codec=said.codec or "unknown",
        width=said.width,
        height=said.height,
        average_fps=said.average_fps or 1.0,
        num_frames=said.num_frames or 1,
        duration_seconds=said.duration_seconds or 0.0,
    )


def by_kind(looked: Sequence[Looked]) -> dict[Kind, list[Looked]]:
    """Videos that are alike, the most frequent kind first; within a kind as they come."""
    kinds: dict[Kind, list[Looked]] = defaultdict(list)
    for one in looked:
        kinds[one.kind].append(one)
    return dict(sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0])))


def choose(looked: Sequence[Looked], listed: int, most: int, name: str, order: np.random.Generator) -> Chosen:
    """Take at most about `most` videos, of each kind in proportion to how many there are, and at least one.

    Args:
        looked: the videos to choose from.
        listed: how many the collection has.
        name: of the collection.

    Raises:
        VideoError: none of them can be opened.
    """
    kinds = by_kind(looked)
    counts = proportional([len(alike) for alike in kinds.values()], most)
    taken = [alike[:count] for alike, count in zip(kinds.values(), counts, strict=True)]  # in random order already
    chosen = list(chain.from_iterable(taken))
    readable = [one.facts for one in chosen if one.facts]
    if not readable:
        raise VideoError(f"{name}: none of the {len(looked):,} videos that were looked at can be opened")
    strata = tuple(
        Stratum(*kind, found=len(alike), sampled=count)
        for (kind, alike), count in zip(kinds.items(), counts, strict=True)
    )
    unreadable = sum(one.facts is None for one in looked)
    collection = CollectionFacts(listed, len(looked), unreadable, len(chosen), strata)
    return Chosen([chosen[number] for number in order.permutation(len(chosen))], collection, together(name, readable))


def proportional(sizes: Sequence[int], most: int) -> list[int]:
    """How many to take of each kind: in proportion, by largest remainders, at least one of each and never too many."""
    most = min(most, sum(sizes))
    exact = [Fraction(size * most, sum(sizes)) for size in sizes]
    counts = [max(1, int(quota)) for quota in exact]
    by_remainder = sorted(range(len(sizes)), key=lambda number: exact[number] - int(exact[number]), reverse=True)
    for number in by_remainder:
        if sum(counts) < most and counts[number] < sizes[number]:
            counts[number] += 1
    return counts


def together(name: str, facts: Sequence[VideoFacts]) -> VideoFacts:
    """What can be said of several videos at once: their codecs, the largest picture, all frames."""
    seconds = sum(one.duration_seconds for one in facts)
    frames = sum(one.num_frames for one in facts)
    largest = max(facts, key=lambda one: one.width * one.height)
    return VideoFacts(
        path=name,
        codec=", ".join(sorted({one.codec for one in facts})),
        width=largest.width,
        height=largest.height,
        average_fps=frames / seconds if seconds else largest.average_fps,
        num_frames=frames,
        duration_seconds=seconds,
    )


def seconds_a_video(looked: Sequence[Looked]) -> float:
    """About how long a thread decodes a video of the collection, by one of each of its most frequent kinds."""
    frequent = list(by_kind(looked).values())[:TRIED]
    took = []
    for alike in frequent:
        begin = perf_counter()
        load(alike[0].wanted)
        took.append(perf_counter() - begin)
    return float(np.average(took, weights=list(map(len, frequent))))
