"""The left column but for the video: a card for sampling, strategies, workers, and how to measure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
from joblib import cpu_count

from vdlab.lab.markup import block, card, seconds, segments, sentence
from vdlab.lab.settings import Family, Settings, family
from vdlab.results.records import REFERENCE
from vdlab.results.wording import size
from vdlab.strategies import Strategy, find, offered
from vdlab.video import Video
from vdlab.video.sampling import sample

Changed = Callable[[], None]

RATES = (0.5, 1, 2, 5, 10, 25)
STOPS = (0.1, 0.2, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 40, 50, 60)
FAMILIES: dict[Family, str] = {"threads": "Threads", "processes": "Processes", "ffmpeg_threads": "FFmpeg threads"}
ALL_UP_TO = 12
SEEKING = {
    "approximate": "A frame's time is computed from the frame rate: quick to open, wrong for some files.",
    "exact": "The whole file is scanned first: frame i is always frame i.",
}
LIMITS = (15, 30, 60, 120, 300, 600, 1800)
"""Seconds."""


@dataclass(frozen=True)
class Card:
    """Controls that stand for a few fields of `Settings`.

    Attributes:
        widget: what is shown.
        read: the fields of `Settings` that are chosen here, by name.
        write: set the controls to what the settings say.
        refresh: called with the video and the settings whenever either has changed, to say what follows from them.
    """

    widget: widgets.Widget
    read: Callable[[], dict[str, Any]]
    write: Callable[[Settings], None]
    refresh: Callable[[Video, Settings], None] = lambda video, settings: None


class Chips:
    """A row of numbers of which several can be chosen.

    Attributes:
        buttons: by number.
        note: a line below them.
        widget: all of it.
    """

    def __init__(
        self, title: str, numbers: Sequence[float], changed: Changed, ringed: float | None = None, why: str = ""
    ) -> None:
        """Numbers to switch on and off; the `ringed` one stands out and says `why`."""
        self.buttons: dict[float, widgets.ToggleButton] = {}
        for number in numbers:
            button = widgets.ToggleButton(description=f"{number:g}", tooltip=f"{title}: {number:g}")
            button.add_class("vdlab-chip")
            if number == ringed:
                button.add_class("vdlab-ringed")
                button.tooltip += f", {why}"
            button.observe(lambda change: changed(), "value")
            self.buttons[number] = button
        row = widgets.HBox(list(self.buttons.values())).add_class("vdlab-chips")
        self.note = block(kind="note")
        self.widget = widgets.VBox([block(f'<span class="vdlab-label">{title}</span>'), row, self.note])

    def chosen(self) -> tuple[Any, ...]:
        """The numbers that are on."""
        return tuple(number for number, button in self.buttons.items() if button.value)

    def choose(self, numbers: Sequence[float]) -> None:
        """Switch on exactly these, as far as they are there."""
        for number, button in self.buttons.items():
            button.value = number in numbers

    def enable(self, possible: Collection[float]) -> None:
        """Let only these be used."""
        for number, button in self.buttons.items():
            button.disabled = number not in possible


def sampling_card(changed: Changed) -> Card:
    """The sampling rate; says at once how many of how many frames that is, and how large they are decoded."""
    rate = widgets.SelectionSlider(options=stops(25, 2), value=2, description="FPS").add_class("vdlab-fps")
    others = Chips("Measure these rates too", RATES, changed)
    says = block(kind="facts")

    def rates() -> tuple[float, ...]:
        further = (fps for fps in others.chosen() if fps != rate.value and not others.buttons[fps].disabled)
        return (rate.value, *further)

    def offer(most: float, value: float) -> None:
        options = stops(most, value)
        if tuple(rate.options) != options:
            rate.options = options
        rate.value = min(value, most)

    def write(settings: Settings) -> None:
        offer(max(*(value for _, value in rate.options), settings.fps[0]), settings.fps[0])
        others.choose(settings.fps[1:])

    def refresh(video: Video, settings: Settings) -> None:
        offer(video.average_fps, rate.value)
        others.enable([fps for fps in RATES if fps <= video.average_fps])
        lines = []
        for fps in rates():
            count = len(sample(video, fps))
            memory = size(count * video.frame_bytes)
            lines.append(f"{fps:.3g} fps: <b>{count:,}</b> of {video.num_frames:,} frames, {memory} decoded")
        says.value = "<br>".join(lines)

    rate.observe(lambda change: changed(), "value")
    return Card(card("Sampling", rate, says, others.widget), lambda: {"fps": rates()}, write, refresh)


def stops(most: float, value: float) -> tuple[tuple[str, float], ...]:
    """What the slider stops at: round rates up to the video's own, above which it has no more frames to give."""
    rates = {*(stop for stop in STOPS if stop < most), most, min(value, most)}
    return tuple((f"{rate:.4g}", rate) for rate in sorted(rates))


