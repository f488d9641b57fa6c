"""The left column but for the video: a card for sampling, strategies, workers, and how to measure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ipywidgets as widgets
from joblib.externals.loky import cpu_count

from vdlab.benchmark.plan import MOST_ROUNDS
from vdlab.errors import SettingsError
from vdlab.lab.many import Many
from vdlab.lab.markup import block, card, one_of, seconds, sentence, text, unfolding
from vdlab.lab.settings import Family, Settings, family, setting
from vdlab.loaders import LOADERS
from vdlab.results.records import CASES, PRACTICAL, REFERENCE, REFERENCE_LOADER, Frames
from vdlab.results.wording import size
from vdlab.strategies import STRATEGIES
from vdlab.strategies.registry import Registry, Way
from vdlab.video import Video
from vdlab.video.sampling import sample

Changed = Callable[[], None]

RATES = (0.5, 1.0, 2.0, 5.0, 10.0, 25.0)
ROWS: dict[Family, str] = {"threads": "Threads", "processes": "Processes", "ffmpeg_threads": "FFmpeg threads"}
ALL_UP_TO = 12
SEEKING = {
    "approximate": "A frame's time is computed from the frame rate: quick to open, wrong for some files.",
    "exact": "The whole file is scanned first: frame i is always frame i.",
}
TEMPLATE = """\
import vdlab

@vdlab.strategy("mine", "My idea")
def mine(video, indices, workers):
    \"\"\"What is done otherwise, in a sentence.\"\"\"
    return vdlab.decode(video, indices, strategy="threads", workers=workers)
"""
"""A strategy that works, to be run in a cell and changed there."""
LOADER_TEMPLATE = """\
import vdlab

@vdlab.loader("mine", "My idea")
def mine(wanted, workers, each):
    \"\"\"What is done otherwise, in a sentence.\"\"\"
    yield from vdlab.decode_many(wanted, each=each, workers=workers, errors="yield")
"""
CASE_TITLES: dict[Frames, str] = {"stay": "Stay", "small": "Come small", "whole": "Come whole"}

NOTHING = ""
"""Stands for None in a choice, where widgets take that for no choice at all."""

INNER = (1, 2, 4)
"""FFmpeg threads in each decoder of a loader."""

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
        of: whether it is there for one `video`, for a `collection` of many, or for `any` of them.
    """

    widget: widgets.Widget
    read: Callable[[], dict[str, Any]]
    write: Callable[[Settings], None]
    refresh: Callable[[Video | Many, Settings], None] = lambda video, settings: None
    of: Literal["any", "video", "collection"] = "any"


class Chips:
    """A row of numbers of which several can be chosen, with room for another.

    Attributes:
        boxes: by number.
        note: a line below them.
        widget: all of it.
    """

    def __init__(
        self, title: str, numbers: Sequence[float], changed: Changed, ringed: float | None = None, why: str = ""
    ) -> None:
        """Numbers to switch on and off; the `ringed` one stands out and says `why`."""
        self.boxes: dict[float, widgets.Checkbox] = {}
        self._title, self._changed, self._ringed, self._why = title, changed, ringed, why
        self._whole = all(isinstance(number, int) for number in numbers)
        self._row = widgets.HBox().add_class("vdlab-chips")
        self._other = widgets.Text(
            placeholder="other", description=f"{title}, another number", continuous_update=False
        ).add_class("vdlab-other")
        self._other.observe(self._typed, "value")
        self.note = block(kind="note")
        self.widget = widgets.VBox([block(f'<span class="vdlab-label">{title}</span>'), self._row, self.note])
        self._offer(numbers)

    def chosen(self) -> tuple[Any, ...]:
        """The numbers that are on."""
        return tuple(number for number, box in self.boxes.items() if box.value)

    def choose(self, numbers: Sequence[float]) -> None:
        """Switch on exactly these; those that were not on offer are now."""
        self._offer(numbers)
        for number, box in self.boxes.items():
            box.value = number in numbers

    def enable(self, possible: Collection[float]) -> None:
        """Let only these be used."""
        for number, box in self.boxes.items():
            box.disabled = number not in possible
        self._other.disabled = not possible

    def _offer(self, numbers: Sequence[float]) -> None:
        """Add what is missing."""
        for number in numbers:
            if number not in self.boxes:
                self.boxes[number] = self._chip(number)
        self.boxes = dict(sorted(self.boxes.items()))
        self._row.children = [*self.boxes.values(), self._other]

    def _chip(self, number: float) -> widgets.Checkbox:
        ringed = number == self._ringed
        box = widgets.Checkbox(
            description=f'<span class="vdlab-spoken">{self._title}: </span>{number:g}',
            description_allow_html=True,
            tooltip=f"{self._title}: {number:g}{f', {self._why}' if ringed else ''}",
            indent=False,
        ).add_class("vdlab-chip")
        if ringed:
            box.add_class("vdlab-ringed")
        box.observe(lambda change: self._changed(), "value")
        return box

    def _typed(self, change: dict[str, str]) -> None:
        """Another number, or several with commas."""
        if not change["new"].strip():
            return
        try:
            numbers = setting("threads" if self._whole else "fps", change["new"])
            if min(numbers, default=0) <= 0:
                raise SettingsError(f"{change['new']} will not do: a number above 0 is meant, such as 3")
        except SettingsError as error:
            self.note.value = text(error)
            return
        self._other.value = ""
        self.note.value = ""
        self.choose([*self.chosen(), *numbers])


