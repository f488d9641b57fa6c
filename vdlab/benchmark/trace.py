"""From what was recorded to a trace: a row for each worker, small enough to keep."""

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import NamedTuple, get_args

from vdlab.results.records import Setting, Span, Trace
from vdlab.tracing.spans import Doing, Mark

MOST_SPANS = 1000
"""In a trace, so that a results file stays small. A chart is not much wider in pixels."""

TOUCHING = 100
"""Microseconds. Spans with no more between them belong together: nothing waits so briefly."""

Worker = tuple[int, int]


class Interval(NamedTuple):
    """What one worker did, in whole microseconds since the strategy was called."""

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
    rows = {worker: without_overlap(intervals) for worker, intervals in by_worker(marks, begin, length).items()}
    if set(rows) <= {caller}:
        # Whoever is alone waits for nobody: what was not seen is work.
        rows = {caller: without_gaps(rows.get(caller, []), length)}
    rows = {worker: merged(intervals) for worker, intervals in rows.items()}
    small, width = rows, length // 4000
    while sum(map(len, small.values())) > max(MOST_SPANS, len(rows) * len(get_args(Doing))):
        width = 2 * width + 1
        small = {worker: coarser(intervals, width) for worker, intervals in rows.items()}
    spans = (
        Span(number, interval.doing, interval.begin / 1e6, interval.end / 1e6, interval.frames)
        for number, intervals in enumerate(sorted(small.values(), key=lambda intervals: intervals[0].begin))
        for interval in intervals
    )
    return Trace(setting, length / 1e6, tuple(spans))


def by_worker(marks: Iterable[Mark], begin: int, length: int) -> dict[Worker, list[Interval]]:
    """The intervals of each worker by time, cut where the run begins and ends."""
    rows: dict[Worker, list[Interval]] = {}
    for mark in sorted(marks, key=lambda mark: (mark.begin, mark.end)):
        since, until = max(0, (mark.begin - begin) // 1000), min(length, (mark.end - begin) // 1000)
        if since < until or (since == until and mark.frames):
            rows.setdefault((mark.process, mark.thread), []).append(Interval(mark.doing, since, until, mark.frames))
    return rows


def without_overlap(intervals: Sequence[Interval]) -> list[Interval]:
    """Each ends where the next one begins, at the latest: a result can be on its way while the worker goes on."""
    return [
        *(interval._replace(end=min(interval.end, following.begin)) for interval, following in pairwise(intervals)),
        *intervals[-1:],
    ]


def without_gaps(intervals: Sequence[Interval], length: int) -> list[Interval]:
    """The gaps between the intervals filled with `working`, from the run's beginning to its end."""
    ends, begins = [0, *(interval.end for interval in intervals)], [*(interval.begin for interval in intervals), length]
    gaps = [Interval("working", end, begin, 0) for end, begin in zip(ends, begins, strict=True) if begin > end]
    return sorted([*intervals, *gaps], key=lambda interval: (interval.begin, interval.end))


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Neighbours that do the same as one; the few lines of Python between two calls belong to what came before."""
    result: list[Interval] = []
    for interval in intervals:
        last = result[-1] if result else None
        if last is None or interval.begin - last.end > TOUCHING:
            result.append(interval)
        elif interval.doing == last.doing or is_brief(interval):
            result[-1] = last._replace(end=interval.end, frames=last.frames + interval.frames)
        elif is_brief(last):
            result[-1] = interval._replace(begin=last.begin, frames=last.frames + interval.frames)
        else:
            result.append(interval)
    return result


def is_brief(interval: Interval) -> bool:
    return interval.doing == "working" and interval.end - interval.begin <= TOUCHING


def coarser(intervals: Sequence[Interval], width: int) -> list[Interval]:
    """Pieces that lie within `width` microseconds put together by what was done; times and frames stay as they are."""
    groups: list[list[Interval]] = []
    for interval in intervals:
        if groups and interval.end - groups[-1][0].begin <= width:
            groups[-1].append(interval)
        else:
            groups.append([interval])
    return merged(chain.from_iterable(map(regrouped, groups)))


def regrouped(group: Sequence[Interval]) -> list[Interval]:
    """One interval for each thing done, one after the other from where the group begins."""
    begin = group[0].begin
    result = []
    for doing in dict.fromkeys(interval.doing for interval in group):
        same = [interval for interval in group if interval.doing == doing]
        end = begin + sum(interval.end - interval.begin for interval in same)
        result.append(Interval(doing, begin, end, sum(interval.frames for interval in same)))
        begin = end
    return result
