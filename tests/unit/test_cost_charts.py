"""The charts of what speed costs: known numbers are drawn where they belong, and what is missing is said."""

from dataclasses import replace

import pytest
from matplotlib.axes import Axes

from vdlab import charts
from vdlab.charts.breakdown import shares
from vdlab.charts.canvas import DOING, colour
from vdlab.results.records import Peak, Results, Run, Span, Trace

COST = (charts.cpu, charts.memory, charts.breakdown, charts.cold)
NAMES = (
    "sequential",
    "threads",
    "processes",
    "a-strategy-with-a-name-that-somebody-made-up",
    *map("s{}".format, range(6)),
)


@pytest.fixture
def costly(measured: Results) -> Results:
    """A sweep with everything: cold starts of 9 and 3 s, peaks of 1.5 and 2 times the frames, two traces."""
    cold = [
        replace(run, phase="warmup", seconds=9.0 if run.strategy == "processes" else 3.0, round=number)
        for run in measured.runs
        if run.round == 1
        for number in (1, 2)
    ]
    cold = [replace(run, seconds=run.seconds / 3) if run.round == 2 else run for run in cold]
    halves = (Span(0, "decoding", 0.0, 1.0, 50), Span(1, "seeking", 0.0, 0.2, 1), Span(1, "decoding", 0.2, 0.5, 49))
    return replace(
        measured,
        runs=cold + measured.runs,
        peaks=[Peak("threads", 2, 2.0, 1, 150_000_000, 100_000_000), Peak("processes", 2, 2.0, 1, 2 * 10**8, 10**8)],
        traces=[
            Trace("sequential", 1, 2.0, 1, 2.0, (Span(0, "decoding", 0.0, 2.0, 100),)),
            Trace("threads", 2, 2.0, 1, 1.0, halves),
        ],
    )


def texts(ax: Axes) -> str:
    legend = ax.get_legend()
    return "\n".join(text.get_text() for text in [*ax.texts, *(legend.get_texts() if legend else [])])


def test_wall_and_cpu_time_are_where_they_belong(costly: Results) -> None:
    ax = charts.cpu(costly)
    marks = {
        line.get_color(): (line.get_xdata()[0], line.get_ydata()[0])
        for line in ax.get_lines()
        if line.get_marker() == "o" and len(line.get_xdata())
    }
    assert marks[colour("threads")] == pytest.approx((2.1, 1.05))
    assert marks[colour("processes")] == pytest.approx((8.4, 4.2))
    assert "processes x2\n+4.20 CPU s, +100%" in texts(ax)
    assert "threads x2\n-2.10 CPU s, -50%" in texts(ax)
    ideals = [line for line in ax.get_lines() if len(line.get_xdata()) == 2 and line.get_zorder() == 0]
    assert sorted(line.get_xdata()[1] / line.get_ydata()[1] for line in ideals) == pytest.approx([1, 2])


@pytest.mark.parametrize("spent", [0.0, 0.01])
def test_runs_too_short_to_be_counted_in_cpu_time_are_drawn(measured: Results, spent: float) -> None:
    runs = [replace(run, cpu_seconds=0.0 if run.strategy == "sequential" else spent) for run in measured.runs]
    assert f"threads x2\n+{spent:.2f} CPU s" in texts(charts.cpu(replace(measured, runs=runs)))


def test_memory_is_split_at_the_result(costly: Results) -> None:
    ax = charts.memory(costly)
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, 100), (100, 50), (0, 100), (100, 100)]
    assert "150 MB, 1.5x the frames" in texts(ax)


def test_a_result_outside_of_the_memory_that_was_watched_is_no_negative_bar(costly: Results) -> None:
    """As on a GPU."""
    ax = charts.memory(replace(costly, peaks=[Peak("cuda", 1, 2.0, 1, 40_000_000, 100_000_000)]))
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, 40), (40, 0)]