def sampling_card(changed: Changed) -> Card:
    """The sampling rates; says at once how many of how many frames each is, and how large they are decoded."""
    rates = Chips("Frames per second", RATES, changed)
    says = block(kind="facts")

    def refresh(video: Video | Many, settings: Settings) -> None:
        if isinstance(video, Many):
            rates.enable(rates.boxes)
            says.value = "of each video, unless a list says for itself which frames"
            return
        rates.enable([fps for fps in rates.boxes if fps <= video.average_fps or fps in settings.fps])
        lines = []
        for fps in settings.fps:
            count = len(sample(video, fps))
            memory = size(count * video.frame_bytes)
            more = f": the video has no more than {video.average_fps:.4g}" if fps > video.average_fps else ""
            lines.append(f"{fps:.4g} fps: <b>{count:,}</b> of {video.num_frames:,} frames, {memory} decoded{more}")
        says.value = "<br>".join(lines) or "choose at least one"

    return Card(
        card("Sampling", rates.widget, says),
        lambda: {"fps": rates.chosen()},
        lambda settings: rates.choose(settings.fps),
        refresh,
    )


def ways_card(changed: Changed, field: Literal["strategies", "loaders"]) -> tuple[Card, Callable[[Way[Any]], None]]:
    """A checkbox and a sentence for each strategy or loader; and the function to call with one that joins."""
    of_one = field == "strategies"
    registry: Registry[Any] = STRATEGIES if of_one else LOADERS
    reference, template = (REFERENCE, TEMPLATE) if of_one else (REFERENCE_LOADER, LOADER_TEMPLATE)
    rows = widgets.VBox()
    boxes: dict[str, widgets.Checkbox] = {}

    def row(way: Way[Any], on: bool) -> widgets.VBox:
        always = way.name == reference
        box = widgets.Checkbox(value=on or always, description=way.name, indent=False, disabled=always)
        box.observe(lambda change: changed(), "value")
        boxes[way.name] = box
        about = sentence(way.summary) + (" Always measured." if always else "")
        line = widgets.VBox([box, block(about, "about")]).add_class("vdlab-strategy")
        return line

    def draw(on: set[str]) -> None:
        boxes.clear()
        rows.children = [row(way, way.name in on) for way in registry.offered().values()]

    def read() -> dict[str, tuple[str, ...]]:
        return {field: tuple(name for name, box in boxes.items() if box.value)}

    def write(settings: Settings) -> None:
        chosen = getattr(settings, field)
        if set(boxes) != set(registry.offered()):
            draw(set(chosen))
        for name, box in boxes.items():
            box.value = name in chosen or name == reference

    def join(way: Way[Any]) -> None:
        draw({*read()[field], way.name})

    draw({reference})
    own = unfolding(f"A {registry.what} of your own", f'<pre class="vdlab-text" tabindex="0">{text(template)}</pre>')
    return Card(card(field.title(), rows, own), read, write, of="video" if of_one else "collection"), join


def frames_card(changed: Changed) -> Card:
    """How many of many videos are measured, and what becomes of their frames: each case is measured by itself."""
    boxes = {case: widgets.Checkbox(description=CASE_TITLES[case], indent=False) for case in CASES}
    fields = {"sample": one_of(samples("auto"), "Videos"), "using_seconds": one_of(uses(None), "Used for")}
    for control in (*boxes.values(), *fields.values()):
        control.observe(lambda change: changed(), "value")
    rows = [
        widgets.VBox([box, block(f"{CASES[case].capitalize()}.", "about")]).add_class("vdlab-strategy")
        for case, box in boxes.items()
    ]
    inner = Chips("FFmpeg threads in each decoder", INNER, changed)
    about = block("Used for: as long as a training step takes, say; then it is told how long that waits.", "note")

    def write(settings: Settings) -> None:
        fields["sample"].options = samples(settings.sample)
        fields["using_seconds"].options = uses(settings.using_seconds)
        write_fields(fields, settings)
        for case, box in boxes.items():
            box.value = case in settings.frames
        inner.choose(settings.in_each)

    def read() -> dict[str, Any]:
        cases = tuple(case for case, box in boxes.items() if box.value)
        return {**read_fields(fields), "frames": cases, "in_each": inner.chosen()}

    def refresh(video: Video | Many, settings: Settings) -> None:
        taken = [one.name for one in settings.ways if one.ffmpeg_threads] if settings.many else []
        inner.enable(inner.boxes if taken else ())
        inner.note.value = f"of {', '.join(taken)}" if taken else "no chosen loader takes them"

    controls = (fields["sample"], *rows, fields["using_seconds"], about, inner.widget)
    return Card(card("Videos and frames", *controls), read, write, refresh, "collection")


