"""Charts: known numbers are drawn where they belong, and what is missing is said."""

from dataclasses import replace
from pathlib import Path

import builders
import pytest
from matplotlib.axes import Axes

from vdlab import charts
from vdlab.charts.breakdown import fractions
from vdlab.charts.canvas import DOING, colour
from vdlab.charts.gop_map import AGAIN, no_gop_map
from vdlab.charts.laws import steepest
from vdlab.errors import SettingsError
from vdlab.results.decoded import where_seeking_ends
from vdlab.results.records import Decoded, Peak, Results, Run, Setting, Span, Trace, Work
from vdlab.results.scaling import LAWS, best_workers, scaling

COST = (charts.cpu, charts.memory, charts.breakdown, charts.cold)
NAMES = (
    "sequential",
    "threads",
    "processes",
    "a-strategy-with-a-name-that-somebody-made-up",
    *map("s{}".format, range(6)),
)
TIMES = {"sequential": [2.0, 2.2, 2.1], "threads": [1.0, 1.1, 1.05], "processes": [4.0, 4.4, 4.2]}
THREADS, PROCESSES = Setting("threads", 2, 2.0), Setting("processes", 2, 2.0)
FRAME_TYPES, WANTED = "PbKbBbP?", "00010000"
ROWS = (
    Decoded(Setting("sequential", 1, 2.0), 700, 0, 500, "00111100"),
    Decoded(THREADS, 900, 100, 400, "01222100"),
    Decoded(Setting("pruned-threads", 2, 2.0), 300, 0, 900, "00110000"),
)


@pytest.fixture
def costly() -> Results:
    """A sweep with everything: cold starts of 9 and 3 s, peaks of 1.5 and 2 times the frames, two traces."""
    cold = [
        builders.run(name, seconds / number, phase="warmup", round=number)
        for name, seconds in {"sequential": 3.0, "threads": 3.0, "processes": 9.0}.items()
        for number in (1, 2)
    ]
    halves = (Span(0, "decoding", 0.0, 1.0, 50), Span(1, "seeking", 0.0, 0.2, 1), Span(1, "decoding", 0.2, 0.5, 49))
    peaks = [Peak(THREADS, 150_000_000, 100_000_000), Peak(PROCESSES, 2 * 10**8, 10**8)]
    alone = Trace(Setting("sequential", 1, 2.0), 2.0, (Span(0, "decoding", 0.0, 2.0, 100),))
    return builders.results(TIMES, [*cold, *peaks, alone, Trace(THREADS, 1.0, halves)])


