"""Traces of anything that could be recorded: in order, within the run, small, and nothing lost."""

import json
from dataclasses import asdict
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from vdlab.benchmark.trace import MOST_SPANS, trace
from vdlab.results.records import Setting, Span, Trace
from vdlab.tracing.spans import Mark

BEGIN = 10**15
CALLER = (1, 1)
SETTING = Setting("threads", 2, 2.0)
DOINGS = st.sampled_from(["starting", "seeking", "decoding", "copying", "working"])


@st.composite
def recorded(draw: st.DrawFn) -> list[Mark]:
    """What several workers noted, each one thing after the other, with and without a pause."""
    marks = []
    for worker in range(draw(st.integers(0, 4))):
        now = BEGIN + draw(st.integers(-(10**6), 10**9))
        for _ in range(draw(st.integers(1, 30))):
            now += draw(st.sampled_from([0, 500, 50_000, 20_000_000]))
            end = now + draw(st.sampled_from([300, 7_000, 90_000, 3_000_000, 400_000_000]))
            marks.append(Mark(1, worker, draw(DOINGS), now, end, draw(st.integers(0, 9))))
            now = end
    return marks


def check_order(found: Trace) -> None:
    assert list(dict.fromkeys(span.worker for span in found.spans)) == sorted({span.worker for span in found.spans})
    for span in found.spans:
        assert 0 <= span.begin <= span.end <= found.seconds
    for one, following in pairwise(found.spans):
        assert one.worker < following.worker or one.end <= following.begin


@settings(max_examples=50)
@given(recorded())
def test_spans_are_apart_within_the_run_and_keep_their_frames(marks: list[Mark]) -> None:
    end = max(BEGIN + 10**9, *(mark.end for mark in marks)) + 1000 if marks else BEGIN + 10**9
    found = trace(SETTING, marks, BEGIN, end, CALLER)
    check_order(found)
    inside = [mark for mark in marks if mark.end > BEGIN + 1000]
    assert sum(span.frames for span in found.spans) >= sum(mark.frames for mark in inside)


def alternating(workers: int, groups: int) -> list[Mark]:
    """Decoding and copying in turns, as threads do that fill the result frame by frame."""
    marks = []
    for worker in range(workers):
        now = BEGIN + 1000 * worker
        for _ in range(groups):
            for doing, length in (
                ("decoding", 5_000_000),
                ("working", 8_000),
                ("copying", 600_000),
                ("working", 7_000),
            ):
                marks.append(Mark(1, worker, doing, now, now + length, int(length > 9_000)))
                now += length
    return marks


def seconds(spans: tuple[Span, ...], doing: str, worker: int) -> float:
    return sum(span.end - span.begin for span in spans if (span.doing, span.worker) == (doing, worker))


def test_very_many_spans_become_few_and_say_the_same() -> None:
    for workers, groups in ((1, 14_000), (2, 719), (300, 20)):
        found = trace(SETTING, alternating(workers, groups), BEGIN, BEGIN + 10**11, CALLER)
        check_order(found)
        assert len(found.spans) <= max(MOST_SPANS, 5 * workers)
        for worker in (0, workers - 1):
            # Brief pieces of Python in between count with what came before them.
            assert abs(seconds(found.spans, "decoding", worker) - groups * 0.005008) < 1e-3 * groups * 0.005
            assert abs(seconds(found.spans, "copying", worker) - groups * 0.000607) < 1e-2 * groups * 0.0006
        assert sum(span.frames for span in found.spans if span.doing == "decoding") == workers * groups


def test_five_traces_of_1438_frames_are_less_than_a_megabyte() -> None:
    found = trace(SETTING, alternating(2, 719), BEGIN, BEGIN + 10**10, CALLER)
    assert len(json.dumps([asdict(found)] * 5, indent=1)) < 700_000


def test_who_is_alone_works_and_who_is_not_waits() -> None:
    copied = Mark(*CALLER, "copying", BEGIN + 4 * 10**8, BEGIN + 6 * 10**8, 3)
    decoded = Mark(2, 1, "decoding", BEGIN + 10**8, BEGIN + 3 * 10**8, 3)
    end = BEGIN + 10**9
    alone = trace(SETTING, [copied], BEGIN, end, CALLER)
    assert [(span.doing, span.begin, span.end) for span in alone.spans] == [
        ("working", 0, 0.4),
        ("copying", 0.4, 0.6),
        ("working", 0.6, 1),
    ]
    assert [span.doing for span in trace(SETTING, [], BEGIN, end, CALLER).spans] == ["working"]
    both = trace(SETTING, [copied, decoded], BEGIN, end, CALLER)
    assert both.spans == (Span(0, "decoding", 0.1, 0.3, 3), Span(1, "copying", 0.4, 0.6, 3))


def test_a_result_on_its_way_ends_where_the_worker_goes_on() -> None:
    sent = Mark(2, 1, "copying", BEGIN + 10**8, BEGIN + 3 * 10**8, 0)
    following = Mark(2, 1, "decoding", BEGIN + 2 * 10**8, BEGIN + 4 * 10**8, 3)
    found = trace(SETTING, [following, sent], BEGIN, BEGIN + 10**9, CALLER)
    assert found.spans == (Span(0, "copying", 0.1, 0.2, 0), Span(0, "decoding", 0.2, 0.4, 3))