def workers_card(changed: Changed) -> Card:
    """A row of counts for each family; a row that no chosen strategy goes by cannot be used, and says so."""
    cpus = cpu_count()
    rows = {
        name: Chips(title, counts(cpus), changed, cpus, "the CPUs this process may use") for name, title in ROWS.items()
    }
    says = block(kind="note")

    def read() -> dict[str, tuple[int, ...]]:
        return {name: row.chosen() for name, row in rows.items()}

    def write(settings: Settings) -> None:
        for name, row in rows.items():
            row.choose(getattr(settings, name))

    def refresh(video: Video | Many, settings: Settings) -> None:
        used = {family(one) for one in settings.ways if one.parallel}
        used |= {"ffmpeg_threads"} if not settings.many and any(one.ffmpeg_threads for one in settings.ways) else set()
        for name, row in rows.items():
            possible = name in used
            row.enable(row.boxes if possible else ())
            missing = "" if row.chosen() else "choose at least one"
            row.note.value = missing if possible else f"no chosen {'loader' if settings.many else 'strategy'} uses them"
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

    def rounds(value: int, least: int, name: str) -> widgets.BoundedIntText:
        return widgets.BoundedIntText(value, least, MOST_ROUNDS, description=name, layout={"width": "160px"})

    about = block(kind="note")
    auto = box(True, "As many rounds as settle which is faster")
    repeats = rounds(3, 1, "Rounds")
    fields = {
        "seek_mode": one_of(list(SEEKING), "Seeking"),
        "budget_seconds": one_of(limits(120), "At most"),
        "warmup": rounds(1, 0, "Warm-ups"),
        "truth": one_of([("where the file leaves a doubt", NOTHING), ("always", True), ("never", False)], "Check"),
        "trace": box(True, "Timeline: one more run of each, to see what workers do when"),
        "memory": box(True, "Memory: one more run of each, to see the most it takes"),
        "control": box(True, "Control: the leader twice in every round, to see how much is noise"),
        "practical": one_of(differences(PRACTICAL), "What counts"),
    }
    seed = widgets.Text(description="Seed", placeholder="drawn by lot", continuous_update=False)

    def read() -> dict[str, Any]:
        drawn = int(seed.value) if seed.value.strip().isdecimal() else None
        return {**read_fields(fields), "repeats": "auto" if auto.value else repeats.value, "seed": drawn}

    def write(settings: Settings) -> None:
        auto.value = settings.repeats == "auto"
        if settings.repeats != "auto":
            repeats.value = settings.repeats
        seed.value = "" if settings.seed is None else str(settings.seed)
        fields["budget_seconds"].options = limits(settings.budget_seconds)
        fields["practical"].options = differences(settings.practical)
        write_fields(fields, settings)

    def refresh(video: Video | Many, settings: Settings) -> None:
        lonely = " One round gives no interval." if settings.repeats == 1 else ""
        about.value = ("" if settings.many else SEEKING[settings.seek_mode]) + lonely
        for name in ("seek_mode", "truth", "trace"):
            fields[name].layout.display = "none" if settings.many else None
        repeats.disabled, fields["budget_seconds"].disabled = auto.value, not auto.value

    seek, *others = fields.values()
    controls = [seek, about, auto, fields["budget_seconds"], repeats, *others[1:], seed]
    for control in (auto, repeats, seed, *fields.values()):
        control.observe(lambda change: changed(), "value")
    return Card(card("Measuring", *controls), read, write, refresh)


def read_fields(fields: Mapping[str, widgets.Widget]) -> dict[str, Any]:
    """What is chosen, by the names of settings."""
    return {name: None if control.value == NOTHING else control.value for name, control in fields.items()}


def write_fields(fields: Mapping[str, widgets.Widget], settings: Settings) -> None:
    """Choose what the settings say."""
    for name, control in fields.items():
        value = getattr(settings, name)
        control.value = NOTHING if value is None else value


def differences(value: float) -> tuple[tuple[str, float], ...]:
    """Which differences may count, and the one that is chosen."""
    return tuple((f"differences of {100 * one:.3g} %", one) for one in sorted({0.02, 0.05, 0.1, value}))


def samples(value: int | str) -> list[tuple[str, int | str]]:
    """How many videos may be measured, and the number that is chosen."""
    numbers = sorted({20, 50, 100, 200, *([value] if isinstance(value, int) else [])})
    return [("as many as there is time for", "auto"), *((f"{one:,} of them", one) for one in numbers), ("all", "all")]


def uses(value: float | None) -> list[tuple[str, float | str]]:
    """How long somebody may take who uses a video's frames, and the time that is chosen."""
    chosen = [] if value is None else [value]
    return [
        ("not measured", NOTHING),
        *((f"{1000 * one:g} ms each", one) for one in sorted({0.01, 0.03, 0.1, *chosen})),
    ]


def limits(value: float) -> tuple[tuple[str, float], ...]:
    """What a sweep may take at most: round times, and the one that is chosen."""
    return tuple((seconds(limit), limit) for limit in sorted({*LIMITS, value}))
