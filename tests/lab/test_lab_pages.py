"""The lab's pages, drawn from results made by hand."""

import base64
import re
import time
from dataclasses import replace
from pathlib import Path

import builders
import ipywidgets as widgets
import pytest
import torch
from builders import run, setting
from ipywidgets import HTML, Dropdown
from torchcodec import FrameBatch

from vdlab.benchmark.correctness import difference
from vdlab.lab.controls import counts
from vdlab.lab.export import export
from vdlab.lab.markup import friendly, length, sentence
from vdlab.lab.pictures import Capture, Sheet
from vdlab.lab.tabs import Tab, View, cautions, tabs
from vdlab.results.records import Caution, Decoded, Reference, Remedy, Results, Span, Trace, Truth, Work

NASTY = "<script>alert('x')</script>$a_b$"
TRACES = (
    Trace(setting("threads"), 2.0, (Span(0, "decoding", 0.0, 1.0, 5), Span(1, "decoding", 0.5, 2.0, 5))),
    Trace(setting("sequential"), 3.0, (Span(0, "decoding", 0.0, 3.0, 10),)),
)


def results(rates: tuple[float, ...] = (2.0, 5.0)) -> Results:
    seconds = {
        f"{name} @{fps:g}": [time * fps + number / 100 for number in (1, 2)]
        for fps in rates
        for name, time in (("sequential", 2.0), ("threads", 1.0))
    }
    return builders.results(
        seconds,
        [
            run("mine", verdict="failed", detail=f"ValueError: {NASTY}"),
            run("lazy", 5.0, verdict="differs", detail="differs: 1 of 10", differing=1, first_differing=45),
            Decoded(setting("threads"), 60, 5, 45, "1210"),
        ],
        frames=10,
        video=builders.video(path=f"/{NASTY}.mp4".replace("</", "<"), num_frames=100, width=8, height=8),
        truths=[Truth(2.0, f"wrong {NASTY}", 10, 10, 1, 3)],
        references=[Reference(2.0, "linear", "exact", NASTY)],
        cautions=[Caution("busy", NASTY)],
        work=[Work(2.0, 10, 100, unknown=NASTY, first=3, frame_types="KbBP", wanted="1000")],
    )


def tab(title: str) -> Tab:
    return next(one for one in [*tabs(), export()] if one.title == title)


def drawn(title: str, measured: Results) -> str:
    found = tab(title)
    found.draw(View(measured, measured.plan.fps[0]))
    inside = (found.widget, *getattr(found.widget, "children", ()))
    return "".join(one.value for one in inside if isinstance(one, HTML))


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


def test_every_page_says_what_it_will_show() -> None:
    for one in tabs():
        inside = (one.widget, *getattr(one.widget, "children", ()))
        assert "Press Run: " in next(page.value for page in inside if isinstance(page, HTML))


def test_laws_are_those_of_the_chosen_strategy_and_say_what_they_need() -> None:
    laws = tab("Laws")
    choice, body = laws.widget.children
    assert isinstance(choice, Dropdown)
    laws.draw(View(results(), 2.0))
    assert choice.options == tuple((name, name) for name in ("threads", "mine", "lazy"))
    choice.value = "mine"
    assert "mine was not timed with one worker and with several: measure 1, 2, 3 and 4 workers" in body.value
    choice.value = "threads"
    assert "threads was timed with 2 workers only, too few for a law" in body.value
    assert "<svg" not in body.value
    measured = results()
    for workers in (1, 4, 8):
        builders.add(measured, *(run(f"threads x{workers}", 2 + number / 100, round=number) for number in (1, 2)))
    laws.draw(View(measured, 2.0))
    assert choice.value == "threads"
    assert "threads scales on these 2 CPUs as if " in body.value
    assert body.value.count("<svg") == 2


def test_the_timeline_stays_at_the_setting_that_was_chosen() -> None:
    timeline, measured = tab("Timeline"), builders.add(results(), *TRACES)
    timeline.draw(View(measured, 2.0))
    choice, body = timeline.widget.children
    assert [name for name, _ in choice.options] == ["threads x2", "sequential x1"]
    assert "threads x2: the 2 workers" in body.value
    choice.value = setting("sequential")
    assert "<svg" in body.value
    timeline.draw(View(measured, 2.0))
    assert choice.value == setting("sequential")
    assert "sequential x1: the only worker" in body.value


def test_costs_that_were_not_measured_are_said_with_what_to_do() -> None:
    page = drawn("Cost", results())
    assert page.count("<svg") == 1
    assert "No memory was measured at 2 fps: switch it on, in the lab with Memory under Measuring" in page


def test_correctness_names_the_first_frame_and_the_reason() -> None:
    page = drawn("Correctness", results())
    assert "from frame 45" in page
    assert "ValueError: &lt;script&gt;" in page
    assert page.index("<b>mine x2</b>") < page.index("How that is known")


def test_the_exported_json_is_the_results(tmp_path: Path) -> None:
    measured = results()
    content = re.search(r'results\.json" href="data:application/json;base64,([^"]+)"', drawn("Export", measured))[1]
    path = tmp_path / "run.json"
    path.write_bytes(base64.b64decode(content))
    assert Results.load(path) == measured
    assert "image/png;base64,iVBOR" in drawn("Export", measured)


