"""How many frames a second: a slider, and other rates to measure beside it."""

import math

import ipywidgets as widgets

from vdlab.lab.choose.card import Card, Changed, chips, choose, chosen
from vdlab.lab.markup import block, card, size
from vdlab.lab.settings import Settings
from vdlab.sampling import sample
from vdlab.video import Video

RATES = (0.5, 1, 2, 5, 10, 25)


def sampling_card(changed: Changed) -> Card:
    """The sampling rate; says at once how many of how many frames that is, and how large they are decoded."""
    rate = widgets.FloatLogSlider(
        value=2, base=10, min=-1, max=math.log10(25), step=0.02, readout_format=".3g", description="FPS"
    )
    rate.add_class("vdlab-fps")
    others = chips("Measure these rates too", RATES, changed)
    says = block(kind="facts")

    def rates() -> tuple[float, ...]:
        main = round(rate.value, 3)
        return (main, *(number for number in chosen(others) if number != main))

    def write(settings: Settings) -> None:
        rate.max = max(rate.max, math.log10(settings.fps[0]))
        rate.value = settings.fps[0]
        choose(others, settings.fps[1:])

    def refresh(video: Video, settings: Settings) -> None:
        rate.max = math.log10(video.average_fps)  # above its own rate, a video has no more frames to give
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
