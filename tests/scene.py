"""What a made clip shows: hills passing a window at dusk, a rolling ball, a clock, and the frame's number.

Everything that decoders find expensive is there: textures that pan at several speeds, one that rotates,
light that changes, and noise that is new in every frame.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from math import cos, pi, sin

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SKY = ((0.0, (24, 28, 74)), (0.45, (112, 62, 128)), (0.75, (226, 112, 108)), (1.0, (255, 196, 128)))
"""Colours from the top of the sky down to the horizon."""

HILLS = (
    # far to near: height of the ridge, how much it varies, screens passed a second, colour
    (0.52, 0.09, 0.02, (96, 70, 128)),
    (0.63, 0.08, 0.05, (62, 74, 112)),
    (0.76, 0.06, 0.16, (38, 84, 88)),
    (0.88, 0.02, 0.40, (44, 96, 58)),
)

SEGMENTS = ((244, 92, 82), (250, 240, 224), (255, 190, 84), (250, 240, 224), (70, 150, 190), (250, 240, 224))
"""Colours of the ball."""

Layer = tuple[int, np.ndarray, np.ndarray, float]
"""First row R it reaches, colours float32 [H-R, 2W, 3], opacity float32 [H-R, 2W, 1], screens a second."""


def frames(width: int, height: int, fps: Fraction, count: int, noise: float, seed: int) -> Iterator[np.ndarray]:
    """Yield `count` RGB frames, uint8 [height, width, 3]; the same arguments give the same frames.

    Args:
        width: pixels.
        height: pixels.
        fps: frames a second; things move by the second, so a higher rate means smaller steps.
        count: how many frames.
        noise: standard deviation of the noise, in steps of 8-bit brightness; 0 for none.
        seed: what the textures and the noise are drawn from.
    """
    rng = np.random.default_rng(seed)
    sky = _sky(width, height)
    layers = [_clouds(width, height, rng), *(_hill(width, height, *hill, rng) for hill in HILLS)]
    ball = _ball(max(8, round(0.36 * height)))
    for number in range(count):
        seconds = float(number / fps)
        picture = sky * (1 + 0.06 * sin(0.5 * seconds))
        _add_sun(picture, seconds)
        for layer in layers:
            _pass_by(picture, layer, seconds)
        image = Image.fromarray(_to_bytes(picture))
        _roll(image, ball, seconds)
        _draw_clock(image, seconds)
        _draw_number(image, number, seconds)
        yield _with_noise(np.asarray(image), noise, rng)


def _to_bytes(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def _sky(width: int, height: int) -> np.ndarray:
    stops, colours = zip(*SKY, strict=True)
    down = np.linspace(0, 1.3, height)
    column = np.stack([np.interp(down, stops, channel) for channel in zip(*colours, strict=True)], axis=1)
    return np.repeat(column[:, None, :], width, axis=1).astype(np.float32)


def _add_sun(picture: np.ndarray, seconds: float) -> None:
    height, width = picture.shape[:2]
    x, y = width * (0.60 + 0.012 * seconds), height * (0.30 + 0.010 * seconds)
    rows, columns = np.ogrid[:height, :width]
    distance = np.hypot(rows - y, columns - x) / height
    disc = np.clip((0.085 - distance) * height, 0, 1)[..., None]
    glow = np.exp(-distance * 6)[..., None] * 0.7
    picture += (np.array((255, 226, 170), np.float32) - picture) * np.maximum(disc, glow).astype(np.float32)


def _texture(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Cloudy structure at eight scales, about -1 to 1, float32 [height, width]; its two sides meet."""
    total = np.zeros((height, width), np.float32)
    for octave in range(8):
        cells = 8 * 2**octave
        grid = rng.uniform(-1, 1, (cells, cells * 2)).astype(np.float32)
        grid[:, -1] = grid[:, 0]
        smooth = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(smooth) / 1.45**octave
    return total / 1.8


def _clouds(width: int, height: int, rng: np.random.Generator) -> Layer:
    """Clouds that hide at most half of the sky behind them and thin out towards the horizon."""
    colours = np.full((height, 2 * width, 3), (255, 214, 214), np.float32)
    thinning = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    opacity = 0.5 * np.clip(0.8 * _texture(2 * width, height, rng) + 0.1, 0, 1) * thinning
    return 0, colours, opacity[..., None], 0.07


def _hill(
    width: int,
    height: int,
    ridge: float,
    variation: float,
    speed: float,
    colour: tuple[int, int, int],
    rng: np.random.Generator,
) -> Layer:
    """A strip two screens wide; its waves have whole numbers of periods, so it can pass by for ever."""
    along = np.linspace(0, 2 * pi, 2 * width, endpoint=False)
    phases = rng.uniform(0, 2 * pi, 4)
    waves = sum(np.sin(along * (2 + 3 * k) + phases[k]) / (1 + k) for k in range(4)) / 2
    top = height * (ridge + variation * waves)
    rows = np.arange(height)[:, None]
    opacity = np.clip(rows - top + 0.5, 0, 1).astype(np.float32)[..., None]
    depth = np.clip((rows - top) / height, 0, 1)
    shade = 1.12 - 0.9 * depth + (0.25 + 0.9 * speed) * _texture(2 * width, height, rng)
    colours = (np.array(colour) * shade[..., None]).astype(np.float32)
    first_row = max(0, int(top.min()) - 1)
    return first_row, colours[first_row:], opacity[first_row:], speed


