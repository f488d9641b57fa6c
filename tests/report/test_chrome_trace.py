"""The timelines as Perfetto opens them: the format's required fields, and the very seconds of the spans."""

import json
from collections import Counter
from pathlib import Path

import builders
import pytest

from vdlab.errors import SettingsError
from vdlab.report import write
from vdlab.results.records import Results, Span, Trace

SPANS = (
    Span(0, "starting", 0.0, 0.1),
    Span(1, "seeking", 0.1, 0.4, 1),
    Span(1, "decoding", 0.4, 1.0, 49),
    Span(2, "decoding", 0.1, 0.8, 50),
    Span(0, "copying", 1.0, 1.25, 100),
)


@pytest.fixture
def traced(measured: Results) -> Results:
    alone = Trace(builders.setting("sequential"), 2.0, (Span(0, "decoding", 0.0, 2.0, 100),))
    return builders.add(measured, Trace(builders.setting("threads"), 1.25, SPANS), alone)


def test_events_have_what_the_format_requires(traced: Results, tmp_path: Path) -> None:
    read = json.loads(write(traced, tmp_path / "timeline.trace.json").read_text())
    assert read["displayTimeUnit"] == "ms"
    assert {event["ph"] for event in read["traceEvents"]} == {"M", "X"}
    for event in read["traceEvents"]:
        assert isinstance(event["pid"], int)
        if event["ph"] == "X":
            assert isinstance(event["tid"], int)
            assert isinstance(event["name"], str)
            assert event["ts"] >= 0
            assert event["dur"] >= 0
        else:
            assert event["name"] in ("process_name", "process_sort_index", "thread_name")
            assert len(event["args"]) == 1


def test_the_microseconds_of_every_worker_are_those_of_its_spans(traced: Results, tmp_path: Path) -> None:
    events = json.loads(write(traced, tmp_path / "timeline.trace.json").read_text())["traceEvents"]
    processes = {event["args"]["name"]: event["pid"] for event in events if event["name"] == "process_name"}
    assert list(processes) == ["sequential x1 at 2 fps", "threads x2 at 2 fps"]
    own = [event for event in events if event["pid"] == processes["threads x2 at 2 fps"]]
    names = {event["tid"]: event["args"]["name"] for event in own if event["name"] == "thread_name"}
    assert list(names.values()) == ["worker 1", "worker 2", "caller"]
    spent: Counter[tuple[str, str]] = Counter()
    for event in own:
        if event["ph"] == "X":
            spent[names[event["tid"]], event["name"]] += event["dur"] / 1e6
    assert spent == pytest.approx(
        {
            ("worker 1", "seeking"): 0.3,
            ("worker 1", "decoding"): 0.6,
            ("worker 2", "decoding"): 0.7,
            ("caller", "starting"): 0.1,
            ("caller", "copying"): 0.25,
        }
    )
    assert max(event["ts"] + event["dur"] for event in own if event["ph"] == "X") == pytest.approx(1.25e6)
    assert sum(event["args"]["frames"] for event in own if event["ph"] == "X" and event["name"] != "copying") == 100


def test_without_a_timeline_there_is_a_line_that_says_what_to_do(measured: Results, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no timeline was recorded: measure with --trace"):
        write(measured, tmp_path / "timeline.trace.json")
    assert list(tmp_path.iterdir()) == []
