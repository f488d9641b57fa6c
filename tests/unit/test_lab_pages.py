"""The lab's pages, drawn from results made by hand."""

import base64
import re
import time
from dataclasses import replace

import ipywidgets as widgets
import pytest
import torch
from ipywidgets import HTML, Dropdown
from torchcodec import FrameBatch
from vdlab.teaching.source import source

from vdlab.lab.capture import Capture, Kept
from vdlab.lab.choose.workers import counts
from vdlab.lab.markup import sentence
from vdlab.lab.tabs import TABS, View
from vdlab.lab.tabs.overview import cautions
from vdlab.lab.telling import friendly
from vdlab.lab.thumbnails import difference
from vdlab.results.records import Caution, Decoded, Reference, Results, Run, Setting, Truth, Work
from vdlab.teaching.question import question

NASTY = "<script>alert('x')</script>$a_b$"


def results(rates: tuple[float, ...] = (2.0, 5.0)) -> Results:
    runs = [
        Run(name, workers, fps, number, "timed", 10, "identical", seconds * fps + number / 100, 1.0)
        for fps in rates
        for number in (1, 2)
        for name, workers, seconds in (("sequential", 1, 2.0), ("threads", 2, 1.0))
    ]
    runs.append(Run("mine", 2, 2.0, 1, "timed", 10, "failed", detail=f"ValueError: {NASTY}"))
    runs.append(Run("lazy", 2, 2.0, 1, "timed", 10, "differs", 1.0, 1.0, "differs: 1 of 10", 1, 45, 9))
    return Results(
        video={"path": f"/{NASTY}.mp4", "num_frames": 100, "width": 8, "height": 8, "codec": "h264"},
        machine={"cpus_allowed": 2},
        settings={"fps": list(rates), "strategies": ["sequential"], "workers": [1, 2], "seek_mode": "exact"},
        version="0",
        started="2026-01-01T00:00:00+00:00",
        runs=runs,
        truths=[Truth(2.0, f"wrong {NASTY}", 10, 10, 1, 3)],
        references=[Reference(2.0, "linear", "exact", NASTY)],
        warnings=[Caution("busy", NASTY)],
        work=[Work(2.0, 10, 100, (Decoded("threads", 2, 1, 60, 5, 45, "1210"),), None, NASTY, 3, "KbBP", "1000")],
    )


def drawn(title: str, measured: Results) -> str:
    tab = next(tab for tab in (make() for make in TABS) if tab.title == title)
    tab.draw(View(measured, measured.plan.fps[0], {}))
    return "".join(one.value for one in (tab.widget, *getattr(tab.widget, "children", ())) if isinstance(one, HTML))


@pytest.mark.parametrize("title", ["Overview", "Speedup", "GOPs", "Cost", "Sampling", "Correctness", "Table", "Export"])
def test_nothing_that_someone_typed_becomes_markup(title: str) -> None:
    page = drawn(title, results())
    assert "<script" not in page
    assert len(page) > 300


@pytest.mark.parametrize("title", ["Overview", "Speedup", "GOPs", "Cost", "Sampling"])
def test_charts_take_the_pages_colours_and_leave_its_style_alone(title: str) -> None:
    page = drawn(title, results())
    assert "<svg" in page
    assert "currentColor" in page
    assert "#000000" not in page
    assert "<style" not in page


def test_one_rate_is_no_sampling_chart() -> None:
    assert "Measure several sampling rates" in drawn("Sampling", results((2.0,)))


def test_laws_are_those_of_the_chosen_strategy_and_say_what_they_need() -> None:
    tab = next(tab for tab in (make() for make in TABS) if tab.title == "Laws")
    choice, sheet = tab.widget.children
    assert isinstance(choice, Dropdown)
    tab.draw(View(results(), 2.0, {}))
    assert choice.options == (("threads", "threads"), ("mine", "mine"), ("lazy", "lazy"))
    choice.value = "lazy"
    assert "lazy was not timed with one worker and with several: measure 1, 2, 3 and 4 workers" in sheet.value
    choice.value = "threads"
    assert "threads was timed with 2 workers only, too few for a law" in sheet.value
    assert "<svg" not in sheet.value
    measured = results()
    for workers in (1, 4, 8):
        measured.runs += [replace(run, workers=workers) for run in measured.runs if str(run.setting) == "threads x2"]
    tab.draw(View(measured, 2.0, {}))
    assert "threads scales on these 2 CPUs as if " in sheet.value
    assert sheet.value.count("<svg") == 2


def test_costs_that_were_not_measured_are_said_with_what_to_do() -> None:
    page = drawn("Cost", results())
    assert page.count("<svg") == 1
    assert "No memory was measured at 2 fps: switch it on, in the lab with Memory under Measuring" in page


def test_correctness_names_the_first_frame_and_the_reason() -> None:
    page = drawn("Correctness", results())
    assert "from frame 45" in page
    assert "ValueError: &lt;script&gt;" in page
    assert page.index("<b>mine x2</b>") < page.index("How that is known")


def test_the_exported_json_is_the_results(tmp_path) -> None:
    measured = results()
    content = re.search(r'results\.json" href="data:application/json;base64,([^"]+)"', drawn("Export", measured))[1]
    path = tmp_path / "run.json"
    path.write_bytes(base64.b64decode(content))
    assert Results.load(path) == measured
    assert "image/png;base64,iVBOR" in drawn("Export", measured)


def exported(*drawn: Results) -> tuple[widgets.HTML, widgets.ToggleButtons, widgets.HTML]:
    """The links, the choice and the preview of the Export tab, once the last of these results is written."""
    tab = next(tab for tab in (make() for make in TABS) if tab.title == "Export")
    links, choice, seen = tab.widget.children
    for measured in drawn:
        tab.draw(View(measured, 2.0, {}))
        assert "Writing the report" in links.value  # elsewhere: drawing has returned
    for _ in range(300):
        if seen.value:
            break
        time.sleep(0.1)
    tab.draw(View(drawn[-1], 2.0, {}))
    assert "Writing the report" not in links.value  # and only once
    return links, choice, seen


