"""Earlier runs in the lab: saved by every sweep, listed, laid behind the next, or refused in a line."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import builders
import ipywidgets as widgets
import pytest
from matplotlib.axes import Axes

import vdlab
from vdlab import charts
from vdlab.errors import SettingsError, VDLabError
from vdlab.lab.earlier import Earlier
from vdlab.results import earlier
from vdlab.results.records import Results
from vdlab.results.store import Keeper

HOSTILE = "<script>alert(1)</script> $a_b$"


@pytest.fixture
def only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which results are looked for."""
    monkeypatch.setenv("VDLAB_RESULTS", str(tmp_path))
    monkeypatch.setattr(earlier, "folders", lambda: [tmp_path])
    return tmp_path


def saved(results: Results, path: Path, started: str = "2026-01-01T00:00:00+00:00", **machine: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return replace(results, started=started, machine=replace(results.machine, **machine)).save(path)


def tree(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def test_runs_are_listed_newest_first_and_damaged_files_are_named(measured: Results, only_folder: Path) -> None:
    saved(measured, only_folder / "a" / "results.json")
    saved(measured, only_folder / "b.json", "2026-02-01T00:00:00+00:00", hostname="server")
    saved(replace(measured, measurements=[]), only_folder / "nothing" / "results.json")
    (only_folder / "c.json").write_text("{")
    odd = json.loads((only_folder / "b.json").read_text())
    odd["measurements"][0]["runs"][0]["seconds"] = "soon"
    (only_folder / "d.json").write_text(json.dumps(odd))
    found, damaged = earlier.earlier_runs()
    assert [run.path.name for run in found] == ["b.json", "results.json"]
    assert found[0].settings == 3
    assert sorted(line.split(":")[0] for line in damaged) == [str(only_folder / "c.json"), str(only_folder / "d.json")]
    assert all("\n" not in line for line in damaged)


def test_a_file_is_read_again_once_it_has_changed(measured: Results, only_folder: Path) -> None:
    path = saved(measured, only_folder / "a.json")
    assert earlier.open_run(path) is earlier.open_run(path)
    saved(replace(measured, measurements=measured.measurements[:1]), path)
    assert earlier.open_run(path).settings == 1
    with pytest.raises(VDLabError, match="cannot be read"):
        earlier.open_run(only_folder / "missing.json")


def test_no_two_sweeps_share_a_folder(only_folder: Path) -> None:
    folders = []
    for _ in range(3):
        folders.append(earlier.new_folder(only_folder, Path("talk.mp4")))
    assert len(set(folders)) == 3


@pytest.mark.parametrize("draw", [charts.time, charts.speedup])
def test_charts_lay_runs_behind_and_name_them(measured: Results, draw: Callable[..., Axes]) -> None:
    slower = {one.setting: [3 * seconds for seconds in one.seconds] for one in measured.measurements}
    before = builders.results(slower, machine=builders.machine(hostname=HOSTILE))
    alone, ax = draw(measured), draw(measured, behind=[before, replace(before, started=builders.LATER)])
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sum(name.startswith(HOSTILE.replace("$", r"\$")) for name in named) == 2
    assert len(ax.lines) > len(alone.lines)
    if draw is charts.time:
        assert max(bar.get_width() for bar in ax.patches) == 3 * max(bar.get_width() for bar in alone.patches)
    other = replace(before, video=builders.video(num_frames=7))
    with pytest.raises(SettingsError, match=r"laid behind \(num frames: 1200 and 7\)") as said:
        draw(measured, behind=[other])
    assert "\n" not in str(said.value)
    with pytest.raises(SettingsError, match="was not sampled at 2 fps"):
        draw(measured, behind=[builders.results({"sequential @5": [1.0]})])


@pytest.mark.slow
def test_a_sweep_of_the_lab_is_saved_and_laid_behind_the_next(clip: Path, measured: Results, only_folder: Path) -> None:
    quick = {"repeats": 1, "warmup": 0, "trace": False, "memory": False}
    lab = vdlab.Lab(clip, strategies="threads", fps=5, workers="1,2", **quick)
    first = lab.run()
    lab.run()
    path = next(run.path for run in earlier.earlier_runs()[0] if run.results == first)
    saved(Results.load(path), only_folder / "server.json", hostname="server")
    saved(measured, only_folder / "other.json", hostname=HOSTILE)
    (only_folder / "damaged<b>.json").write_text("{")
    page = turned(lab, "Earlier")

    def shown(title: str) -> str:
        return "".join(one.value for one in tree(turned(lab, title)) if type(one) is widgets.HTML)

    def strokes(title: str) -> int:
        """How much is drawn; the pages themselves differ at every drawing in the names inside them."""
        return shown(title).count("<path") + shown(title).count("<use")

    assert "damaged&lt;b&gt;.json: is damaged" in shown("Earlier")
    pages = ("Overview", "Speedup")
    alone = [strokes(title) for title in pages]
    ticked(page, "server").value = True
    assert all(strokes(title) > before for title, before in zip(pages, alone, strict=True))
    ticked(page, "server").value = False
    assert [strokes(title) for title in pages] == alone
    ticked(page, "other").value = True
    assert "alert(1)&lt;/script&gt; $a_b$, 2026-01-01 00:00:00 did other work" in shown("Overview")
    assert "<script" not in shown("Earlier")
    ticked(page, "other").value = False
    # What is measured next is other work: it is said, and nothing else changes.
    ticked(page, "server").value = True
    lab.settings = {"fps": 1}
    lab.run()
    assert "server, 2026-01-01 00:00:00 was not sampled at 1 fps, so it is not laid behind." in shown("Overview")


def turned(lab: vdlab.Lab, title: str) -> widgets.Widget:
    """A page of the lab, turned to."""
    tabs = next(one for one in tree(lab.widget) if type(one) is widgets.Tab)
    tabs.selected_index = list(tabs.titles).index(title)
    return tabs.children[tabs.selected_index]


def ticked(page: widgets.Widget, name: str) -> widgets.Checkbox:
    return next(one for one in tree(page) if type(one) is widgets.Checkbox and one.description == name)


def control(page: widgets.Widget, kind: type, words: str) -> widgets.Widget:
    return next(one for one in tree(page) if type(one) is kind and words in one.description)


def names(page: widgets.Widget) -> list[str]:
    return [one.description for one in tree(page) if type(one) is widgets.Checkbox]


def text_of(page: widgets.Widget) -> str:
    return "\n".join(one.value for one in tree(page) if type(one) is widgets.HTML)


@pytest.fixture
def shown_runs(measured: Results, only_folder: Path) -> tuple[widgets.Widget, list[tuple[str, Results]]]:
    """The page over three runs, each in a folder of its own, and what it was asked to show."""
    slow = builders.results({"sequential": [4.0, 4.2, 4.1], "threads": [3.6, 3.7, 3.8]}, finished=builders.LATER)
    saved(measured, only_folder / "alpha" / "results.json")
    saved(measured, only_folder / "gamma" / "results.json", "2026-03-01T00:00:00+00:00", hostname=HOSTILE)
    saved(slow, only_folder / "beta" / "results.json", "2026-02-01T00:00:00+00:00")
    asked: list[tuple[str, Results]] = []
    page = Earlier(lambda results, name: asked.append((name, results)), lambda: None).tab
    page.look()
    return page.widget, asked


Shown = tuple[widgets.Widget, list[tuple[str, Results]]]


def test_runs_are_listed_with_what_is_best_and_can_be_sorted(shown_runs: Shown) -> None:
    page, _ = shown_runs
    assert names(page) == ["gamma", "beta", "alpha"]
    assert "threads x2 2.00x" in text_of(page)
    assert " kB" in text_of(page)
    assert "<script" not in text_of(page)
    sort = control(page, widgets.Dropdown, "Sort by")
    sort.value = "name"
    assert names(page) == ["alpha", "beta", "gamma"]
    sort.value = "largest speedup first"
    assert names(page)[-1] == "beta"


def test_one_run_is_opened_and_two_are_compared(shown_runs: Shown) -> None:
    page, asked = shown_runs
    opens = control(page, widgets.Button, "Open")
    assert opens.disabled
    ticked(page, "alpha").value = True
    opens.click()
    assert [name for name, _ in asked] == ["alpha"]
    assert "<iframe" not in text_of(page)
    ticked(page, "gamma").value = True
    assert opens.disabled
    assert '<iframe class="vdlab-report" sandbox="" title="comparison of the two"' in text_of(page)
    ticked(page, "alpha").value = False
    assert "<iframe" not in text_of(page)


def test_a_run_is_renamed_with_all_that_belongs_to_it(shown_runs: Shown, only_folder: Path) -> None:
    page, _ = shown_runs
    (only_folder / "alpha" / "report.html").touch()
    ticked(page, "alpha").value = True
    name, renames = control(page, widgets.Text, "Name"), control(page, widgets.Button, "Rename")
    assert name.value == "alpha"
    for wrong, says in (("beta", "a run of the name beta already"), ("../up", "cannot be called"), ("", "cannot be")):
        name.value = wrong
        renames.click()
        assert says in text_of(page)
        assert (only_folder / "alpha").is_dir()
    name.value = "first try"
    renames.click()
    assert "first try" in names(page)
    assert ticked(page, "first try").value
    assert sorted(path.name for path in (only_folder / "first try").iterdir()) == ["report.html", "results.json"]


def test_what_is_deleted_comes_back(shown_runs: Shown, only_folder: Path) -> None:
    page, _ = shown_runs
    undo = control(page, widgets.Button, "Undo")
    for name in ("alpha", "beta"):
        ticked(page, name).value = True
    assert undo.disabled
    control(page, widgets.Button, "Delete").click()
    assert names(page) == ["gamma"]
    assert not (only_folder / "alpha").exists()
    assert [run.name for run in earlier.earlier_runs()[0]] == ["gamma"]
    undo.click()
    assert names(page) == ["gamma", "beta", "alpha"]
    assert undo.disabled


def test_a_folder_with_somebodys_own_files_stays(measured: Results, only_folder: Path) -> None:
    path = saved(measured, only_folder / "mine" / "results.json")
    (only_folder / "mine" / "thesis.tex").touch()
    moved = earlier.delete([path])
    assert [one.name for one in (only_folder / "mine").iterdir() if one.name != ".deleted"] == ["thesis.tex"]
    assert earlier.earlier_runs()[0] == []
    earlier.restore(moved)
    assert path.exists()


def test_a_run_that_is_being_written_is_left_alone(measured: Results, only_folder: Path) -> None:
    with Keeper(only_folder / "now") as keeper:
        keeper.keep(measured)
        path = only_folder / "now" / "results.json"
        for act in (lambda: earlier.delete([path]), lambda: earlier.rename(path, "then")):
            with pytest.raises(VDLabError, match="another sweep is writing its results there"):
                act()
    assert path.exists()


def test_runs_from_elsewhere_are_brought_in(shown_runs: Shown, measured: Results, tmp_path_factory) -> None:
    page, _ = shown_runs
    elsewhere = saved(measured, tmp_path_factory.mktemp("elsewhere") / "theirs.json", hostname="theirs")
    typed = control(page, widgets.Text, "path of another")
    typed.value = str(elsewhere)
    assert typed.value == ""
    assert any(name.startswith("theirs-") for name in names(page))
    upload = control(page, widgets.FileUpload, "Bring in")
    about = {"type": "application/json", "size": 1, "last_modified": datetime.now(UTC)}
    upload.value = ({"name": "up.json", "content": memoryview(elsewhere.read_bytes()), **about},)
    assert any(name.startswith("up-") for name in names(page))
    count = len(names(page))
    upload.value = ({"name": "no<b>.json", "content": memoryview(b"{}"), **about},)
    assert "no&lt;b&gt;.json: is damaged, or not a results file of VDLab" in text_of(page)
    typed.value = "/nowhere.json"
    assert "nowhere.json: cannot be read" in text_of(page)
    assert len(names(page)) == count


def test_an_opened_run_is_shown_on_all_pages_and_says_whose_it_is(clip: Path, measured: Results) -> None:
    lab = vdlab.Lab(clip)
    lab.show(measured, "first <try>")
    assert lab.results is measured
    assert "<b>first &lt;try&gt;</b>, measured on " in text_of(lab.widget)
    assert "threads" in text_of(turned(lab, "Correctness"))
    assert "Decoded by" not in text_of(turned(lab, "Frames"))
