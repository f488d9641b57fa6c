"""How many frames a second: a slider, and other rates to measure beside it."""

import ipywidgets as widgets

from vdlab.lab.choose.card import Card, Changed, chips, choose, chosen
from vdlab.lab.markup import block, card
from vdlab.lab.settings import Settings
from vdlab.results.wording import size
from vdlab.video import Video
from vdlab.video.sampling import sample

RATES = (0.5, 1, 2, 5, 10, 25)
STOPS = (0.1, 0.2, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 40, 50, 60)


def sampling_card(changed: Changed) -> Card:
    """The sampling rate; says at once how many of how many frames that is, and how large they are decoded."""
    rate = widgets.SelectionSlider(options=stops(25, 2), value=2, description="FPS", continuous_update=True)
    rate.add_class("vdlab-fps")
    others = chips("Measure these rates too", RATES, changed)
    says = block(kind="facts")

    def rates() -> tuple[float, ...]:
        return (rate.value, *(number for number in chosen(others) if number != rate.value))

    def offer(most: float, value: float) -> None:
        options = stops(most, value)
        if tuple(rate.options) != options:
            rate.options = options
        rate.value = min(value, most)

    def write(settings: Settings) -> None:
        offer(max(*(value for _, value in rate.options), settings.fps[0]), settings.fps[0])
        choose(others, settings.fps[1:])

    def refresh(video: Video, settings: Settings) -> None:
        offer(video.average_fps, rate.value)
        for number, button in others.buttons.items():
            button.disabled = number > video.average_fps
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