def test_a_finished_sweep_is_previewed_in_a_frame_that_runs_nothing() -> None:
    older, newer = (replace(results(), finished="2026-01-01T00:01:00", version=version) for version in ("7", "8"))
    links, choice, seen = exported(older, newer)
    assert seen.value.startswith('<iframe class="vdlab-report" sandbox=""')
    assert "Measured by VDLab 8" in seen.value
    assert not re.search(r"<script|<h1|<b>", seen.value)
    assert len(seen.value) < 500_000
    assert all(f'-{name}" href="data:' in links.value for name in (*choice.options, "results.json", "time.png"))
    choice.value = "report.md"
    assert seen.value.startswith('<pre class="vdlab-text">## Decoding')
    choice.value = "decode.py"
    assert "from torchcodec.decoders import VideoDecoder" in seen.value
    assert "<script" not in seen.value


def test_what_cannot_be_written_is_said() -> None:
    broken = replace(results(), finished="2026-01-01T00:01:00", video={})
    tab = next(tab for tab in (make() for make in TABS) if tab.title == "Export")
    tab.draw(View(broken, 2.0, {}))
    for _ in range(300):
        if "Writing" not in tab.widget.children[0].value:
            break
        time.sleep(0.1)
    assert "that did not work" in tab.widget.children[0].value


def test_many_cautions_are_folded_away() -> None:
    assert "open" in cautions([Caution("a", "one")])
    assert "<summary>3 things weaken" in cautions([Caution("a", "one")] * 3)
    assert "open" not in cautions([Caution("a", "one")] * 3)


def batch(count: int = 30) -> FrameBatch:
    generator = torch.Generator().manual_seed(0)
    data = torch.randint(0, 255, (count, 3, 36, 64), dtype=torch.uint8, generator=generator)
    return FrameBatch(data, torch.arange(count) / 5.0, torch.full((count,), 0.2))


def test_a_sheet_holds_few_frames_of_many_and_pairs_only_where_they_differ() -> None:
    capture = Capture({2.0: list(range(0, 300, 10))})
    reference = batch()
    setting = Setting("threads", 2, 2.0)
    capture.inspect(Run("threads", 2, 2.0, 1, "warmup", 30, "identical"), reference, reference)
    kept = capture.kept[setting]
    assert len(kept.shots) == 24
    assert (kept.shots[0].index, kept.shots[-1].index) == (0, 280)
    assert kept.pairs == []
    wrong = batch()
    wrong.data[7, 0, 5, 5] ^= 1
    capture.inspect(Run("threads", 2, 2.0, 2, "timed", 30, "differs"), wrong, reference)
    assert [pair.reference.index for pair in capture.kept[setting].pairs] == [70]
    capture.inspect(Run("threads", 2, 2.0, 3, "timed", 30, "identical"), reference, reference)
    assert capture.kept[setting].verdict == "differs"


def test_what_is_not_a_picture_is_not_kept() -> None:
    capture = Capture({2.0: [0]})
    floats = FrameBatch(torch.zeros(1, 3, 4, 4), torch.zeros(1), torch.zeros(1))
    capture.inspect(Run("odd", 1, 2.0, 1, "timed", 1, "differs"), floats, floats)
    assert capture.kept == {}


def test_a_single_wrong_pixel_stays_in_sight() -> None:
    frame = torch.zeros(3, 360, 640, dtype=torch.uint8)
    other = frame.clone()
    other[1, 100, 300] = 1
    shown = difference(frame, other, 100)
    assert shown.shape == (3, 56, 100)
    assert int(shown.max()) == 255
    assert int((shown[0] > 0).sum()) <= 4


def test_frames_shows_the_pair_of_a_difference() -> None:
    tab = next(tab for tab in (make() for make in TABS) if tab.title == "Frames")
    capture = Capture({2.0: [0, 12]})
    wrong = batch(2)
    wrong.data[1] = 0
    capture.inspect(Run("lazy", 1, 2.0, 1, "timed", 2, "differs"), wrong, batch(2))
    tab.draw(View(results(), 2.0, capture.kept))
    choice, sheet = tab.widget.children
    assert choice.options[0][0] == "lazy x1 (differs)"
    assert sheet.value.count("<figcaption>") == 5
    assert isinstance(capture.kept[choice.value], Kept)


@pytest.mark.parametrize("cpus", [1, 2, 4, 6, 16, 48, 96])
def test_worker_counts_go_from_one_to_twice_the_cpus(cpus: int) -> None:
    offered = counts(cpus)
    assert (offered[0], offered[-1]) == (1, 2 * cpus)
    assert cpus in offered
    assert len(offered) <= 17


def test_a_question_judges_the_answer_and_says_why() -> None:
    box = question("Why `that`?", {"this": "Because <it> is.", "that": "It is not."}, right="this")
    choice, reply = box.children[-2:]
    choice.value = "that"
    assert "Not quite." in reply.value
    choice.value = "this"
    assert "Right." in reply.value
    assert "&lt;it&gt;" in reply.value
    with pytest.raises(ValueError, match="not among the answers"):
        question("?", {"this": ""}, right="that")


def test_the_source_is_the_one_that_runs() -> None:
    assert "def threads(video: Video" in source("threads").data


def test_an_error_is_one_line_with_its_kind() -> None:
    assert friendly(ValueError("first\nsecond")) == "that did not work: first (ValueError)"
    assert sentence("use `x<y`") == "use <code>x&lt;y</code>"