@pytest.fixture
def counted(measured: Results) -> Results:
    """An excerpt at the rate that was measured, and what is decoded at two others."""
    builders.add(measured, *ROWS)
    work = Work(2.0, 100, 1200, (), 690, "", 40, FRAME_TYPES, WANTED)
    few = Work(0.1, 5, 1200, tuple(replace(row, frames=row.frames // 4, left_out=1000) for row in ROWS), 170)
    all_of_them = Work(25.0, 1200, 1200, tuple(replace(row, frames=1500, left_out=0) for row in ROWS), 1200)
    return replace(measured, work=[work, all_of_them, few])


def texts(ax: Axes) -> str:
    legend = ax.get_legend()
    return "\n".join(text.get_text() for text in [*ax.texts, *(legend.get_texts() if legend else [])])


def test_the_catalogue_names_what_can_be_called() -> None:
    for one in charts.CHARTS:
        assert getattr(charts, one.name) is one.draw
        assert one.question.endswith("?")
        assert one.shows
        assert one.caption.endswith(".")
        assert charts.chart(one.name) is one
    with pytest.raises(SettingsError, match="unknown chart 'speedups'; did you mean speedup"):
        charts.chart("speedups")


@pytest.mark.parametrize("chart", charts.CHARTS, ids=lambda chart: chart.name)
def test_without_anything_measured_every_chart_gives_its_reason(chart: charts.Chart) -> None:
    bare = builders.results()
    reason = chart.lacking(bare, 2.0)
    assert reason
    ax = chart.draw(bare, fps=2.0)
    assert " ".join(reason.split()) in texts(ax).replace("\n", " ")
    assert ax.get_title(loc="left")
    assert not ax.axison


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
    runs = [replace(run, cpu_seconds=spent * (run.setting.strategy != "sequential")) for run in measured.runs]
    assert f"threads x2\n+{spent:.2f} CPU s" in texts(charts.cpu(builders.results(records=runs)))


def test_memory_is_split_at_the_result(costly: Results) -> None:
    ax = charts.memory(costly)
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, 100), (100, 50), (0, 100), (100, 100)]
    assert "150 MB, 1.5x the frames" in texts(ax)


def test_a_result_outside_of_the_memory_that_was_watched_is_no_negative_bar() -> None:
    """As on a GPU."""
    peaks = [Peak(Setting(name, 1, 2.0), 40_000_000, 100_000_000) for name in ("cuda", "sequential")]
    ax = charts.memory(builders.results(records=peaks))
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == 2 * [(0, 40), (40, 0)]


def test_time_is_divided_over_the_workers(costly: Results) -> None:
    assert fractions(costly.traces[0]) == {"decoding": 1.0}
    assert fractions(costly.traces[1]) == pytest.approx({"seeking": 0.1, "decoding": 0.65, "waiting": 0.25})
    ax = charts.breakdown(costly)
    assert sum(bar.get_width() for bar in ax.patches if bar.get_y() > 0.5) == pytest.approx(1.0)
    assert set(texts(ax).splitlines()) >= {"decoding", "seeking", "waiting", "65%"}
    assert "copying" not in texts(ax)


def test_a_caller_that_takes_turns_with_its_workers_is_no_third_one() -> None:
    work = (Span(0, "starting", 0, 1), Span(1, "decoding", 1, 3), Span(2, "decoding", 1, 3), Span(0, "copying", 3, 4))
    found = fractions(Trace(THREADS, 4.0, work))
    assert found == pytest.approx({"starting": 1 / 8, "decoding": 1 / 2, "copying": 1 / 8, "waiting": 1 / 4})


def test_one_that_works_beside_its_workers_makes_no_more_than_the_whole() -> None:
    busy = tuple(Span(worker, "decoding", 0, 1) for worker in range(3))
    assert fractions(Trace(THREADS, 1.0, busy)) == {"decoding": 1.0}


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
    plan = replace(measured.plan, **settings)
    bare = builders.results({} if draw is charts.cpu else TIMES, plan=plan, finished=finished and measured.finished)
    ax = draw(bare)
    assert says in texts(ax).replace("\n", " ")
    assert not ax.patches
    assert not ax.axison


@pytest.mark.parametrize("draw", COST)
@pytest.mark.parametrize("count", [2, 10])
def test_two_strategies_and_ten_with_times_far_apart_fit(draw: object, count: int) -> None:
    spans = tuple(Span(number, doing, 0.0, 0.005) for number, doing in enumerate(DOING) if doing != "waiting")
    records: list[Run | Peak | Trace] = []
    for number, name in enumerate(NAMES[:count]):
        setting, seconds = Setting(name, 16, 2.0), 0.01 * 3**number
        records += [
            builders.run(setting, seconds * round_number, phase=phase, round=round_number)
            for phase in ("warmup", "timed")
            for round_number in (1, 2)
        ]
        records += [Peak(setting, 3 * 10**9, 10**9), Trace(setting, seconds, spans)]
    ax = draw(builders.results(records=records))
    figure = ax.figure
    figure.draw_without_rendering()
    inside = figure.get_tightbbox()
    assert inside.x0 >= -0.05
    assert inside.x1 <= figure.get_figwidth() + 0.05
    assert ax.get_window_extent().width > 0.3 * figure.bbox.width


ALONE = {
    "time": "threads x2, the only setting that was timed, took 1.05 s, 1.00 to 1.10 s in 3 runs",
    "cpu": "and 2.10 s of CPU time",
    "memory": "threads x2 takes 150 MB, 1.5x the frames",
    "breakdown": "threads x2: of 1.00 s its workers spent 100% decoding",
    "timelines": "threads x2: the only worker waited 0 % of 1.00 s",
    "cold": "threads x2 takes 3.00 s cold, and 1.05 s warm",
}


@pytest.mark.parametrize("name", ALONE)
def test_a_chart_of_a_single_value_says_that_value(name: str) -> None:
    """So do the report and the lab, which ask the catalogue why there is no chart."""
    trace = Trace(THREADS, 1.0, (Span(0, "decoding", 0.0, 1.0, 100),))
    records = [Peak(THREADS, 150_000_000, 100_000_000), trace, builders.run("threads", 3.0, phase="warmup")]
    alone = builders.results({"threads": [1.0, 1.1, 1.05]}, records)
    assert ALONE[name] in charts.chart(name).lacking(alone, 2.0)
    ax = charts.chart(name).draw(alone)
    assert ALONE[name].split()[0] in texts(ax)
    assert not ax.patches
    several = builders.add(alone, *builders.results({"sequential": [2.0, 2.2, 2.1]}).runs)
    assert name not in ("time", "cpu") or not charts.chart(name).lacking(several, 2.0)


def test_a_single_speedup_and_a_single_pair_are_said() -> None:
    alone = builders.results({"sequential": [2.0, 2.2, 2.1], "hybrid x2x4": [1.0, 1.1, 1.05]})
    assert "hybrid x2x4 is 2.00x [2.00, 2.00] as fast as sequential" in charts.chart("speedup").lacking(alone, 2.0)
    assert "hybrid x2x4 is 2.00x as fast as sequential" in charts.chart("hybrid").lacking(alone, 2.0)


def scaled(counts: tuple[int, ...], noise: tuple[float, ...] = (1.0, 1.02, 0.99)) -> Results:
    """Timings that follow a law, of threads beside sequential."""
    times = {"sequential x1": [10 * factor for factor in noise]}
    for count in counts:
        speedup = float(LAWS["usl"].speedup(count, 0.05, 0.01))
        times[f"threads x{count}"] = [10 * factor / speedup for factor in noise]
    plan = builders.plan(["sequential", "threads"])
    return builders.results(times, frames=600, plan=plan, machine=builders.machine(cpus_allowed=16))


def test_the_laws_are_drawn_with_the_best_number_of_workers(tmp_path: Path) -> None:
    measured = scaled((1, 2, 4, 8, 16))
    ax = charts.laws(measured)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any(label.startswith("Universal Scalability Law: contention 0.05 ") for label in labels)
    diamond = next(line for line in ax.get_lines() if line.get_marker() == "D")
    best = best_workers(scaling(measured, "threads").fits["usl"])
    assert diamond.get_xdata()[0] == best.value == pytest.approx(9.75, abs=0.01)
    said = "\n".join(text.get_text() for text in ax.texts)
    assert "with 64 CPUs" in said
    assert "The points do not follow Gustafson" in said
    assert charts.save(ax, tmp_path / "laws.png").read_bytes().startswith(b"\x89PNG")


def test_too_few_points_are_said_on_the_chart() -> None:
    ax = charts.laws(scaled((1, 2)))
    said = "\n".join(text.get_text() for text in ax.texts)
    assert "threads was timed with 1 and 2 workers only, too few for a law" in said
    assert "Expect" not in said


@pytest.mark.parametrize("draw", [charts.laws, charts.karp_flatt])
def test_without_a_curve_there_is_a_sentence(draw: object) -> None:
    assert "was not timed with one worker and with several" in texts(draw(scaled(()))).replace("\n", " ")


def test_the_serial_fraction_is_drawn_for_every_count() -> None:
    measured = scaled((1, 2, 4, 8))
    ax = charts.karp_flatt(measured)
    line = next(line for line in ax.get_lines() if line.get_label() == "threads")
    serial = scaling(measured, "threads").serial
    assert list(line.get_xdata()) == [2, 4, 8]
    assert list(line.get_ydata()) == [serial[count].value for count in (2, 4, 8)]


def test_words_can_be_left_to_the_page_around_the_chart() -> None:
    with_words, without = (charts.laws(scaled((1, 2, 4, 8)), words=words).texts for words in (True, False))
    assert len(without) == len(with_words) - 1
    assert "Expect" not in "".join(text.get_text() for text in without)


def test_the_strategy_that_is_drawn_by_itself_has_several_workers() -> None:
    """Though sequential, with as many counts, is as good as any."""
    assert steepest(scaled((16,)), 2.0) == "threads"


def test_every_row_of_the_map_has_its_marks_and_its_count(counted: Results) -> None:
    ax = charts.gop_map(counted)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[1:] == ["sequential\n700 decoded", "threads x2\n900 decoded", "pruned-threads x2\n300 decoded"]
    boxes = {patch.get_facecolor(): patch.get_path() for patch in ax.patches if not patch.get_hatch()}
    blue = next(path for face, path in boxes.items() if face[:3] == pytest.approx((0, 0x72 / 255, 0xB2 / 255)))
    assert blue.get_extents().extents[[0, 2]].tolist() == [1, 6], "what threads decodes"
    striped = [patch for patch in ax.patches if patch.get_hatch() == AGAIN["hatch"]]
    assert [patch.get_path().get_extents().extents[[0, 2]].tolist() for patch in striped] == [[2, 5]]
    assert striped[0].get_facecolor()[:3] == pytest.approx((0, 0x72 / 255, 0xB2 / 255))
    dots = next(path for face, path in boxes.items() if face[:3] == pytest.approx((0x8A / 255,) * 3))
    assert {int(x) for x, _ in dots.vertices} == {0, 1, 4, 5, 6, 7}, "what the last row leaves out"
    arrows = next(line for line in ax.get_lines() if line.get_marker() == "v")
    assert arrows.get_xdata().tolist() == [3.5]
    said = "\n".join(text.get_text() for text in ax.texts)
    assert "To return 100 frames, sequential decodes 700, threads x2 decodes 900 (100 of them" in said
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["keyframe", "P", "B", "disposable", "other frame", "asked for", "decoded again", "left out"]


def test_without_a_map_there_is_a_reason(measured: Results) -> None:
    assert "was not counted" in no_gop_map(measured, 2.0)
    measured.work = [Work(2.0, 100, 1200, unknown="some of its timestamps are repeated")]
    ax = charts.gop_map(measured)
    assert "some of its timestamps are repeated" in ax.texts[-1].get_text()


def test_the_sampling_chart_draws_what_is_decoded_at_every_rate(counted: Results) -> None:
    assert len(charts.sampling(counted).figure.axes) == 1, "one rate makes no curve of times"
    faster = builders.results({f"{name} @5": times for name, times in TIMES.items()}).measurements
    plan = replace(counted.plan, fps=(2.0, 5.0))
    counted = replace(counted, plan=plan, measurements=[*counted.measurements, *faster])
    above, below = charts.sampling(counted).figure.axes
    assert above.get_xlim() == below.get_xlim()
    lines = {line.get_color(): line for line in below.get_lines() if len(line.get_xdata()) == 3}
    blue = lines[colour("threads")]
    assert blue.get_xdata().tolist() == [0.1, 2.0, 25.0]
    assert blue.get_ydata().tolist() == [225, 900, 1500]
    names = [text.get_text().strip() for text in below.texts]
    assert {"asked for", "sequential", "with exact seeking", "threads x2", "pruned-threads x2"} <= set(names)
    assert "all 1,200 frames" in names
    assert len(charts.sampling(replace(counted, work=[])).figure.axes) == 1


def test_words_say_where_seeking_gains_nothing_more(counted: Results) -> None:
    said = where_seeking_ends(counted)
    assert said[0].startswith("At 0.1 fps a single decoder that seeks decodes 175 of 1,200 frames for the 5 it returns")
    assert said[-1] == "At 25 fps it decodes 1,500, more than the video has; exact seeking 1,200"
    counted.of(ROWS[0].setting).work = replace(ROWS[0], left_out=20)
    assert "From 2 fps on" in where_seeking_ends(counted)[1]
    assert where_seeking_ends(replace(counted, work=[])) == []
