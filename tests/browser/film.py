"""A sweep in the lab, for README: `make film` runs one in Chromium and puts its frames side by side.

Another one, in JupyterLab, gives the two pictures below them: Overview in the light theme, Frames in the dark one.

No test: its name keeps it out of what is collected.
"""

import io
import time
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, expect

IMAGES = Path(__file__).parents[2] / "notebooks" / "images"
STRIP = IMAGES / "sweep.png"
LARGEST, LARGEST_PICTURE = 300_000, 200_000
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
    strip([first, quarter, half, last, *tabs])


def test_pictures(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(address.format("00_lab.ipynb"))
    expect(page.locator(".jp-StatusBar-Widget")).to_contain_text("| Idle")
    page.locator(".jp-CodeCell").first.click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".vdlab-fact").first).to_be_visible()
    page.get_by_role("tab", name="File Browser").click()  # closes it
    swept(page)
    written_small(look(page), IMAGES / "lab_overview.png")
    for name in ("Settings", "Theme", "JupyterLab Dark"):
        page.locator(".lm-MenuBar-item, .lm-Menu-item").get_by_text(name, exact=True).click()
    tab(page, "Frames")
    written_small(look(page), IMAGES / "lab_frames.png")


def look(page: Page) -> Image.Image:
    """The lab, from its heading on."""
    page.locator(".vdlab").first.evaluate("lab => lab.scrollIntoView()")
    page.wait_for_timeout(1000 * PAUSE)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


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


def strip(frames: list[Frame]) -> None:
    """Write the frames in rows, each under its words."""
    high = round(FRAME_WIDTH * HEIGHT / WIDTH)
    rows = -(-len(frames) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (FRAME_WIDTH + 8) - 8, rows * (high + CAPTION)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for number, (words, png) in enumerate(frames):
        left, top = (number % COLUMNS) * (FRAME_WIDTH + 8), (number // COLUMNS) * (high + CAPTION)
        draw.text((left + 4, top + 6), f"{number + 1}. {words}", "#404040", font)
        picture = Image.open(io.BytesIO(png)).convert("RGB").resize((FRAME_WIDTH, high), Image.Resampling.LANCZOS)
        sheet.paste(picture, (left, top + CAPTION))
    written_small(sheet, STRIP, LARGEST)


def written_small(picture: Image.Image, path: Path, largest: int = LARGEST_PICTURE) -> None:
    """Write a picture with fewer colours until it is small."""
    for colours in (256, 128, 64, 32):
        picture.quantize(colours).save(path, optimize=True)
        if path.stat().st_size < largest:
            return
    raise AssertionError(f"{path.name} has {path.stat().st_size:,} bytes")
