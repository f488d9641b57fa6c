"""What the lab shows is true whatever happens around it: another lab, another browser, a restart, a file that goes.

And a person's path through it: how many clicks, how long, and with a keyboard and a screen reader too.
"""

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from lab_page import button, chosen, opened, run_cells, run_new_cell, run_to_the_end
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPENS = "import vdlab\nlab = vdlab.Lab()\nlab"
ENDED = re.compile("done:|cancelled:|stopped|not started")


def notebook(path: Path, *cells: str) -> None:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    written = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "source": cell,
            "outputs": [],
            "execution_count": None,
        }
        for number, cell in enumerate(cells)
    ]
    path.write_text(
        json.dumps({"cells": written, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})
    )


@pytest.fixture
def lab(browser: Browser, address: str, project: Path) -> Iterator[Page]:
    """A notebook with a lab in it and nothing else, with a kernel of its own."""
    notebook(project / "truth.ipynb", OPENS)
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(60_000)
    opened(page, address, "truth.ipynb")
    run_cells(page)
    expect(page.locator(".vdlab-fact").first).to_be_visible()
    yield page
    page.close()


def test_from_the_lab_to_a_verdict_on_a_file_of_ones_own(lab: Page, clip: Path) -> None:
    """As `make lab` leaves a person, but for the time a sweep may take: the lab is there. No more than five clicks."""
    run_new_cell(lab, "lab.settings = dict(budget=15)")
    expect(lab.get_by_role("combobox", name="At most")).to_have_value("15 s")
    began = time.monotonic()
    acts = 0

    typed = lab.locator(".vdlab-files input[type=text]").first
    typed.click()
    lab.keyboard.insert_text(str(clip))
    lab.keyboard.press("Enter")
    acts += 2
    expect(lab.locator(".vdlab-fact").first).to_contain_text(clip.name)
    run_to_the_end(lab)
    acts += 1
    expect(lab.locator(".vdlab-verdict")).to_be_visible()
    took = time.monotonic() - began
    print(f"{acts} clicks and keys, {took:.0f} s: {lab.locator('.vdlab-verdict').inner_text()}")
    assert acts <= 5


def test_a_second_lab_of_the_kernel_waits_and_can_end_the_first_ones_sweep(lab: Page, clip: Path) -> None:
    chosen(lab, clip)
    run_new_cell(lab, f"lab.settings = dict(repeats=500)\nother = vdlab.Lab({str(clip)!r})\nother")
    first, second = lab.locator(".vdlab-run").nth(0), lab.locator(".vdlab-run").nth(1)
    expect(second).to_be_visible()
    first.locator("button", has_text="Run").click()
    expect(first.locator(".vdlab-status")).to_contain_text("round")
    second.locator("button", has_text="Run").click()
    expect(second.locator(".vdlab-told")).to_contain_text("another lab of this kernel is measuring clip.mp4")
    second.locator("button", has_text="Cancel").click()
    expect(first.locator(".vdlab-status")).to_contain_text("cancelled:")
    expect(second.locator(".vdlab-status")).to_have_text("\u00a0")
    second.locator("button", has_text="Run").click()
    expect(second.locator(".vdlab-status")).to_contain_text(re.compile("round|warming up"))
    second.locator("button", has_text="Cancel").click()
    expect(second.locator(".vdlab-status")).to_contain_text("cancelled:")


def test_a_second_browser_shows_the_same_and_either_can_cancel(
    lab: Page, browser: Browser, address: str, clip: Path
) -> None:
    chosen(lab, clip)
    run_new_cell(lab, "lab.settings = dict(repeats=500, fps='2,5')")
    expect(lab.locator(".vdlab-facts").nth(1)).to_contain_text("5 fps")
    lab.keyboard.press("Control+s")
    expect(lab.locator(".jp-Document.jp-mod-dirty")).to_have_count(0)
    button(lab, "Run").click()
    expect(lab.locator(".vdlab-status")).to_contain_text("round")
    context = browser.new_context(viewport={"width": 900, "height": 1000})
    other = context.new_page()
    other.set_default_timeout(60_000)
    other.goto(address.format("truth.ipynb"))
    expect(other.locator(".vdlab-status")).to_contain_text("round")
    expect(button(other, "Run")).to_be_disabled()
    expect(other.locator(".vdlab-fact").first).to_contain_text(clip.name)
    expect(other.locator(".vdlab-facts").nth(1)).to_contain_text("5 fps")
    button(other, "Cancel").click()
    for page in (lab, other):
        expect(page.locator(".vdlab-status")).to_contain_text("cancelled:")
        expect(button(page, "Run")).to_be_enabled()
    assert lab.locator(".vdlab-status").inner_text() == other.locator(".vdlab-status").inner_text()
    context.close()


