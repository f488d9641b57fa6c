"""A sweep in the lab as a film strip, for README: `make film` runs one in Chromium and puts its frames side by side.

No test: its name keeps it out of what is collected.
"""

import io
import time
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, expect

STRIP = Path(__file__).parents[2] / "notebooks" / "images" / "sweep.png"
LARGEST = 300_000
PAUSE = 2
SECONDS = 600
WIDTH, HEIGHT = 1180, 760
COLUMNS, FRAME_WIDTH, CAPTION = 3, 640, 34

pytest.importorskip("voila")
pytestmark = pytest.mark.browser

Frame = tuple[str, bytes]
"""What stands over it, and the picture as PNG."""


def test_film(page: Page, address: str) -> None:
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto(address.replace("/lab/tree/", "/voila/render/").format("00_lab.ipynb"))
    run = page.locator(".vdlab .vdlab-buttons button", has_text="Run")
    expect(run).to_be_enabled()
    page.wait_for_timeout(1000)  # fonts
    first, sweep = ("choose", page.screenshot()), swept(page)
    quarter, half, last = (sweep[round(fraction * (len(sweep) - 1))] for fraction in (0.25, 0.5, 1))
    tabs = [tab(page, name) for name in ("Timeline", "GOPs")]
    size = strip([first, quarter, half, last, *tabs])
    assert size < LARGEST, f"{STRIP.name} has {size:,} bytes"


def swept(page: Page) -> list[Frame]:
    """Run what is chosen, and take a frame every few seconds until it is done."""
    page.locator(".vdlab .vdlab-buttons button", has_text="Run").click()
    frames, start = [], time.monotonic()
    while time.monotonic() - start < SECONDS:
        page.wait_for_timeout(1000 * PAUSE)
        done = page.locator(".vdlab-status").inner_text().startswith("done")
        frames.append((f"after {time.monotonic() - start:.0f} s{': done' * done}", page.screenshot()))
        if done:
            return frames
    raise TimeoutError(f"the sweep was not done after {SECONDS} s")


def tab(page: Page, name: str) -> Frame:
    page.locator(".vdlab .lm-TabBar-tab", has_text=name).click()
    page.wait_for_timeout(1000 * PAUSE)
    return name, page.screenshot()


def strip(frames: list[Frame]) -> int:
    """Write the frames in rows, each under its words, with fewer colours until they are small; return the bytes."""
    high = round(FRAME_WIDTH * HEIGHT / WIDTH)
    rows = -(-len(frames) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (FRAME_WIDTH + 8) - 8, rows * (high + CAPTION)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for number, (words, png) in enumerate(frames):
        left, top = (number % COLUMNS) * (FRAME_WIDTH + 8), (number // COLUMNS) * (high + CAPTION)
        draw.text((left + 4, top + 6), f"{number + 1}. {words}", "#404040", font)
        picture = Image.open(io.BytesIO(png)).convert("RGB").resize((FRAME_WIDTH, high), Image.Resampling.LANCZOS)
        sheet.paste(picture, (left, top + CAPTION))
    for colours in (256, 128, 64, 32):
        sheet.quantize(colours).save(STRIP, optimize=True)
        if STRIP.stat().st_size < LARGEST:
            break
    return STRIP.stat().st_size