def strategies_card(changed: Changed) -> tuple[Card, Callable[[Strategy], None]]:
    """A checkbox and a sentence for each strategy; and the function to call with one that joins."""
    rows = widgets.VBox()
    boxes: dict[str, widgets.Checkbox] = {}

    def row(strategy: Strategy, on: bool) -> widgets.VBox:
        always = strategy.name == REFERENCE
        box = widgets.Checkbox(value=on or always, description=strategy.name, indent=False, disabled=always)
        box.observe(lambda change: changed(), "value")
        boxes[strategy.name] = box
        about = sentence(strategy.summary) + (" Always measured." if always else "")
        line = widgets.VBox([box, block(about, "about")]).add_class("vdlab-strategy")
        return line

    def draw(on: set[str]) -> None:
        boxes.clear()
        rows.children = [row(strategy, strategy.name in on) for strategy in offered().values()]

    def read() -> dict[str, tuple[str, ...]]:
        return {"strategies": tuple(name for name, box in boxes.items() if box.value)}

    def write(settings: Settings) -> None:
        if set(boxes) != set(offered()):
            draw(set(settings.strategies))
        for name, box in boxes.items():
            box.value = name in settings.strategies or name == REFERENCE

    def join(strategy: Strategy) -> None:
        draw({*read()["strategies"], strategy.name})
        changed()

    draw({REFERENCE})
    return Card(card("Strategies", rows), read, write), join


def workers_card(changed: Changed) -> Card:
    """A row of counts for each family; a row that no chosen strategy goes by cannot be used, and says so."""
    cpus = cpu_count()
    rows = {
        name: Chips(title, counts(cpus), changed, cpus, "the CPUs this process may use")
        for name, title in FAMILIES.items()
    }
    says = block(kind="note")

    def read() -> dict[str, tuple[int, ...]]:
        return {name: row.chosen() for name, row in rows.items()}

    def write(settings: Settings) -> None:
        for name, row in rows.items():
            row.choose(getattr(settings, name))

    def refresh(video: Video, settings: Settings) -> None:
        strategies = [find(name) for name in settings.strategies]
        used = {family(one) for one in strategies if one.parallel}
        used |= {"ffmpeg_threads"} if any(one.ffmpeg_threads for one in strategies) else set()
        for name, row in rows.items():
            possible = name in used
            row.enable(row.buttons if possible else ())
            missing = "" if row.chosen() else "choose at least one"
            row.note.value = missing if possible else "no chosen strategy uses them"
        most = max((number for name in used for number in rows[name].chosen()), default=0)
        says.value = f"{most} workers on {cpus} CPUs: more than one for each rarely helps" if most > cpus else ""

    legend = block(f'<i class="vdlab-dot"></i> {cpus} CPUs may be used here', "note")
    return Card(card("Workers", legend, *(row.widget for row in rows.values()), says), read, write, refresh)


def counts(cpus: int) -> list[int]:
    """1 to twice the CPUs: every number where they are few, else with ever wider gaps; the CPUs always among them."""
    top = 2 * cpus
    if top <= ALL_UP_TO:
        return list(range(1, top + 1))
    powers = [2**power for power in range(top.bit_length())]
    steps = {*powers, *(3 * power // 2 for power in powers[1:]), cpus, top}
    return sorted(number for number in steps if number <= top)


def measuring_card(changed: Changed) -> Card:
    """Seek mode, timed and untimed rounds, the check of the reference, timeline and memory."""

    def box(on: bool, words: str) -> widgets.Checkbox:
        return widgets.Checkbox(on, description=words, indent=False)

    seek = segments(list(SEEKING))
    about = block(kind="note")
    auto = box(False, "As many rounds as settle which is faster")
    rounds = widgets.IntSlider(3, 1, 10, description="Rounds")
    budget = widgets.SelectionSlider(options=limits(120), value=120, description="At most", layout={"display": "none"})
    warmup = widgets.IntSlider(1, 0, 3, description="Warm-ups")
    fields = {
        "seek_mode": seek,
        "budget_seconds": budget,
        "warmup": warmup,
        "truth": box(False, "Check the reference against a slow decode without seeking"),
        "trace": box(True, "Timeline: one more run of each, to see what workers do when"),
        "memory": box(True, "Memory: one more run of each, to see the most it takes"),
    }

    def read() -> dict[str, Any]:
        values = {name: control.value for name, control in fields.items()}
        return {**values, "repeats": "auto" if auto.value else rounds.value}

    def write(settings: Settings) -> None:
        auto.value = settings.repeats == "auto"
        if settings.repeats != "auto":
            rounds.max = max(rounds.max, settings.repeats)
            rounds.value = settings.repeats
        budget.options = limits(settings.budget_seconds)
        warmup.max = max(warmup.max, settings.warmup)
        for name, control in fields.items():
            control.value = getattr(settings, name)

    def refresh(video: Video, settings: Settings) -> None:
        lonely = " One round gives no interval." if settings.repeats == 1 else ""
        about.value = SEEKING[settings.seek_mode] + lonely
        rounds.layout.display, budget.layout.display = ("none", None) if auto.value else (None, "none")

    controls = (seek, auto, rounds, *list(fields.values())[1:])
    for control in controls:
        control.observe(lambda change: changed(), "value")
    return Card(card("Measuring", *controls, about), read, write, refresh)


def limits(value: float) -> tuple[tuple[str, float], ...]:
    """What a sweep may take at most: round times, and the one that is chosen."""
    return tuple((seconds(limit), limit) for limit in sorted({*LIMITS, value}))
