"""Earlier runs: open one, compare two, lay them behind what is measured now, rename them, delete them."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from vdlab.errors import harmless
from vdlab.lab.markup import block, errors_shown, one_of, page_in_a_frame, path_typed, text
from vdlab.lab.tabs import Tab
from vdlab.report.html import comparison_html
from vdlab.results.compare import compare
from vdlab.results.earlier import (
    EarlierRun,
    delete,
    earlier_runs,
    folder_for_results,
    open_run,
    rename,
    restore,
    take_in,
)
from vdlab.results.records import Results

Order = Callable[[EarlierRun], Any]

ORDERS: dict[str, tuple[Order, bool]] = {
    "newest first": (lambda run: run.started, True),
    "name": (lambda run: run.name.lower(), False),
    "video": (lambda run: run.video.lower(), False),
    "largest speedup first": (lambda run: 0.0 if isnan(run.speedup) else run.speedup, True),
    "largest file first": (lambda run: run.size, True),
}
"""How the list can be sorted: by what, and whether the largest comes first."""


class Earlier:
    """The page.

    Attributes:
        tab: where it is shown.
    """

    def __init__(self, show: Callable[[Results, str], None], changed: Callable[[], None]) -> None:
        """Make the widgets and wire them.

        Args:
            show: shows a run, by its name, on all pages.
            changed: called when other runs are ticked.
        """
        self._show, self._changed = show, changed
        self._runs: dict[Path, EarlierRun] = {}
        self._rows: dict[Path, widgets.HBox] = {}
        self._unread: list[str] = []
        self._deleted: list[list[tuple[Path, Path]]] = []
        self._sort = one_of(list(ORDERS), "Sort by")
        self._path = path_typed("path of another results.json")
        self._upload = widgets.FileUpload(accept=".json", multiple=True, description="Bring in runs")
        self._open = widgets.Button(description="Open", icon="folder-open")
        self._delete = widgets.Button(description="Delete", icon="trash")
        self._undo = widgets.Button(description="Undo", icon="undo", disabled=True)
        self._name = widgets.Text(description="Name").add_class("vdlab-name")
        self._rename = widgets.Button(description="Rename", icon="pencil")
        self._message = block(kind="message")
        self._list = widgets.VBox().add_class("vdlab-runs")
        self._says, self._comparison = block(kind="note"), block(kind="seen")
        self._sort.observe(lambda change: self._draw(), "value")
        self._path.observe(self._typed, "value")
        self._upload.observe(self._uploaded, "value")
        acts = (self._open, self._opened), (self._rename, self._renamed), (self._delete, self._gone)
        for button, act in (*acts, (self._undo, self._back)):
            button.on_click(partial(self._act, act))
        head = block(row_of_cells("Video", "Best", "Measured", "Size"), "run-facts")
        self._heads = widgets.HBox([block("Name", "run-name"), head]).add_class("vdlab-run-row")
        find = widgets.HBox([self._sort, self._upload, self._path]).add_class("vdlab-find")
        actions = widgets.HBox([self._open, self._delete, self._undo, self._name, self._rename])
        listed = widgets.VBox([self._heads, self._list]).add_class("vdlab-scroll")
        below = [actions.add_class("vdlab-find"), self._says, self._comparison]
        self.tab = Tab("Earlier", widgets.VBox([find, self._message, listed, *below]), lambda view: None, self.look)
        self._tick_changed()

    def behind(self) -> list[Results]:
        """What is ticked."""
        return [run.results for run in self._ticked()]

    def look(self) -> None:
        """Read the list again."""
        with errors_shown(self._message):
            found, self._unread = earlier_runs()
            self._runs = {run.path: run for run in found}
            self._draw()

    def _draw(self) -> None:
        by, largest_first = ORDERS[self._sort.value]
        self._rows = {
            path: self._rows[path] if path in self._rows else self._row(run) for path, run in self._runs.items()
        }
        ordered = sorted(self._runs.values(), key=by, reverse=largest_first)
        self._list.children = [self._rows[run.path] for run in ordered]
        self._heads.layout.display = None if ordered else "none"
        self._says.value = "<br>".join([about(len(ordered)), *map(text, self._unread)])
        self._tick_changed()

    def _row(self, run: EarlierRun) -> widgets.HBox:
        tick = widgets.Checkbox(description=run.name, indent=False, tooltip=harmless(str(run.path)))
        tick.observe(lambda change: self._tick_changed(), "value")
        row = widgets.HBox([tick.add_class("vdlab-run-name"), block(facts(run), "run-facts")])
        return row.add_class("vdlab-run-row")

    def _ticked(self) -> list[EarlierRun]:
        return [run for path, run in self._runs.items() if path in self._rows and self._rows[path].children[0].value]

    def _tick_changed(self) -> None:
        """Say what can be done with what is ticked; two are compared at once."""
        ticked = self._ticked()
        for control in (self._open, self._name, self._rename):
            control.disabled = len(ticked) != 1
        self._delete.disabled = not ticked
        self._name.value = ticked[0].name if len(ticked) == 1 else ""
        self._comparison.value = ""
        if len(ticked) == 2:
            with errors_shown(self._message):
                older, newer = sorted(ticked, key=lambda run: run.started)
                page = comparison_html(compare(older.results, newer.results, anyway=True))  # it says what differs
                self._comparison.value = page_in_a_frame("comparison of the two", page)
        self._changed()

    def _act(self, act: Callable[[], None], button: widgets.Button) -> None:
        with errors_shown(self._message):
            act()

    def _opened(self) -> None:
        (run,) = self._ticked()
        self._show(run.results, run.name)

    def _renamed(self) -> None:
        (run,) = self._ticked()
        self._tick(rename(run.path, self._name.value))

    def _gone(self) -> None:
        self._deleted.append(delete([run.path for run in self._ticked()]))
        self._undo.disabled = False
        self.look()

    def _back(self) -> None:
        restore(self._deleted.pop())
        self._undo.disabled = not self._deleted
        self.look()

    def _typed(self, change: dict[str, str]) -> None:
        if typed := change["new"].strip():
            with errors_shown(self._message):
                source = open_run(Path(typed).expanduser().resolve()).path
                self._tick(take_in(source.name, source.read_bytes()))
                self._path.value = ""

    def _uploaded(self, change: dict[str, Any]) -> None:
        with errors_shown(self._message):
            for file in change["new"]:
                self._tick(take_in(file["name"], bytes(file["content"])))

    def _tick(self, path: Path) -> None:
        """Tick a run that is new in the list."""
        self.look()
        if row := self._rows.get(path.resolve()):
            row.children[0].value = True


def facts(run: EarlierRun) -> str:
    """The columns beside a run's name."""
    began = datetime.fromisoformat(run.started).astimezone()
    speedup = "" if isnan(run.speedup) else f" {run.speedup:.2f}x"
    where = run.hostname or "unnamed machine"
    cut = "" if run.finished else ", cut short"
    return row_of_cells(
        run.video,
        f"{run.best}{speedup}" if run.best else "cannot tell",
        f"{began:%Y-%m-%d %H:%M}{cut}, {where}",
        f"{run.size / 1e3:,.0f} kB",
    )


def row_of_cells(*cells: str) -> str:
    return "".join(f'<span title="{text(cell)}">{text(cell)}</span>' for cell in cells)


def about(count: int) -> str:
    """What the list is, or why it is empty."""
    where = f"<code>{text(folder_for_results())}</code>"
    if not count:
        return f"There are no earlier runs yet. Every sweep of the lab is saved in {where}."
    return (
        f"Every sweep is saved in {where}. A run that is ticked is laid behind Overview and Speedup where it did "
        "the same work; two are compared. What was deleted lies in <code>.deleted</code> there."
    )
