"""Timelines in the Trace Event Format, which Perfetto and chrome://tracing open."""

import json
from collections.abc import Iterator
from typing import Any

from vdlab.errors import SettingsError
from vdlab.results.records import Results, Trace
from vdlab.results.waiting import workers


def chrome_trace(results: Results) -> str:
    """Every recorded timeline as JSON: a process a setting, a thread a worker, an event a span; waiting is a gap.

    The format is "Trace Event Format" (Google, 2016): complete events, `"ph": "X"`, with begin and length in
    microseconds, and metadata events, `"ph": "M"`, with names.

    Raises:
        SettingsError: no timeline was recorded.
    """
    traces = [trace for trace in results.traces if trace.spans]
    if not traces:
        raise SettingsError("no timeline was recorded: measure with --trace, in the lab with Timeline under Measuring")
    events = [event for number, trace in enumerate(traces, start=1) for event in events_of(trace, number)]
    about = {"video": results.video.name, "measured": results.started, "version": f"VDLab {results.version}"}
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms", "otherData": about}, indent=1)


def events_of(trace: Trace, process: int) -> Iterator[dict[str, Any]]:
    """The names of a setting and of its workers, and what these did."""
    name = f"{trace.setting} at {trace.setting.fps:g} fps"
    yield {"ph": "M", "name": "process_name", "pid": process, "args": {"name": name}}
    yield {"ph": "M", "name": "process_sort_index", "pid": process, "args": {"sort_index": process}}
    for thread, (worker, spans) in enumerate(workers(trace).items(), start=1):
        where = {"pid": process, "tid": thread}
        yield {"ph": "M", "name": "thread_name", **where, "args": {"name": worker}}
        for span in spans:
            when = {"ts": 1e6 * span.begin, "dur": 1e6 * (span.end - span.begin)}
            yield {"ph": "X", "name": span.doing, "cat": "worker", **where, **when, "args": {"frames": span.frames}}
