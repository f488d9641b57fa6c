"""The lab on a folder of videos: chosen by the switch or in code, measured case by case, seen and taken away."""

import html
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import builders
import ipywidgets as widgets
import pytest

import vdlab
from vdlab.benchmark.sweep import Progress
from vdlab.errors import SettingsError
from vdlab.lab.settings import remember, remembered
from vdlab.lab.trial import OwnError
from vdlab.results.records import CASES, Results

QUICK = {"fps": 5, "repeats": 2, "workers": 2, "memory": False, "control": False, "loaders": "threads"}


@pytest.fixture(autouse=True)
def own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VDLAB_RESULTS", str(tmp_path / "results"))


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tiny videos, a broken one, and a text."""
    found = builders.tiny_videos(tmp_path_factory.mktemp("videos"), 3)
    (found / "notes.txt").write_text("not a video")
    return found


def tree(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def shown(widget: widgets.Widget) -> str:
    return "\n".join(one.value for one in tree(widget) if type(one) is widgets.HTML)


def cards(lab: vdlab.Lab) -> list[str]:
    """The titles of the cards that are shown."""
    titles = (card.widget.children[0].value for card in lab._cards if card.widget.layout.display != "none")
    return [title.removeprefix("<h3>").removesuffix("</h3>") for title in titles]


def looked_at(lab: vdlab.Lab, title: str) -> str:
    """What a page shows once someone has turned to it."""
    lab._pages.selected_index = lab._pages.titles.index(title)
    return shown(lab._pages.children[lab._pages.selected_index])


def switch(lab: vdlab.Lab) -> widgets.ToggleButtons:
    return next(one for one in tree(lab.widget) if type(one) is widgets.ToggleButtons)


def test_the_switch_goes_to_the_videos_folder_and_back(clip_folder: Path) -> None:
    video = clip_folder / "1.mp4"
    lab = vdlab.Lab(video)
    assert cards(lab) == ["Video", "Sampling", "Strategies", "Workers", "Measuring"]
    switch(lab).value = True
    assert lab.settings.video == clip_folder and lab.settings.many
    assert cards(lab) == [
        "Video",
        "Sampling",
        "Loaders",
        "Videos and frames",
        "Workers",
        "Measuring",
    ]
    page = shown(lab._cards[0].widget)
    assert "4 in " in page and "notes.txt" in page
    assert page.count("a frame of the video") == 3  # the broken one has none
    assert lab._says.value == "will take about <b>60 s</b>, or as long as the fewest rounds do"
    assert "Throughput" in lab._pages.titles and "GOPs" not in lab._pages.titles
    assert remembered() == lab.settings
    switch(lab).value = False
    assert lab.settings.video == video
    assert "GOPs" in lab._pages.titles
    assert cards(lab)[2] == "Strategies"


def test_a_folder_without_videos_is_not_chosen(clip_folder: Path, tmp_path: Path) -> None:
    lab = vdlab.Lab(clip_folder, **QUICK)
    (tmp_path / "empty").mkdir()
    typed = next(one for one in tree(lab.widget) if type(one) is widgets.Text and "path of another" in one.description)
    typed.value = str(tmp_path / "empty")
    assert "holds no videos" in lab._message.value and f"still on {clip_folder.name}" in lab._message.value
    assert lab.settings.video == clip_folder
    assert switch(lab).value is True


def test_every_choice_says_what_is_chosen(clip_folder: Path) -> None:
    """Widgets show an empty box for None."""
    for lab in (vdlab.Lab(clip_folder), vdlab.Lab(clip_folder / "0.mp4")):
        choices = [one for card in lab._cards for one in tree(card.widget) if type(one) is widgets.Dropdown]
        assert {"Used for", "Check"} <= {one.description for one in choices}
        assert all(one.label for one in choices if one.layout.display != "none")
        assert lab.settings.truth is lab.settings.using_seconds is None


def test_settings_are_what_the_controls_say(clip_folder: Path) -> None:
    lab = vdlab.Lab(clip_folder)
    wanted = replace(lab.settings, loaders=("one-by-one", "vdlab"), frames=("stay", "whole"), threads=(3,))
    wanted = replace(wanted, sample=7, using_seconds=0.02, in_each=(1, 2))
    lab.settings = wanted
    assert lab.settings == wanted
    assert "no chosen loader takes them" in shown(lab.widget)
    assert replace(wanted, loaders=("threads",)).plan(None).ffmpeg_threads == (1, 2)
    for box in tree(lab.widget):
        if type(box) is widgets.Checkbox and box.description in ("Stay", "Come whole"):
            box.value = False
    assert lab.settings.frames == ()
    assert lab._run_button.disabled and "choose at least one of what may become of frames" in lab._says.value
    with pytest.raises(SettingsError, match="unknown loader 'thread'; did you mean threads"):
        lab.settings = {"loaders": "thread"}
    with pytest.raises(SettingsError, match="frames='away' will not do"):
        lab.settings = {"frames": "away"}


def test_settings_as_code_are_those_settings(clip_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = vdlab.Lab(clip_folder, **QUICK, frames="small,whole", sample="all", using_seconds=0.02, in_each="1,2")
    opens, sweeps = lab.settings.code.splitlines()
    assert eval(opens, {"vdlab": vdlab}).settings == lab.settings
    asked: dict[str, Any] = {}
    monkeypatch.setattr(vdlab, "sweep_collection", lambda videos, **given: asked.update(given, videos=videos))
    eval(sweeps, {"vdlab": vdlab})
    assert asked == {
        "videos": str(clip_folder),
        "fps": 5,
        "loaders": ("one-by-one", "threads"),
        "frames": ("small", "whole"),
        "sample": "all",
        "using_seconds": 0.02,
        "workers": {"threads": (2,)},
        "ffmpeg_threads": (1, 2),
        "repeats": 2,
        "memory": False,
        "control": False,
    }


def test_a_loader_from_a_cell_is_chosen_at_once(clip_folder: Path) -> None:
    lab = vdlab.Lab(clip_folder, **QUICK)

    @vdlab.loader("mine", "Mine")
    def mine(wanted: Any, workers: int, each: Any) -> Iterator[Any]:
        yield from vdlab.decode_many(wanted, each=each, workers=workers, errors="yield")

    assert lab.settings.loaders == ("one-by-one", "threads", "mine")
    remember(replace(lab.settings, loaders=("one-by-one", "gone")))
    left = vdlab.Lab()
    assert left.settings.loaders == ("one-by-one",)
    assert "gone is left out until its cell has been run" in left._message.value


def test_a_loader_from_a_cell_is_tried_on_two_videos_before_the_sweep(clip_folder: Path) -> None:
    lab = vdlab.Lab(clip_folder, **QUICK)

    @vdlab.loader("mine", "Mine")
    def mine(wanted: Any, workers: int, each: Any) -> Iterator[Any]:
        raise ValueError("not yet")
        yield

    with pytest.raises(OwnError, match="mine, tried on two videos: ValueError: not yet; nothing was measured"):
        lab.run()
    assert 'raise ValueError("not yet")' in html.unescape(lab._message.value)

    @vdlab.loader("mine", "Mine")
    def forgetful(wanted: Any, workers: int, each: Any) -> Iterator[Any]:
        yield from vdlab.decode_many(wanted[:1], each=each, workers=workers)

    with pytest.raises(OwnError, match="it returned 1 video for 2;"):
        lab.run()
    assert lab.results is None


def test_how_many_videos_and_for_whom_are_the_labs_to_choose(clip_folder: Path) -> None:
    lab = vdlab.Lab(clip_folder, **QUICK, frames="stay", sample=2, using_seconds=0.01)
    results = lab.run()
    assert results is not None and results.collection is not None
    assert results.collection.sampled == 2
    assert all(one.waited is not None for one in results.measurements)


@pytest.mark.slow
def test_a_folder_is_measured_seen_case_by_case_and_taken_away(clip_folder: Path) -> None:
    lab = vdlab.Lab(clip_folder, **QUICK)
    told: list[Progress] = []
    progressed = lab._progressed
    lab._progressed = lambda progress: (told.append(progress), progressed(progress))
    results = lab.run()
    assert results is not None and results.finished and results.agrees
    assert [case.plan.frames[0] for case in results.cases] == list(CASES)

    steps = [progress.done for progress in told]
    assert steps == sorted(steps) and steps[-1] == told[-1].total == told[0].total
    assert [progress.running for progress in told if not progress.running] == [""]

    assert lab._case.options == tuple((words, case) for case, words in CASES.items())
    assert lab._case.layout.display is None
    overview = looked_at(lab, "Overview")
    assert "<svg" in overview and results.collection is not None
    assert "frames stay where they are decoded" in overview
    for title in ("Throughput", "Latency", "Inside a video", "Correctness"):
        assert "Press Run" not in looked_at(lab, title)
    table = looked_at(lab, "Table")
    assert "Videos/s" in table and "6 runs" in table
    lab._case.value = "whole"
    assert "frames come back whole" in looked_at(lab, "Overview")
    assert not lab._message.value

    looked_at(lab, "Export")
    for _ in range(300):
        page = shown(lab._pages.children[lab._pages.selected_index])
        if "results.json" in page:
            break
        time.sleep(0.1)
    for name in ("report.html", "report.md", "decode.py", "results.csv", "throughput.png"):
        assert f"{clip_folder.name}-{name}" in page
    looked_at(lab, "Earlier")
    assert any(clip_folder.name in box.description for box in tree(lab.widget) if type(box) is widgets.Checkbox)
    saved = next(Path(str(lab._earlier._runs and next(iter(lab._earlier._runs)))).parent.glob("results.json"))
    assert Results.load(saved) == results

    video = vdlab.Lab(clip_folder / "0.mp4")
    video.show(results)
    assert "<svg" in looked_at(video, "Throughput")