def test_time_is_shared_out_over_the_workers(costly: Results) -> None:
    assert shares(costly.traces[0]) == {"decoding": 1.0}
    assert shares(costly.traces[1]) == pytest.approx({"seeking": 0.1, "decoding": 0.65, "waiting": 0.25})
    ax = charts.breakdown(costly)
    assert sum(bar.get_width() for bar in ax.patches if bar.get_y() > 0.5) == pytest.approx(1.0)
    assert set(texts(ax).splitlines()) >= {"decoding", "seeking", "waiting", "65%"}
    assert "copying" not in texts(ax)


def test_a_caller_that_takes_turns_with_its_workers_is_no_third_one() -> None:
    work = (Span(0, "starting", 0, 1), Span(1, "decoding", 1, 3), Span(2, "decoding", 1, 3), Span(0, "copying", 3, 4))
    found = shares(Trace("threads", 2, 2.0, 1, 4.0, work))
    assert found == pytest.approx({"starting": 1 / 8, "decoding": 1 / 2, "copying": 1 / 8, "waiting": 1 / 4})


def test_one_that_works_beside_its_workers_makes_no_more_than_the_whole() -> None:
    busy = tuple(Span(worker, "decoding", 0, 1) for worker in range(3))
    assert shares(Trace("threads", 2, 2.0, 1, 1.0, busy)) == {"decoding": 1.0}


def test_the_cold_start_is_the_first_warm_up_and_no_other(costly: Results) -> None:
    ax = charts.cold(costly)
    diamonds = [line.get_xdata()[0] for line in ax.get_lines() if line.get_marker() == "D" and len(line.get_xdata())]
    assert diamonds == [3.0, 3.0, 9.0]
    assert "+4.80 s, 2.1x" in texts(ax)


@pytest.mark.parametrize(
    ("draw", "settings", "finished", "says"),
    [
        (charts.cpu, {}, "now", "No run has been timed at 2 fps"),
        (charts.memory, {}, "now", "No memory was measured at 2 fps: switch it on"),
        (charts.memory, {"memory": True}, None, "No memory was measured at 2 fps yet"),
        (charts.memory, {"memory": True}, "now", "the warnings say why"),
        (charts.breakdown, {}, "now", "with Timeline under Measuring, elsewhere with --trace"),
        (charts.cold, {"warmup": 0}, "now", "ask for at least one warm-up"),
        (charts.cold, {"warmup": 1}, None, "the first timed runs follow"),
    ],
)
def test_what_is_missing_is_said_in_the_figure(
    measured: Results, draw: object, settings: dict, finished: str | None, says: str
) -> None:
    runs = [] if draw is charts.cpu else measured.runs
    bare = replace(measured, runs=runs, settings=measured.settings | settings, finished=finished)
    ax = draw(bare)
    assert says in texts(ax).replace("\n", " ")
    assert not ax.patches
    assert not ax.axison


@pytest.mark.parametrize("draw", COST)
@pytest.mark.parametrize("count", [1, 10])
def test_one_strategy_and_ten_with_times_far_apart_fit(draw: object, count: int, measured: Results) -> None:
    seconds = [0.01 * 3**number for number in range(count)]
    runs = [
        Run(name, 16, 2.0, number, phase, 10, "identical", time * number, time)
        for name, time in zip(NAMES, seconds, strict=False)
        for phase in ("warmup", "timed")
        for number in (1, 2)
    ]
    spans = tuple(Span(number, doing, 0.0, 0.005) for number, doing in enumerate(DOING) if doing != "waiting")
    ax = draw(
        replace(
            measured,
            runs=runs,
            peaks=[Peak(run.strategy, 16, 2.0, 1, 3 * 10**9, 10**9) for run in runs[::4]],
            traces=[Trace(run.strategy, 16, 2.0, 1, run.seconds, spans) for run in runs[::4]],
        )
    )
    figure = ax.figure
    figure.draw_without_rendering()
    inside = figure.get_tightbbox()
    assert inside.x0 >= -0.05
    assert inside.x1 <= figure.get_figwidth() + 0.05
    assert ax.get_window_extent().width > 0.3 * figure.bbox.width
