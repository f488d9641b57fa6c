"""What was decoded: a contact sheet, and for a difference the frames side by side."""

from typing import Any

import ipywidgets as widgets

from vdlab.lab.capture import Kept, Shot
from vdlab.lab.markup import block, text
from vdlab.lab.tabs.tab import Tab, View, empty


def frames() -> Tab:
    """A choice of setting, and its pictures."""
    choice = widgets.Dropdown(description="Decoded by", layout={"max_width": "340px"})
    sheet = block(empty("Press Run: a few of the frames that each strategy returned appear here."), "page")
    views: dict[str, View] = {}

    def show(change: dict[str, Any] | None = None) -> None:
        if choice.value is not None:
            sheet.value = render(views["last"].kept[choice.value])

    def draw(view: View) -> None:
        views["last"] = view
        settings = [setting for setting in view.kept if setting.fps == view.fps]
        before = choice.value
        choice.options = [(label(str(setting), view.kept[setting]), setting) for setting in settings]
        if settings:
            choice.value = before if before in settings else settings[0]
            show()

    choice.observe(show, "value")
    return Tab("Frames", widgets.VBox([choice, sheet]), draw)


def label(setting: str, kept: Kept) -> str:
    """A setting's name; with its verdict where that is not what one hopes for."""
    return setting if kept.verdict == "identical" else f"{setting} ({kept.verdict})"


def render(kept: Kept) -> str:
    """The contact sheet, under the differences if there are any."""
    pairs = "".join(
        f'<div class="vdlab-pair">{figure(pair.reference, "reference")}{figure(pair.result, "result")}'
        f'<figure><img src="{pair.difference}" alt="where they differ"><figcaption>difference</figcaption></figure>'
        "</div>"
        for pair in kept.pairs
    )
    if pairs:
        note = "The largest difference is drawn white, however small it is."
        pairs = f'<h4>The first frames that differ</h4><p class="vdlab-note">{note}</p>{pairs}<h4>All frames</h4>'
    shots = "".join(figure(shot) for shot in kept.shots)
    note = f"{len(kept.shots)} of {kept.frames:,} frames, evenly spaced: index in the video, and when it is shown."
    return f'{pairs}<p class="vdlab-note">{note}</p><div class="vdlab-sheet">{shots}</div>'


def figure(shot: Shot, role: str = "") -> str:
    """A frame over its index and pts."""
    caption = f"{text(role)} " if role else ""
    return (
        f'<figure><img src="{shot.picture}" alt="frame {shot.index}">'
        f"<figcaption>{caption}<b>{shot.index}</b> · {shot.pts:.2f} s</figcaption></figure>"
    )
