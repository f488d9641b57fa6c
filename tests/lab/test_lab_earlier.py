"""Earlier runs in the lab: saved by every sweep, listed, laid behind the next, or refused in a line."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import builders
import ipywidgets as widgets
import pytest
from matplotlib.axes import Axes

import vdlab
from vdlab import charts
from vdlab.errors import SettingsError, VDLabError
from vdlab.results import earlier
from vdlab.results.records import Results

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
    lab = vdlab.Lab(clip)
    quick = {"repeats": 1, "warmup": 0, "trace": False, "memory": False}
    lab.settings = replace(lab.settings, strategies=("threads",), fps=(5,), threads=(2,), **quick)
    first = lab.run()
    lab.run()
    path = next(run.path for run in earlier.earlier_runs()[0] if run.results == first)
    renamed = saved(Results.load(path), only_folder / "renamed.json", hostname="server")
    saved(measured, only_folder / "other.json", hostname=HOSTILE)
    (only_folder / "damaged<b>.json").write_text("{")
    tabs = next(one for one in tree(lab.widget) if type(one) is widgets.Tab)
    tabs.selected_index = list(tabs.titles).index("Earlier")
    page = tabs.children[tabs.selected_index]

    def box(words: str) -> widgets.Checkbox:
        return next(one for one in tree(page) if type(one) is widgets.Checkbox and words in one.description)

    def shown(title: str) -> str:
        tabs.selected_index = list(tabs.titles).index(title)
        inside = tree(tabs.children[tabs.selected_index])
        return "".join(one.value for one in inside if type(one) is widgets.HTML)

    def strokes(title: str) -> int:
        """How much is drawn; the pages themselves differ at every drawing in the names inside them."""
        return shown(title).count("<path") + shown(title).count("<use")

    assert "damaged&lt;b&gt;.json: is damaged" in shown("Earlier")
    pages = ("Overview", "Speedup")
    alone = [strokes(title) for title in pages]
    shown("Earlier")
    box("server").value = True
    assert all(strokes(title) > before for title, before in zip(pages, alone, strict=True))
    shown("Earlier")
    box(HOSTILE).value = True
    assert not box(HOSTILE).value
    assert "alert(1)&lt;/script&gt; $a_b$, 2026-01-01 00:00:00 did other work" in shown("Earlier")
    assert "<script" not in shown("Earlier")
    box("server").value = False
    assert [strokes(title) for title in pages] == alone
    renamed.unlink()
    shown("Earlier")
    typed = next(one for one in tree(page) if type(one) is widgets.Text)
    typed.value = str(only_folder / "nowhere.json")
    assert "nowhere.json: cannot be read" in shown("Earlier")
    elsewhere = saved(Results.load(path), only_folder / "deep" / "er" / "run.json", hostname="elsewhere")
    typed.value = str(elsewhere)
    assert box("elsewhere").value
    assert strokes("Overview") > alone[0]
    # What is measured next is other work: it is said, and nothing else changes.
    lab.settings = replace(lab.settings, fps=(1,))
    lab.run()
    assert "elsewhere, 2026-01-01 00:00:00 was not sampled at 1 fps, so it is not laid behind." in shown("Overview")