def test_after_a_restart_the_old_lab_says_so_and_the_new_one_is_as_it_was_left(lab: Page, clip: Path) -> None:
    chosen(lab, clip)
    other = lab.locator(".vdlab-chips .vdlab-other input").first
    other.fill("7")
    other.press("Enter")
    lab.locator(".vdlab-chip", has_text=re.compile(r"second: 2$")).locator("input").uncheck()
    expect(lab.locator(".vdlab-facts").nth(1)).to_have_text(re.compile("^7 fps"))
    lab.get_by_role("checkbox", name="processes", exact=True).uncheck()
    button(lab, "Run").click()
    expect(lab.locator(".vdlab-status")).to_contain_text(re.compile("round|warming up"))
    lab.locator(".lm-MenuBar-item", has_text="Kernel").first.click()
    lab.locator(".lm-Menu-item", has_text=re.compile("^Restart Kernel…")).click()
    lab.locator(".jp-Dialog button", has_text="Restart").click()
    expect(lab.locator(".vdlab.jupyter-widgets-disconnected")).to_be_visible()
    said = lab.locator(".vdlab").evaluate("lab => getComputedStyle(lab, '::before').content")
    assert "The kernel of this lab has ended" in said
    expect(lab.locator(".jp-StatusBar-Widget")).to_contain_text("| Idle")
    run_cells(lab)
    expect(lab.locator(".vdlab:not(.jupyter-widgets-disconnected) .vdlab-fact").first).to_contain_text(clip.name)
    expect(lab.locator(".vdlab-facts").nth(1)).to_have_text(re.compile("^7 fps"))
    expect(lab.get_by_role("checkbox", name="processes", exact=True)).not_to_be_checked()
    expect(button(lab, "Run")).to_be_enabled()


def test_a_video_that_goes_while_it_is_measured_is_said_and_what_there_was_stays(
    lab: Page, clip: Path, tmp_path: Path
) -> None:
    gone = Path(shutil.copy(clip, tmp_path / "gone.mp4"))
    chosen(lab, gone)
    run_new_cell(lab, "lab.settings = dict(strategies='threads', workers=2, repeats=200, trace=False, memory=False)")
    expect(lab.locator(".vdlab-told")).to_have_count(0)
    button(lab, "Run").click()
    expect(lab.locator(".vdlab-status")).to_contain_text("round 3")
    gone.unlink()
    expect(lab.locator(".vdlab-status")).to_contain_text("settings failed")
    lab.locator(".vdlab .lm-TabBar-tab", has_text="Correctness").click()
    expect(lab.locator(".vdlab-page").first).to_contain_text("failed")
    expect(button(lab, "Run")).to_be_enabled()
    button(lab, "Run").click()
    expect(lab.locator(".vdlab-status")).to_contain_text(ENDED)
    lab.locator(".vdlab .lm-TabBar-tab", has_text="Earlier").click()
    expect(lab.locator(".vdlab-runs")).to_contain_text("gone.mp4")


def test_run_stays_in_sight_wherever_one_looks(lab: Page) -> None:
    for width in (1440, 900, 600):
        lab.set_viewport_size({"width": width, "height": 900})
        for place in (".vdlab-title", ".vdlab-choose > :last-child", ".vdlab .widget-tab-contents"):
            lab.locator(place).first.evaluate("one => one.scrollIntoView({block: 'center'})")
            expect(button(lab, "Run")).to_be_in_viewport()
            seen = button(lab, "Run").evaluate(
                "run => { const box = run.getBoundingClientRect();"
                " return run.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)) }"
            )
            assert seen, f"something lies over Run at {place}, {width} px wide"
        sticks_out = lab.locator(".vdlab").evaluate("lab => lab.scrollWidth - lab.clientWidth")
        assert sticks_out <= 0, f"{width} px wide"


def test_axe_finds_nothing_serious_in_the_lab(lab: Page, clip: Path) -> None:
    """On every page, in both themes. JupyterLab's own frame around the output is not ours, and is left out."""
    found = serious(lab)
    chosen(lab, clip)
    run_new_cell(lab, "lab.settings = dict(strategies='threads,pruned-threads', repeats=2, workers='1,2', fps='2,5')")
    for unfolds in lab.locator(".vdlab-unfolds:visible").all():  # those for many videos are not
        unfolds.click()
    button(lab, "Run").click()
    expect(lab.locator(".vdlab-status")).to_contain_text("round")
    found += serious(lab)
    expect(lab.locator(".vdlab-status")).to_contain_text("done:")
    titles = lab.locator(".vdlab .lm-TabBar-tab").all_inner_texts()
    for theme in ("Light", "Dark"):
        lab.locator(".lm-MenuBar-item", has_text="Settings").first.click()
        lab.locator(".lm-Menu-item", has_text=re.compile("^Theme$")).hover()
        lab.locator(".lm-Menu-item", has_text=re.compile(f"^JupyterLab {theme}$")).click()
        expect(lab.locator(f"body[data-jp-theme-light={'true' if theme == 'Light' else 'false'}]")).to_have_count(1)
        for title in titles:
            lab.locator(".vdlab .lm-TabBar-tab", has_text=title).click()
            if title == "Export":
                expect(lab.locator("a.vdlab-download").nth(3)).to_be_visible()
            rules = () if theme == "Light" else ("color-contrast",)  # a theme changes nothing but colours
            found += [f"{theme}, {title}: {one}" for one in serious(lab, *rules)]
    assert found == []


