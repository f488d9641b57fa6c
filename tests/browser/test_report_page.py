"""The report in Chromium with the network off: no request, no error, every picture drawn, all of it accessible."""

import copy
from pathlib import Path

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from vdlab.report import write, write_comparison
from vdlab.results.compare import compare
from vdlab.results.records import Results, StrategyFacts

pytestmark = pytest.mark.browser

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(params=["report", "comparison"])
def page_file(request: pytest.FixtureRequest, measured: Results, tmp_path: Path) -> Path:
    measured.video = builders.video(path="/videos/<script>alert(1)<\\script>.mp4")
    measured.machine = builders.machine(hostname=HOSTILE)
    measured.strategies["threads"] = StrategyFacts(HOSTILE, measured.strategies["threads"].source)
    if request.param == "report":
        return write(measured, tmp_path / "page.html")
    other = copy.deepcopy(measured)
    other.machine = builders.machine(hostname="a-long-name-without-any-space-to-break.internal.example.com")
    return write_comparison(compare(measured, other), tmp_path / "page.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_opens_without_network(browser: Browser, page_file: Path, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
    page = context.new_page()
    requests: list[str] = []
    trouble: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
    page.goto(page_file.as_uri(), wait_until="load")
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in requests if url.startswith("file:")]) == 1
    assert trouble == []
    assert page.locator("script").count() == 0
    drawn = page.evaluate("Array.from(document.images, image => image.complete && image.naturalWidth > 0)")
    assert drawn
    assert all(drawn)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert HOSTILE in page.inner_text("body")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["impact"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []
    context.close()


def test_the_page_prints_on_a4_with_the_code_unfolded(browser: Browser, measured: Results, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(write(measured, tmp_path / "page.html").as_uri())
    page.emulate_media(media="print")
    assert page.get_by_text("return 1 < 2").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.close()