def exported(*drawn: Results) -> tuple[widgets.HTML, widgets.ToggleButtons, widgets.HTML]:
    """The links, the choice and the preview of the Export tab, once the last of these results is written."""
    page = export()
    links, choice, seen = page.widget.children
    shown: list[str] = []
    links.observe(lambda change: shown.append(change["new"]), "value")
    for measured in drawn:
        page.draw(View(measured, 2.0))
        assert any("Writing the report" in words for words in [*shown, links.value]), (
            "it is written elsewhere, and that is said"
        )
        shown.clear()
    for _ in range(300):
        if seen.value:
            break
        time.sleep(0.1)
    page.draw(View(drawn[-1], 2.0))
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
    assert seen.value.startswith('<pre class="vdlab-text" tabindex="0">## Decoding')
    choice.value = "decode.py"
    assert "from torchcodec.decoders import VideoDecoder" in seen.value
    assert "<script" not in seen.value


def test_what_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vdlab.report.html", lambda results: 1 / 0)
    page = export()
    page.draw(View(replace(results(), finished="2026-01-01T00:01:00+00:00"), 2.0))
    for _ in range(300):
        if "Writing" not in page.widget.children[0].value:
            break
        time.sleep(0.1)
    assert "that did not work: division by zero" in page.widget.children[0].value


def test_many_cautions_are_folded_away_and_say_what_to_do_in_the_lab() -> None:
    one = Caution("few", "two rounds are few", "threads x2", Remedy("raise --repeats", "move Rounds to 5", "repeats=5"))
    assert "threads x2: two rounds are few; move Rounds to 5" in cautions([one])
    assert "open" in cautions([one])
    assert "<summary>1 thing weakens" in cautions([one] * 3)
    several = [replace(one, code=code) for code in ("few", "busy", "spread")]
    assert "<summary>3 things weaken" in cautions(several)
    assert "open" not in cautions(several)


def batch(count: int = 30) -> FrameBatch:
    generator = torch.Generator().manual_seed(0)
    data = torch.randint(0, 255, (count, 3, 36, 64), dtype=torch.uint8, generator=generator)
    return FrameBatch(data, torch.arange(count) / 5.0, torch.full((count,), 0.2))


def test_a_sheet_holds_few_frames_of_many_and_those_of_the_worst_run() -> None:
    capture = Capture({2.0: list(range(0, 300, 10))})
    reference = batch()
    capture.inspect(run("threads", phase="warmup"), reference, reference)
    sheet = capture.sheets[setting("threads")]
    assert len(sheet.shots) == 24
    assert (sheet.shots[0].index, sheet.shots[-1].index) == (0, 280)
    wrong = batch()
    wrong.data[7, 0, 5, 5] ^= 1
    capture.inspect(run("threads", verdict="differs"), wrong, reference)
    capture.inspect(run("threads", round=2), reference, reference)
    assert capture.sheets[setting("threads")].verdict == "differs"


def test_what_is_not_a_picture_has_no_sheet() -> None:
    capture = Capture({2.0: [0]})
    floats = FrameBatch(torch.zeros(1, 3, 4, 4), torch.zeros(1), torch.zeros(1))
    capture.inspect(run("odd", verdict="differs"), floats, floats)
    assert capture.sheets == {}


def test_frames_names_the_verdict_beside_the_setting() -> None:
    page, capture = tab("Frames"), Capture({2.0: [0, 12]})
    wrong = batch(2)
    wrong.data[1] = 0
    capture.inspect(run("lazy x1", verdict="differs"), wrong, batch(2))
    page.draw(View(results(), 2.0, capture.sheets))
    choice, body = page.widget.children
    assert choice.options[0][0] == "lazy x1 (differs)"
    assert body.value.count("<figcaption>") == 2
    assert isinstance(capture.sheets[choice.value], Sheet)


def test_frames_shows_a_difference_that_a_file_kept() -> None:
    page, wrong = tab("Frames"), batch(2)
    wrong.data[1] = 0
    differs = run("lazy x1", verdict="differs", first_differing=12)
    kept = difference(differs, wrong, batch(2), [0, 12])
    page.draw(View(builders.results(records=[differs, kept]), 2.0))
    choice, body = page.widget.children
    assert choice.options[0][0] == "lazy x1 (differs)"
    assert body.value.count("<image") == 6
    assert "What is wrong with the frames that differ?" in body.value
    assert 'role="img"' in body.value
    assert all(one.title != "Difference" for one in tabs())


@pytest.mark.parametrize("cpus", [1, 2, 4, 6, 16, 48, 96])
def test_worker_counts_go_from_one_to_twice_the_cpus(cpus: int) -> None:
    offered = counts(cpus)
    assert (offered[0], offered[-1]) == (1, 2 * cpus)
    assert cpus in offered
    assert len(offered) <= 17


def test_an_error_is_one_line_with_its_kind() -> None:
    assert friendly(ValueError("first\nsecond")) == "that did not work: first (ValueError)"
    assert sentence("use `x<y`") == "use <code>x&lt;y</code>"


def test_lengths_of_time_are_those_of_clocks() -> None:
    assert [length(seconds) for seconds in (8, 13.84, 60, 138, 690)] == [
        "8 s",
        "13.8 s",
        "1:00 min",
        "2:18 min",
        "11:30 min",
    ]
