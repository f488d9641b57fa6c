"""The charts of the laws show the very numbers of the fits, and say what was not fitted."""

from pathlib import Path

import pytest

from vdlab import charts
from vdlab.charts.laws import steepest
from vdlab.results.records import Results, Run
from vdlab.results.scaling import LAWS, best_workers, scaling


def results(counts: tuple[int, ...], noise: tuple[float, ...] = (1.0, 1.02, 0.99)) -> Results:
    runs = [
        Run(name, count, 2.0, number, "timed", 600, "identical", 10 * factor / speedup, 10.0)
        for number, factor in enumerate(noise, start=1)
        for name, count, speedup in [
            ("sequential", 1, 1.0),
            *(("threads", count, float(LAWS["usl"].speedup(count, 0.05, 0.01))) for count in counts),
        ]
    ]
    return Results(
        video={"path": "talk.mp4", "num_frames": 13290, "width": 640, "height": 360, "codec": "h264"},
        machine={"cpus_allowed": 16},
        settings={"fps": [2.0], "strategies": ["sequential", "threads"], "workers": counts, "seek_mode": "exact"},
        version="0",
        started="",
        runs=runs,
    )


def test_the_laws_are_drawn_with_the_best_number_of_workers(tmp_path: Path) -> None:
    measured = results((1, 2, 4, 8, 16))
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
    ax = charts.laws(results((1, 2)))
    said = "\n".join(text.get_text() for text in ax.texts)
    assert "threads was timed with 1 and 2 workers only, too few for a law" in said
    assert "Expect" not in said


def test_without_a_curve_there_is_a_sentence() -> None:
    ax = charts.laws(results(()))
    assert any("was not timed with one worker and with several" in text.get_text() for text in ax.texts)
    ax = charts.karp_flatt(results(()))
    assert any("no strategy was timed with several workers" in text.get_text() for text in ax.texts)


def test_the_serial_fraction_is_drawn_for_every_count() -> None:
    measured = results((1, 2, 4, 8))
    ax = charts.karp_flatt(measured)
    line = next(line for line in ax.get_lines() if line.get_label() == "threads")
    serial = scaling(measured, "threads").serial
    assert list(line.get_xdata()) == [2, 4, 8]
    assert list(line.get_ydata()) == [serial[count].value for count in (2, 4, 8)]


def test_words_can_be_left_to_the_page_around_the_chart() -> None:
    with_words, without = (charts.laws(results((1, 2, 4, 8)), words=words).texts for words in (True, False))
    assert len(without) == len(with_words) - 1
    assert "Expect" not in "".join(text.get_text() for text in without)


def test_the_strategy_that_is_drawn_by_itself_has_several_workers() -> None:
    """Though sequential, with as many counts, is as good as any."""
    assert steepest(results((16,)), 2.0) == "threads"