def serious(page: Page, *rules: str) -> list[str]:
    """What axe calls serious or critical in the lab, by all rules or by these: the rule, and where it was broken."""
    page.wait_for_timeout(300)
    context = {"include": [[".vdlab"]], "exclude": [["iframe"]]}
    results = Axe().run(page, context=context, options={"runOnly": list(rules)} if rules else None)
    return [
        f"{one['id']}: {node['html'][:120]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for one in results.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


def test_a_folder_is_chosen_measured_and_seen_case_by_case(lab: Page, tmp_path: Path) -> None:
    clip_folder = tmp_path / "clips"
    clip_folder.mkdir()
    folder = builders.tiny_videos(clip_folder, 3)
    strategies, loaders = (lab.get_by_role("heading", name=name) for name in ("Strategies", "Loaders"))
    expect(strategies).to_be_visible()
    chosen(lab, folder)
    expect(lab.locator(".vdlab-fact").first).to_contain_text("4 in clips")
    expect(loaders).to_be_visible()
    expect(strategies).to_be_hidden()
    run_new_cell(
        lab, "lab.settings = dict(fps=5, repeats=1, loaders='threads', workers=2, memory=False, control=False)"
    )
    expect(lab.locator(".vdlab-told")).to_have_count(0)
    expect(lab.get_by_role("combobox", name="Videos", exact=True)).to_be_visible()
    run_to_the_end(lab)
    expect(lab.locator(".vdlab-verdict")).to_contain_text("frames stay where they are decoded")
    lab.get_by_role("combobox", name="Frames", exact=True).select_option(label="frames come back whole")
    expect(lab.locator(".vdlab-verdict")).to_contain_text("frames come back whole")
    lab.locator(".vdlab .lm-TabBar-tab", has_text="Throughput").click()
    expect(lab.locator(".vdlab-chart svg:visible").first).to_be_visible()
    assert serious(lab) == []


def test_a_sweep_is_run_and_its_table_read_with_the_keyboard_alone(lab: Page, clip: Path) -> None:
    chosen(lab, clip)
    run_new_cell(lab, "lab.settings = dict(strategies='threads', workers=2, repeats=1, trace=False, memory=False)")
    expect(lab.locator(".vdlab-told")).to_have_count(0)
    button(lab, "Run").focus()
    order = []
    for _ in range(8):
        order.append(lab.evaluate("document.activeElement.closest('.vdlab-card, .widget-tab')?.innerText.slice(0, 8)"))
        lab.keyboard.press("Tab")
    assert [one.split()[0].lower() for one in dict.fromkeys(order)][:3] == ["run", "video", "sampling"]
    run_to_the_end(lab, lambda run: run.press("Enter"))
    tabs = lab.get_by_role("tab", name="Overview")
    tabs.focus()
    for _ in range(lab.locator(".vdlab .lm-TabBar-tab").all_inner_texts().index("Table")):
        lab.keyboard.press("ArrowRight")
    lab.keyboard.press("Enter")
    expect(lab.get_by_role("region", name="runs")).to_contain_text("threads")


def test_what_a_screen_reader_is_told(lab: Page, clip: Path) -> None:
    chosen(lab, clip)
    expect(lab.locator(".vdlab").get_by_role("button", name=re.compile("Run$"))).to_have_count(1)  # an icon before it
    for role, name in (
        ("combobox", "Video"),
        ("textbox", "path of another file, a folder, a pattern or a list"),
        ("checkbox", "Frames per second: 2"),
        ("textbox", "Frames per second, another number"),
        ("checkbox", "Threads: 2"),
        ("combobox", "Seeking"),
        ("spinbutton", "Warm-ups"),
        ("progressbar", "Sweep"),
        ("tab", "Overview"),
    ):
        expect(lab.locator(".vdlab").get_by_role(role, name=name, exact=True)).to_have_count(1)
    run_new_cell(lab, "lab.settings = dict(strategies='threads', workers='1,2', repeats=2)")
    expect(lab.locator(".vdlab-told")).to_have_count(0)
    run_to_the_end(lab)
    expect(lab.locator(".vdlab").get_by_role("status")).to_contain_text("done:")
    expect(lab.locator(".vdlab").get_by_role("progressbar", name="Sweep")).to_have_attribute("aria-valuenow", "100.0")
    for chart in lab.locator(".vdlab-chart svg").all():
        assert chart.get_attribute("role") == "img"
        assert len(chart.get_attribute("aria-label")) > 20
