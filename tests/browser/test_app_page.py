"""The lab as a page of its own, served by Voila: nothing to run first, and no code in sight."""

import pytest
from playwright.sync_api import Page, expect

pytest.importorskip("voila")
pytestmark = pytest.mark.browser


def test_it_opens_straight_into_the_lab(page: Page, address: str) -> None:
    page.goto(address.replace("/lab/tree/", "/voila/render/").format("00_lab.ipynb"))
    expect(page.locator(".vdlab .vdlab-buttons button", has_text="Run")).to_be_enabled()
    expect(page.locator(".vdlab-fact").first).to_contain_text("clip_x")
    assert page.locator(".jp-InputArea-editor").count() == 0
