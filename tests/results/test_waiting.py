"""Timelines: the numbers and words of traces made by hand, and that the chart shows just these."""

import io
from dataclasses import replace

import builders
import pytest

from vdlab import charts
from vdlab.charts.timeline import no_timeline, words_of_timelines
from vdlab.lab.tabs import View, timeline_tab
from vdlab.results.records import Results, Setting, Span, Trace
from vdlab.results.waiting import chunks, gaps, most_telling, trace_in_words, waiting_fraction, workers, worth_comparing

THREADS = Trace(
    Setting("threads", 2, 2.0), 2.0,
    (
        *(Span(0, "starting", 0.0, 0.1), Span(0, "decoding", 0.1, 1.0, 50)),
        *(Span(1, "starting", 0.5, 0.6), Span(1, "seeking", 0.6, 1.1, 1), Span(1, "decoding", 1.1, 2.0, 49)),
    ),
)  # fmt: skip
PROCESSES = Trace(
    Setting("processes", 1, 2.0), 4.0,
    (
        *(Span(0, "starting", 0.0, 0.2), Span(0, "decoding", 0.2, 1.0, 10), Span(0, "copying", 1.0, 1.5, 10)),
        *(Span(0, "starting", 2.0, 2.5), Span(0, "decoding", 2.5, 3.0, 10), Span(1, "copying", 3.5, 4.0, 20)),
    ),
)  # fmt: skip


TIMES = {
    "sequential": [2.0, 2.2, 2.1],
    "threads": [1.0, 1.1, 1.05],
    "processes": [4.0, 4.4, 4.2],
    "processes x1": [8.0],
}


@pytest.fixture
def traced() -> Results:
    return builders.results(TIMES, [PROCESSES, THREADS])


def with_swift_processes(*traces: Trace) -> Results:
    return builders.results(TIMES | {"processes": [0.1, 0.1, 0.1]}, traces)


def test_waiting_is_that_of_those_who_decode() -> None:
    assert gaps(workers(THREADS)["worker 1"], 2.0) == [(1.0, 2.0)]
    assert gaps(workers(THREADS)["worker 2"], 2.0) == [(0.0, 0.5)]
    assert waiting_fraction(THREADS) == pytest.approx((0.5 + 0.25) / 2)
    assert list(workers(PROCESSES)) == ["worker 1", "caller"]
    assert waiting_fraction(PROCESSES) == pytest.approx(1.5 / 4), "the caller has nothing to decode"


def test_a_chunk_begins_with_the_decoder_that_is_opened_for_it() -> None:
    assert [len(chunk) for chunk in chunks(workers(PROCESSES)["worker 1"])] == [3, 2]
    first = Span(0, "working", 0.0, 0.1)
    assert len(chunks([first, *workers(THREADS)["worker 2"]])) == 1, "what comes before it belongs to it"


def test_the_sentence_names_waiting_longest_chunk_and_its_worker() -> None:
    assert trace_in_words(THREADS) == (
        "threads x2: the 2 workers waited 38 % of 2.00 s; the longest of 2 chunks took 1.50 s, by worker 2, 20 % "
        "longer than the average one"
    )
    assert "the longest of 2 chunks took 1.50 s, by worker 1, 20 % longer" in trace_in_words(PROCESSES)
    alone = Trace(Setting("pyav", 1, 2.0), 1.0, (Span(0, "working", 0.0, 1.0),))
    assert trace_in_words(alone) == "pyav x1: the only worker waited 0 % of 1.00 s"
    even = replace(THREADS, spans=tuple(replace(span, begin=0.0, end=2.0) for span in THREADS.spans[1::3]))
    assert trace_in_words(even).endswith("by worker 2, as long as the others")


def test_the_fastest_setting_with_several_workers_is_shown_first(traced: Results) -> None:
    assert most_telling(traced, 2.0) == THREADS
    assert most_telling(traced, 5.0) is None
    spans = tuple(replace(span, end=span.begin + 0.1) for span in THREADS.spans)
    fast = Trace(Setting("processes", 2, 2.0), 0.5, spans)
    slow = builders.results(TIMES, [fast, THREADS])
    assert worth_comparing(slow, 2.0) == [THREADS], "processes took longer in the timed runs, whatever was recorded"
    swift = with_swift_processes(fast, THREADS)
    assert worth_comparing(swift, 2.0) == [fast, THREADS]
    assert [sentence.split(":")[0] for sentence in words_of_timelines(swift, 2.0)] == ["processes x2", "threads x2"]


def test_the_chart_has_a_row_a_worker_and_few_shapes_however_many_spans(traced: Results) -> None:
    ax = charts.timeline(traced, THREADS.setting)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["worker 1", "worker 2"]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"starting", "seeking", "decoding", "waiting"}
    waiting = next(patch for patch in ax.patches if patch.get_hatch() == "/////")
    assert waiting.get_path().get_extents().extents == pytest.approx([0.0, -0.36, 2.0, 1.36])
    many = tuple(Span(number % 40, "decoding", number / 100, (number + 1) / 100) for number in range(1000))
    crowded = builders.results({"threads x40": [10.0]}, [Trace(Setting("threads", 40, 2.0), 10.0, many)])
    drawn = charts.timeline(crowded)
    assert len(drawn.patches) == 2
    buffer = io.BytesIO()
    drawn.figure.savefig(buffer, format="svg")
    assert buffer.tell() < 400_000


def test_two_timelines_have_one_scale(traced: Results) -> None:
    two = with_swift_processes(replace(THREADS, setting=Setting("processes", 2, 2.0), seconds=8.0), THREADS)
    above, below = charts.timelines(two).figure.axes
    assert above.get_xlim() == below.get_xlim()
    assert above.get_xlim()[1] >= 8
    assert [panel.get_title(loc="right") for panel in (above, below)] == ["processes x2", "threads x2"]


def test_without_a_trace_there_is_a_reason(measured: Results) -> None:
    assert "No timeline was recorded at 2 fps: switch it on" in no_timeline(measured, 2.0)
    ax = charts.timeline(measured, fps=2)
    assert "No timeline was recorded" in ax.texts[-1].get_text()
    ax = charts.timeline(measured, Setting("threads", 7, 2.0))
    assert "threads x7 was not recorded" in ax.texts[-1].get_text()


def test_the_lab_keeps_the_setting_that_was_chosen(traced: Results) -> None:
    page = timeline_tab("Timeline", [charts.chart("timelines")])
    page.draw(View(traced, 2.0))
    choice, sheet = page.widget.children
    assert [text for text, _ in choice.options] == ["threads x2", "processes x1"]
    assert "waited 38 %" in sheet.value
    choice.value = PROCESSES.setting
    assert "<svg" in sheet.value
    page.draw(View(traced, 2.0))
    assert choice.value == PROCESSES.setting
    assert "processes x1: the only worker" in sheet.value
