"""How to measure: seek mode, rounds, and what else is looked at."""

import ipywidgets as widgets

from vdlab.lab.choose.card import Card, Changed
from vdlab.lab.markup import block, card
from vdlab.lab.settings import Settings
from vdlab.video import Video

SEEKING = {
    "approximate": "A frame's time is computed from the frame rate: quick to open, wrong for some files.",
    "exact": "The whole file is scanned first: frame i is always frame i.",
}


def measuring_card(changed: Changed) -> Card:
    """Seek mode, timed and untimed rounds, the check of the reference, timeline and memory."""
    seek = widgets.ToggleButtons(options=list(SEEKING), style={"button_width": "auto"})
    seek.add_class("vdlab-segments")
    about = block(kind="note")
    repeats = widgets.IntSlider(3, 1, 10, description="Rounds")
    warmup = widgets.IntSlider(1, 0, 3, description="Warm-ups")
    truth = widgets.Checkbox(True, description="Check the reference against a decode without seeking", indent=False)
    trace = widgets.Checkbox(
        True, description="Timeline: one more run of each, to see what workers do when", indent=False
    )
    memory = widgets.Checkbox(True, description="Memory: one more run of each, to see the most it takes", indent=False)

    def read() -> dict[str, object]:
        return {
            "seek_mode": seek.value,
            "repeats": repeats.value,
            "warmup": warmup.value,
            "truth": truth.value,
            "trace": trace.value,
            "memory": memory.value,
        }

    def write(settings: Settings) -> None:
        seek.value = settings.seek_mode
        repeats.max = max(repeats.max, settings.repeats)
        warmup.max = max(warmup.max, settings.warmup)
        repeats.value, warmup.value = settings.repeats, settings.warmup
        truth.value, trace.value, memory.value = settings.truth, settings.trace, settings.memory

    def refresh(video: Video, settings: Settings) -> None:
        lonely = " One round gives no interval." if settings.repeats == 1 else ""
        about.value = SEEKING[settings.seek_mode] + lonely

    controls = (seek, repeats, warmup, truth, trace, memory)
    for control in controls:
        control.observe(lambda change: changed(), "value")
    return Card(card("Measuring", *controls, about), read, write, refresh)
