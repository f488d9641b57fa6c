"""The lab as a person meets it: in JupyterLab, in a browser, with a mouse and a keyboard."""

import re
import time
from pathlib import Path

import pytest
from lab_page import button, chosen, new_cell, opened, run_cells, run_new_cell, run_to_the_end
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


def settled(page: Page, words: str, seconds: float = 150) -> None:
    expect(page.locator(".vdlab-status")).to_contain_text(words, timeout=seconds * 1000)


def tab(page: Page, name: str) -> Locator:
    page.locator(".vdlab .lm-TabBar-tab", has_text=name).click()
    return page.locator(".vdlab .widget-tab-contents > :not(.lm-mod-hidden)")


def chip(page: Page, words: str) -> Locator:
    return page.locator(".vdlab").get_by_role("checkbox", name=words, exact=True)


@pytest.fixture(scope="module")
def lab(page: Page, address: str, clip: Path) -> Page:
    """Notebook 02 after Run All Cells; then the lab turned to a tiny video and little time, for tests take seconds."""
    opened(page, address, "02_own_strategies.ipynb")
    run_cells(page)
    expect(page.locator(".vdlab-see")).to_be_visible(timeout=400_000)
    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    page.locator(".vdlab").first.scroll_into_view_if_needed()
    chosen(page, clip)
    run_new_cell(page, "lab.settings = dict(budget=8, memory=False)")
    expect(page.get_by_role("combobox", name="At most")).to_have_value("8 s")
    page.locator(".vdlab").first.scroll_into_view_if_needed()
    return page


def test_no_question_about_news_is_in_the_way(lab: Page) -> None:
    assert lab.get_by_text("Jupyter news").count() == 0


def test_the_notebooks_own_strategies_ran_and_the_wrong_one_was_found(lab: Page) -> None:
    run_to_the_end(lab)
    boxes = lab.locator(".vdlab-strategy")
    expect(boxes.filter(has_text="small-chunks")).to_have_count(1)
    contents = tab(lab, "Correctness")
    expect(contents.locator("tr", has_text="lazy")).to_contain_text("differs")
    contents = tab(lab, "Frames")
    contents.locator("select").select_option(label="lazy x1 (differs)")
    expect(contents.locator(".vdlab-chart image")).to_have_count(6)  # reference, result, difference; details of each


def test_fps_and_workers_are_changed_and_run(lab: Page) -> None:
    before = lab.locator(".vdlab-facts").nth(1).inner_text()
    other = lab.get_by_role("textbox", name="Frames per second, another number")
    other.fill("3")
    other.press("Enter")
    expect(lab.locator(".vdlab-facts").nth(1)).to_contain_text("3 fps")
    chip(lab, "Frames per second: 2").uncheck()
    expect(lab.locator(".vdlab-facts").nth(1)).not_to_contain_text(before[:5])
    lab.locator(".vdlab-strategy", has_text="lazy").locator("input").uncheck()
    lab.get_by_role("checkbox", name="threads", exact=True).check()
    chip(lab, "Threads: 3").check()
    tab(lab, "Overview")
    chart = lab.locator(".vdlab-chart svg").first.inner_html()
    run_to_the_end(lab)
    expect(lab.locator(".vdlab-verdict")).to_contain_text("identical frames")
    assert lab.locator(".vdlab-chart svg").first.inner_html() != chart
    rows = tab(lab, "Table").locator("tbody tr")
    expect(rows.filter(has_text="threads").first).to_contain_text("3")
    for name in ("Speedup", "Sampling", "Export"):
        expect(tab(lab, name)).to_be_visible()
    expect(lab.locator("a.vdlab-download").nth(3)).to_be_visible()


def test_a_mistake_is_one_friendly_line(lab: Page) -> None:
    path = lab.locator(".vdlab-files input[type=text]")
    path.fill("/no/<b>such</b> video.mp4")
    path.press("Enter")
    told = lab.locator(".vdlab-told")
    expect(told).to_contain_text("/no/<b>such</b> video.mp4: cannot be opened")
    assert told.inner_text().count("\n") == 0
    assert lab.get_by_text("Traceback").count() == 0


def test_a_strategy_from_a_cell_appears_and_runs_in_processes(lab: Page) -> None:
    code = (
        "def decode_chunk(video, chunk):\n    return VideoDecoder(video.path).get_frames_at(chunk)\n\n"
        "@vdlab.strategy('from-a-cell', 'From a cell')\ndef from_a_cell(video, indices, workers):\n"
        "    '''Processes, from a <cell>.'''\n"
        "    chunks = [chunk.tolist() for chunk in np.array_split(indices, 2)]\n"
        "    done = Parallel(n_jobs=2, backend='loky')(delayed(decode_chunk)(video, chunk) for chunk in chunks)\n"
        "    return FrameBatch(*(torch.cat([getattr(d, n) for d in done]) for n in"
        " ('data', 'pts_seconds', 'duration_seconds')))"
    )
    run_new_cell(lab, code)
    row = lab.locator(".vdlab-strategy", has_text="from-a-cell")
    expect(row).to_contain_text("Processes, from a <cell>.")
    expect(row.locator("input")).to_be_checked()
    lab.locator(".vdlab").first.scroll_into_view_if_needed()
    run_to_the_end(lab)
    expect(tab(lab, "Correctness").locator("tr", has_text="from-a-cell")).to_contain_text("identical")


def test_a_long_sweep_moves_leaves_the_kernel_free_and_can_be_cancelled(lab: Page) -> None:
    long = "lab.settings = {'video': clips.long_video(5), 'strategies': ['threads'], 'repeats': 10, 'warmup': 0}"
    run_new_cell(lab, long)
    expect(lab.locator(".vdlab-fact").first).to_contain_text("clip_x5.mp4")
    lab.locator(".vdlab").first.scroll_into_view_if_needed()
    run = button(lab, "Run")
    run.click()
    expect(button(lab, "Cancel")).to_be_enabled()
    expect(run).to_be_disabled()
    settled(lab, "threads x2, round")
    # It never goes back, so it stands for a while where more turns out to be left than was thought.
    widths: list[float] = []
    until = time.monotonic() + 30
    while len(set(widths)) < 5 and time.monotonic() < until:
        style = lab.locator(".vdlab-bar i").get_attribute("style") or ""
        widths.append(float(re.search(r"width:\s*([\d.]+)%", style)[1]))
        time.sleep(0.5)
    assert widths == sorted(widths)
    assert len(set(widths)) == 5, f"the bar stood still: {widths}"
    sum_of_two = new_cell(lab, "1 + 1")
    start = time.monotonic()
    lab.keyboard.press("Control+Enter")
    expect(sum_of_two.locator(".jp-OutputArea-output")).to_have_text("2")
    print(f"1 + 1 answered after {time.monotonic() - start:.2f} s")
    expect(button(lab, "Cancel")).to_be_enabled(timeout=100)  # the answer did not wait for the sweep to end
    lab.locator(".vdlab").first.scroll_into_view_if_needed()
    button(lab, "Cancel").click()
    settled(lab, "cancelled:")
    expect(tab(lab, "Table").locator("tbody tr", has_text="threads").filter(has_text="timed").first).to_be_visible()
    expect(button(lab, "Run")).to_be_enabled()
