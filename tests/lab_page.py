"""The lab in JupyterLab, as Playwright drives it."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect


def opened(page: Page, address: str, name: str) -> None:
    """Open a notebook, and wait until its kernel answers: what is run before that is never run."""
    page.goto(address.format(name))
    expect(page.locator(".jp-CodeCell").first).to_be_visible()
    expect(page.locator(".jp-StatusBar-Widget")).to_contain_text("| Idle")


def run_cells(page: Page) -> None:
    page.locator(".lm-MenuBar-item", has_text="Run").first.click()
    page.locator(".lm-Menu-item", has_text=re.compile("^Run All Cells$")).click()


def new_cell(page: Page, code: str) -> Locator:
    """Append a cell to the notebook and return it, ready to be run."""
    count = page.locator(".jp-CodeCell").count()
    # A click on a prompt leaves the focus where it is within the notebook: a text field of the lab would get the keys.
    page.evaluate("document.activeElement.blur()")
    page.locator(".jp-CodeCell").last.locator(".jp-InputPrompt").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator(".jp-CodeCell")).to_have_count(count + 1)
    page.keyboard.press("Enter")
    page.keyboard.insert_text(code)
    return page.locator(".jp-CodeCell").nth(count)


def run_new_cell(page: Page, code: str) -> None:
    new_cell(page, code)
    page.keyboard.press("Control+Enter")


def button(page: Page | Locator, name: str) -> Locator:
    return page.locator(".vdlab-run button", has_text=name)


def run_to_the_end(page: Page, press: Callable[[Locator], None] = Locator.click) -> None:
    """Press Run and wait until this sweep, not the one before it, is done: Run cannot be pressed while one runs."""
    run = button(page, "Run")
    press(run)
    expect(run).to_be_disabled()
    expect(run).to_be_enabled(timeout=150_000)
    expect(page.locator(".vdlab-status")).to_contain_text("done:")


def chosen(page: Page, path: Path) -> None:
    """Type the path of a video, and wait until the lab has opened it."""
    typed = page.locator(".vdlab-files input[type=text]").first
    typed.fill(str(path))
    typed.press("Enter")
    expect(page.locator(".vdlab-fact").first).to_contain_text(path.name)
