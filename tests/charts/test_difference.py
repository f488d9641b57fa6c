"""Frames that differ, side by side; and SVG that says what it is."""

import re
from pathlib import Path
from xml.etree import ElementTree

import builders
import numpy as np
import pytest
import torch
from torchcodec import FrameBatch

from vdlab import charts
from vdlab.benchmark.correctness import difference
from vdlab.charts.difference import pixels
from vdlab.report import html, write
from vdlab.results.records import Difference, Results

SVG = "{http://www.w3.org/2000/svg}"


def planted(name: str, value: int, column: int = 300) -> Difference:
    """A frame whose pixel at row 100 and that column is `value` and should be 100."""
    data = torch.full((2, 3, 360, 640), 100, dtype=torch.uint8)
    reference = FrameBatch(data, torch.arange(2) / 2.0, torch.full((2,), 0.5))
    wrong = FrameBatch(data.clone(), reference.pts_seconds, reference.duration_seconds)
    wrong.data[1, :, 100, column] = value
    run = builders.run(name, verdict="differs", first_differing=12)
    return difference(run, wrong, reference, [0, 12])


@pytest.fixture
def wrong(measured: Results) -> Results:
    return builders.add(measured, planted("threads", 103), planted("processes", 0))


def test_each_strategy_that_differs_has_its_frames_beside_the_reference(wrong: Results) -> None:
    ax = charts.difference(wrong)
    assert [text.get_text() for text in ax.texts[1:]] == [
        "threads x2: frame 12 at 0.50 s differs by up to 3 of 255",
        "processes x2: frame 12 at 0.50 s differs by up to 100 of 255",
    ]
    assert len(ax.child_axes) == 2 * 6
    shown = [inset.get_images()[0].get_array() for inset in ax.child_axes[:6]]
    left, _ = wrong.find(builders.setting("threads")).difference.corner
    assert np.argwhere(shown[5][..., 0]).tolist() == [[16, 300 - left]], "the wrong pixel, and nothing else"
    assert shown[5].max() == 255, "however small the difference is"
    assert (shown[2] > 0).any()
    assert len(charts.difference(wrong, strategy="threads").child_axes) == 6


def test_where_all_frames_are_right_that_is_said(measured: Results) -> None:
    assert charts.chart("difference").lacking(measured, 2.0) == (
        "No strategy returned a frame at 2 fps that differs from the reference's"
    )
    builders.add(measured, builders.run("threads", round=4, verdict="differs"))
    assert "No frame is to be seen of threads x2" in charts.chart("difference").lacking(measured, 2.0)


def test_the_report_shows_it_and_a_results_file_keeps_it(wrong: Results, tmp_path: Path) -> None:
    assert "beside the reference&#39;s, with their difference" in html(wrong)
    path = write(wrong, tmp_path / "run.json")
    assert Results.load(path) == wrong
    assert path.stat().st_size < 60_000


@pytest.mark.parametrize("picture", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_picture_that_is_none_is_a_grey_square(picture: bytes) -> None:
    assert (pixels(picture) == 128).all()


def test_an_svg_says_what_it_is(measured: Results, tmp_path: Path) -> None:
    for path in (charts.save(charts.time(measured), tmp_path / "time.svg"), write(measured, tmp_path / "all.svg")):
        root = ElementTree.parse(path).getroot()
        assert root.attrib["role"] == "img"
        assert "How long does each setting take?" in root.attrib["aria-label"]
        assert root.find(f"{SVG}title").text in root.attrib["aria-label"]
        assert "time of every setting" in root.find(f"{SVG}desc").text


def test_names_in_an_svg_are_no_markup(measured: Results, tmp_path: Path) -> None:
    measured.video = builders.video(path='/videos/<b>"&$.mp4')
    ax = charts.time(measured)
    ax.set_title('<b>"&\\$', loc="left")
    root = ElementTree.parse(charts.save(ax, tmp_path / "time.svg")).getroot()
    assert root.find(f"{SVG}title").text == '<b>"&$'
    assert not re.search("<b>", (tmp_path / "time.svg").read_text())
