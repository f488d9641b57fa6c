"""What a made clip shows: a way into the Mandelbrot set, seen by a noisy camera, and the frame's number.

What decoders find expensive is there: detail everywhere, all of it moving, and noise that is new in every frame.
"""

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from PIL import Image, ImageDraw, ImageFont

SECONDS_DEEPER, DEEPEST = 48, 6
"""How long it takes to come ten times as near, and how often that may be, for in the end numbers have no more digits;
a longer clip goes more slowly."""

WHITE, DARK = (255, 255, 255), (16, 18, 40)


def frames(width: int, height: int, fps: Fraction, count: int, noise: float, seed: int) -> Iterator[np.ndarray]:
    """Yield `count` RGB frames, uint8 [height, width, 3]; the same arguments give the same frames.

    Args:
        width: pixels.
        height: pixels.
        fps: frames a second; the picture moves by the second, so a higher rate means smaller steps.
        count: how many frames.
        noise: standard deviation of the noise, in steps of 8-bit brightness; 0 for none.
        seed: what the noise is drawn from, and where the way begins.
    """
    rng = np.random.default_rng(seed)
    nearness, slowness = 1.05 ** (seed % 20), max(SECONDS_DEEPER * fps, Fraction(count, DEEPEST))
    for number, image in zip(range(count), _zoom(width, height, fps, 3 / nearness, float(slowness)), strict=False):
        _draw_number(image, number, float(number / fps))
        # What a sensor adds: grain, the same in all three colours.
        grain = noise * rng.standard_normal((height, width, 1), dtype=np.float32)
        yield np.clip(np.asarray(image) + grain + 0.5, 0, 255).astype(np.uint8)


def _zoom(width: int, height: int, fps: Fraction, scale: float, slowness: float) -> Iterator[Image.Image]:
    """FFmpeg's pictures of the set without end; after `slowness` of them it is ten times as near."""
    graph = Graph()
    size = f"size={width}x{height}:rate={fps}"
    zoom = f"start_scale={scale}:end_scale={scale / 10}:end_pts={slowness}"
    # Half as colourful: closer to what cameras see.
    nodes = graph.add("mandelbrot", f"{size}:{zoom}"), graph.add("hue", "s=0.5"), graph.add("buffersink")
    graph.link_nodes(*nodes).configure()
    while True:
        frame = graph.pull()
        assert isinstance(frame, av.VideoFrame)
        yield frame.to_image()


def _draw_number(image: Image.Image, number: int, seconds: float) -> None:
    draw, height = ImageDraw.Draw(image), image.height
    for text, top, size in ((f"{number}", 0.07, height / 3.2), (f"{seconds:.2f} s", 0.40, height / 14)):
        font = ImageFont.load_default(size)  # Pillow's own: the same on every machine
        where, outline = (0.07 * height, top * height), max(1, size / 30)
        draw.text(where, text, WHITE, font, anchor="lt", stroke_width=outline, stroke_fill=DARK)
