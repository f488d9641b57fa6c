"""The map of groups of pictures and the sampling chart show the very numbers that were counted."""

from dataclasses import replace

import pytest

from vdlab import charts
from vdlab.charts.canvas import colour
from vdlab.charts.gop_map import AGAIN, no_gop_map
from vdlab.results.decoded import where_seeking_ends
from vdlab.results.records import Decoded, Results, Work

KINDS, WANTED = "PbKbBbP?", "00010000"
ROWS = (
    Decoded("sequential", 1, 1, 700, 0, 500, "00111100"),
    Decoded("threads", 2, 1, 900, 100, 400, "01222100"),
    Decoded("pruned-threads", 2, 1, 300, 0, 900, "00110000"),
)


@pytest.fixture
def counted(measured: Results) -> Results:
    """The stretch at the rate that was measured, and what is decoded at two others."""
    work = Work(2.0, 100, 1200, ROWS, 690, "", 40, KINDS, WANTED)
    few = Work(0.1, 5, 1200, tuple(replace(row, frames=row.frames // 4, left_out=1000) for row in ROWS), 170)
    all_of_them = Work(25.0, 1200, 1200, tuple(replace(row, frames=1500, left_out=0) for row in ROWS), 1200)
    return replace(measured, work=[work, all_of_them, few])


def test_every_row_of_the_map_has_its_marks_and_its_count(counted: Results) -> None:
    ax = charts.gop_map(counted)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[1:] == ["sequential\n700 decoded", "threads x2\n900 decoded", "pruned-threads x2\n300 decoded"]
    boxes = {patch.get_facecolor(): patch.get_path() for patch in ax.patches}
    blue = next(path for face, path in boxes.items() if face[:3] == pytest.approx((0, 0x72 / 255, 0xB2 / 255)))
    assert blue.get_extents().extents[[0, 2]].tolist() == [1, 6], "what threads decodes"
    orange = [patch for patch in ax.patches if patch.get_facecolor()[0] == pytest.approx(int(AGAIN[1:3], 16) / 255)]
    assert [patch.get_path().get_extents().extents[[0, 2]].tolist() for patch in orange] == [[2, 5]]
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
    nearly = replace(counted.work[0], decoded=(replace(ROWS[0], left_out=20),))
    assert "From 2 fps on" in where_seeking_ends(replace(counted, work=[nearly, *counted.work[1:]]))[1]
    assert where_seeking_ends(replace(counted, work=[])) == []
