"""Earlier runs: choose some, and they are laid behind what is measured now."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import ipywidgets as widgets

from vdlab.errors import SettingsError, VDLabError, harmless
from vdlab.lab.markup import block, errors_shown, path_typed, text
from vdlab.lab.tabs import Tab
from vdlab.results.earlier import EarlierRun, earlier_runs, folder_for_results, open_run
from vdlab.results.records import Results

Refuse = Callable[[Results], str]


def earlier(refuse: Refuse, changed: Callable[[], None]) -> tuple[Tab, Callable[[], list[Results]]]:
    """The tab, and a function that returns what is chosen in it.

    Args:
        refuse: why a run cannot be laid behind what is seen now, as a sentence; empty where it can.
        changed: called when the choice has changed.
    """
    state = SimpleNamespace(chosen={}, typed=[])
    message = block(kind="message")
    rows = widgets.VBox().add_class("vdlab-runs")
    refresh = widgets.Button(description="Refresh", icon="refresh")
    path = path_typed("path of another results.json")
    says = block(kind="note")

    def row(run: EarlierRun) -> widgets.Checkbox:
        box = widgets.Checkbox(
            run.path in state.chosen, description=label(run), indent=False, tooltip=harmless(str(run.path))
        )
        box.observe(lambda change: choose(run, box), "value")
        return box

    def choose(run: EarlierRun, box: widgets.Checkbox) -> None:
        if box.value == (run.path in state.chosen):
            return
        with errors_shown(message):
            try:
                if not box.value:
                    del state.chosen[run.path]
                elif reason := refuse(results := open_run(run.path).results):
                    raise SettingsError(reason)
                else:
                    state.chosen[run.path] = results
            except VDLabError:
                box.value = False
                raise
            changed()

    def look() -> None:
        with errors_shown(message):
            found, unread = earlier_runs()
            there = {run.path for run in found}
            rows.children = [row(run) for run in [*(run for run in state.typed if run.path not in there), *found]]
            says.value = "<br>".join([about(len(rows.children)), *map(text, unread)])

    def open_typed(change: dict[str, str]) -> None:
        if change["new"].strip():
            with errors_shown(message):
                run = open_run(Path(change["new"].strip()).expanduser().resolve())
                state.typed = [run, *(one for one in state.typed if one.path != run.path)]
                rows.children = [row(run), *rows.children]
                rows.children[0].value = True

    refresh.on_click(lambda button: look())
    path.observe(open_typed, "value")
    files = widgets.HBox([path, refresh]).add_class("vdlab-find")
    page = widgets.VBox([files, message, rows, says])
    return Tab("Earlier", page, lambda view: None, look), lambda: list(state.chosen.values())


def label(run: EarlierRun) -> str:
    """Video, machine, date and number of settings in a line."""
    began = datetime.fromisoformat(run.started).astimezone()
    facts = [
        run.video,
        run.hostname or "unnamed machine",
        f"{began:%Y-%m-%d %H:%M}",
        f"{run.settings} setting{'' if run.settings == 1 else 's'}",
        *([] if run.finished else ["cut short"]),
    ]
    return harmless(" · ".join(facts))


def about(count: int) -> str:
    """What the list is, or why it is empty."""
    where = f"<code>{text(folder_for_results())}</code>"
    if not count:
        return f"There are no earlier runs yet. Every sweep of the lab is saved in {where}."
    return f"What you choose is laid behind the charts of Overview and Speedup. Every sweep is saved in {where}."
