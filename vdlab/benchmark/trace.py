"""From what was recorded to a trace: a row for each worker, small enough to keep."""

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import NamedTuple, get_args

from vdlab.results.records import Setting, Span, Trace
from vdlab.tracing.spans import Doing, Mark

MOST_SPANS = 1000
"""In a trace, so that a results file stays small. A chart is not much wider in pixels."""

TOUCHING = 100
"""Microseconds. Spans that are no further apart belong together: nothing waits so briefly."""

Worker = tuple[int, int]


class Piece(NamedTuple):
    """A span of one worker, in whole microseconds since the strategy was called."""

    doing: Doing
    begin: int
    end: int
    frames: int


def trace(setting: Setting, marks: Sequence[Mark], begin: int, end: int, caller: Worker) -> Trace:
    """The trace of a run.

    Args:
        marks: what was recorded, in any order; what lies outside the run is left out.
        begin, end: of the run, in nanoseconds of the marks' clock.
        caller: process and thread that called the strategy.
    """
    length = (end - begin) // 1000
    rows = {worker: apart(pieces) for worker, pieces in by_worker(marks, begin, length).items()}
    if set(rows) <= {caller}:
        # Whoever is alone waits for nobody: what was not seen is work.
        rows = {caller: filled(rows.get(caller, []), length)}
    rows = {worker: merged(pieces) for worker, pieces in rows.items()}
    small, width = rows, length // 4000
    while sum(map(len, small.values())) > max(MOST_SPANS, len(rows) * len(get_args(Doing))):
        width = 2 * width + 1
        small = {worker: coarser(pieces, width) for worker, pieces in rows.items()}
    spans = (
        Span(number, piece.doing, piece.begin / 1e6, piece.end / 1e6, piece.frames)
        for number, pieces in enumerate(sorted(small.values(), key=lambda pieces: pieces[0].begin))
        for piece in pieces
    )
    about = (setting.strategy, setting.workers, setting.fps, setting.ffmpeg_threads)
    return Trace(*about, length / 1e6, tuple(spans))


def by_worker(marks: Iterable[Mark], begin: int, length: int) -> dict[Worker, list[Piece]]:
    """The pieces of each worker by time, cut where the run begins and ends."""
    rows: dict[Worker, list[Piece]] = {}
    for mark in sorted(marks, key=lambda mark: (mark.begin, mark.end)):
        since, until = max(0, (mark.begin - begin) // 1000), min(length, (mark.end - begin) // 1000)
        if since < until or (since == until and mark.frames):
            rows.setdefault((mark.process, mark.thread), []).append(Piece(mark.doing, since, until, mark.frames))
    return rows


def apart(pieces: Sequence[Piece]) -> list[Piece]:
    """Each ends where the next one begins, at the latest: a result can be on its way while the worker goes on."""
    return [
        *(piece._replace(end=min(piece.end, following.begin)) for piece, following in pairwise(pieces)),
        *pieces[-1:],
    ]


def filled(pieces: Sequence[Piece], length: int) -> list[Piece]:
    """The gaps between the pieces filled with `working`, from the run's beginning to its end."""
    ends, begins = [0, *(piece.end for piece in pieces)], [*(piece.begin for piece in pieces), length]
    gaps = [Piece("working", end, begin, 0) for end, begin in zip(ends, begins, strict=True) if begin > end]
    return sorted([*pieces, *gaps], key=lambda piece: (piece.begin, piece.end))


def merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours that do the same as one; the few lines of Python between two calls belong to what came before."""
    result: list[Piece] = []
    for piece in pieces:
        last = result[-1] if result else None
        if last is None or piece.begin - last.end > TOUCHING:
            result.append(piece)
        elif piece.doing == last.doing or is_brief(piece):
            result[-1] = last._replace(end=piece.end, frames=last.frames + piece.frames)
        elif is_brief(last):
            result[-1] = piece._replace(begin=last.begin, frames=last.frames + piece.frames)
        else:
            result.append(piece)
    return result


def is_brief(piece: Piece) -> bool:
    return piece.doing == "working" and piece.end - piece.begin <= TOUCHING


def coarser(pieces: Sequence[Piece], width: int) -> list[Piece]:
    """Pieces that lie within `width` microseconds put together by what was done; times and frames stay as they are."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups and piece.end - groups[-1][0].begin <= width:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return merged(chain.from_iterable(map(regrouped, groups)))


def regrouped(group: Sequence[Piece]) -> list[Piece]:
    """One piece for each thing done, one after the other from where the group begins."""
    begin = group[0].begin
    result = []
    for doing in dict.fromkeys(piece.doing for piece in group):
        same = [piece for piece in group if piece.doing == doing]
        end = begin + sum(piece.end - piece.begin for piece in same)
        result.append(Piece(doing, begin, end, sum(piece.frames for piece in same)))
        begin = end
    return result