def _pass_by(picture: np.ndarray, layer: Layer, seconds: float) -> None:
    """Lay the part of the strip that is now in view over the picture, to a fraction of a pixel."""
    first_row, colours, opacity, speed = layer
    width = picture.shape[1]
    offset = (seconds * speed * width) % (2 * width)
    first, fraction = int(offset), np.float32(offset % 1)
    columns = np.arange(first, first + width + 1) % (2 * width)
    colours, opacity = colours[:, columns], opacity[:, columns]
    colours = colours[:, :-1] + (colours[:, 1:] - colours[:, :-1]) * fraction
    opacity = opacity[:, :-1] + (opacity[:, 1:] - opacity[:, :-1]) * fraction
    picture[first_row:] += (colours - picture[first_row:]) * opacity


def _ball(size: int) -> Image.Image:
    """The ball, `size` pixels wide, drawn larger and scaled down so that its edges are smooth."""
    big = Image.new("RGBA", (4 * size, 4 * size))
    draw = ImageDraw.Draw(big)
    box = (4, 4, 4 * size - 5, 4 * size - 5)
    slice_degrees = 360 / len(SEGMENTS)
    for k, colour in enumerate(SEGMENTS):
        draw.pieslice(box, k * slice_degrees, (k + 1) * slice_degrees, fill=colour)
    centre, hub = 2 * size, size // 3
    draw.ellipse((centre - hub, centre - hub, centre + hub, centre + hub), fill=(250, 240, 224))
    draw.ellipse(box, outline=(60, 40, 60), width=max(4, size // 12))
    return big.resize((size, size), Image.Resampling.LANCZOS)


def _roll(image: Image.Image, ball: Image.Image, seconds: float) -> None:
    """Roll the ball from left to right, as fast as its turning says, and in again from the left."""
    radius = ball.width / 2
    way = image.width + 2 * ball.width
    travelled = seconds * 0.42 * image.height
    x = (travelled + 0.4 * way) % way - ball.width
    y = 0.96 * image.height - ball.height - abs(sin(2.2 * seconds)) * 0.05 * image.height
    turned = ball.rotate(-travelled / radius * 180 / pi, Image.Resampling.BICUBIC)
    image.paste(turned, (round(x - radius), round(y)), turned)


def _draw_clock(image: Image.Image, seconds: float) -> None:
    """A dial with twelve dots, whose hand goes round once a second."""
    size = max(16, round(0.24 * image.height))
    big = Image.new("RGBA", (4 * size, 4 * size))
    draw, centre, radius = ImageDraw.Draw(big), 2 * size, 1.9 * size
    draw.ellipse((0.1 * size, 0.1 * size, 3.9 * size, 3.9 * size), fill=(16, 18, 40, 190))
    for hour in range(12):
        x, y = _on_circle(centre, 0.84 * radius, hour / 12)
        dot = 0.05 * size if hour % 3 else 0.09 * size
        draw.ellipse((x - dot, y - dot, x + dot, y + dot), fill=(255, 255, 255, 230))
    tip = _on_circle(centre, 0.72 * radius, seconds % 1)
    draw.line((centre, centre, *tip), fill=(255, 190, 84), width=max(4, size // 5))
    hub = size / 6
    draw.ellipse((centre - hub, centre - hub, centre + hub, centre + hub), fill=(255, 190, 84))
    small = big.resize((size, size), Image.Resampling.LANCZOS)
    margin = round(0.06 * image.height)
    image.paste(small, (image.width - size - margin, margin), small)


def _on_circle(centre: float, radius: float, turn: float) -> tuple[float, float]:
    """A point on a circle, `turn` of the way round, clockwise from the top."""
    return centre + radius * sin(2 * pi * turn), centre - radius * cos(2 * pi * turn)


def _draw_number(image: Image.Image, number: int, seconds: float) -> None:
    draw = ImageDraw.Draw(image)
    height, margin = image.height, 0.07 * image.height
    outline = max(1, round(height / 90))
    style = {"fill": (255, 255, 255), "stroke_fill": (16, 18, 40), "anchor": "lt"}
    draw.text((margin, margin), f"{number}", font=_font(height / 3.2), stroke_width=outline, **style)
    small = _font(height / 14)
    draw.text((margin, 0.40 * height), f"{seconds:.2f} s", font=small, stroke_width=outline / 2, **style)


@cache
def _font(size: float) -> ImageFont.FreeTypeFont:
    """Pillow's own scalable font: the same on every machine."""
    return ImageFont.load_default(size)


def _with_noise(picture: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Add what a sensor adds: grain that is new in every frame, here the same in all three colours."""
    if not noise:
        return picture
    grain = rng.standard_normal(picture.shape[:2], dtype=np.float32)
    return _to_bytes(picture + (noise * grain)[..., None])
