"""How to measure: seek mode, rounds, and what else is looked at."""

import ipywidgets as widgets

from vdlab.lab.choose.card import Card, Changed
from vdlab.lab.markup import block, card, seconds
from vdlab.lab.settings import Settings
from vdlab.video import Video

SEEKING = {
    "approximate": "A frame's time is computed from the frame rate: quick to open, wrong for some files.",
    "exact": "The whole file is scanned first: frame i is always frame i.",
}


LIMITS = (15, 30, 60, 120, 300, 600, 1800)
"""Seconds."""


def measuring_card(changed: Changed) -> Card:
    """Seek mode, timed and untimed rounds, the check of the reference, timeline and memory."""
    seek = widgets.ToggleButtons(options=list(SEEKING), style={"button_width": "auto"})
    seek.add_class("vdlab-segments")
    about = block(kind="note")
    auto = widgets.Checkbox(False, description="As many rounds as settle which is faster", indent=False)
    repeats = widgets.IntSlider(3, 1, 10, description="Rounds")
    budget = widgets.SelectionSlider(options=limits(120), value=120, description="At most", layout={"display": "none"})
    warmup = widgets.IntSlider(1, 0, 3, description="Warm-ups")
    truth = widgets.Checkbox(
        False, description="Check the reference against a slow decode without seeking", indent=False
    )
    trace = widgets.Checkbox(
        True, description="Timeline: one more run of each, to see what workers do when", indent=False
    )
    memory = widgets.Checkbox(True, description="Memory: one more run of each, to see the most it takes", indent=False)

    def read() -> dict[str, object]:
        return {
            "seek_mode": seek.value,
            "repeats": "auto" if auto.value else repeats.value,
            "budget_seconds": budget.value,
            "warmup": warmup.value,
            "truth": truth.value,
            "trace": trace.value,
            "memory": memory.value,
        }

    def write(settings: Settings) -> None:
        seek.value = settings.seek_mode
        auto.value = settings.repeats == "auto"
        if not auto.value:
            repeats.max = max(repeats.max, settings.repeats)
            repeats.value = settings.repeats
        budget.options = limits(settings.budget_seconds)
        budget.value = settings.budget_seconds
        warmup.max = max(warmup.max, settings.warmup)
        warmup.value = settings.warmup
        truth.value, trace.value, memory.value = settings.truth, settings.trace, settings.memory

    def refresh(video: Video, settings: Settings) -> None:
        lonely = " One round gives no interval." if settings.repeats == 1 else ""
        about.value = SEEKING[settings.seek_mode] + lonely
        repeats.layout.display, budget.layout.display = ("none", None) if auto.value else (None, "none")

    controls = (seek, auto, repeats, budget, warmup, truth, trace, memory)
    for control in controls:
        control.observe(lambda change: changed(), "value")
    return Card(card("Measuring", *controls, about), read, write, refresh)


def limits(value: float) -> tuple[tuple[str, float], ...]:
    """What a sweep may take at most: round times, and the one that is chosen."""
    return tuple((seconds(limit), limit) for limit in sorted({*LIMITS, value}))
