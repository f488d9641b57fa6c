"""Reports: the same from a file as from memory, and nothing in a name becomes markup."""

import dataclasses
import re
import shlex
from pathlib import Path
from statistics import median
from time import process_time

import builders
import pytest

import vdlab
from vdlab.errors import SettingsError, VDLabError
from vdlab.report import code, html, markdown, write
from vdlab.report.code import own_code
from vdlab.report.facts import sections
from vdlab.report.markdown import plain
from vdlab.report.repeat import call, command, remarks
from vdlab.results.records import Peak, Reference, Results, Setting, Span, StrategyFacts, Trace

HOSTILE = "<script>alert(1)</script>"


def test_a_round_trip_through_json_gives_the_same_page_byte_for_byte(measured: Results, tmp_path: Path) -> None:
    loaded = Results.load(measured.save(tmp_path / "run.json"))
    assert html(loaded) == html(measured)


def test_the_page_holds_the_verdict_the_numbers_and_the_code_that_ran(measured: Results) -> None:
    page = html(measured)
    assert "100 frames out of talk.mp4" in page
    assert "2.00x [" in page
    assert "1.050 ± 0.050" in page
    assert "return 1 &lt; 2" in page
    assert "raise --repeats above 3" in page


def test_a_report_says_what_frames_were_compared_with(measured: Results) -> None:
    measured.references.append(Reference(2.0, "linear", "approximate", f"sequential fails ({HOSTILE})"))
    sentence = "he reference is linear, because sequential fails (&lt;script&gt;alert(1)&lt;/script&gt;)"
    assert f'<p class="notice">T{sentence}.</p>' in html(measured)
    assert f"- t{sentence}\n" in markdown(measured)


def test_a_warning_stands_beside_the_number_it_touches(measured: Results) -> None:
    row = re.search(r"<td>Threads</td>.*?</tr>", html(measured), re.DOTALL)[0]
    assert 'href="#warning-1"' in row
    assert 'id="warning-1"' in html(measured)


def test_nothing_is_fetched_from_anywhere(measured: Results) -> None:
    addresses = re.findall(r"""(?:src|href)\s*=\s*["']([^"']+)|url\(([^)]+)""", html(measured))
    assert all(one.startswith(("data:", "#")) or other for one, other in addresses)
    assert not [other for _, other in addresses if other]


def test_names_are_text(measured: Results) -> None:
    measured.video = builders.video(path=f"/videos/{HOSTILE.replace('/', '')}.mp4")
    measured.machine = builders.machine(hostname=HOSTILE)
    measured.strategies["threads"] = StrategyFacts(HOSTILE)
    page = html(measured)
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
    assert "<script" not in markdown(measured).split("### To repeat it")[0]


def test_a_name_cannot_leave_its_cell_or_fence_in_markdown(measured: Results) -> None:
    measured.machine = builders.machine(hostname="a | b\n\n# heading ![x](y)")
    measured.video = builders.video(path="/videos/```\n.mp4")
    text = markdown(measured)
    assert "| Name | a \\| b \\# heading \\!\\[x\\](y) |" in text
    assert "\n````sh\n" in text


def test_markdown_holds_the_table(measured: Results) -> None:
    assert "| threads | 2 | 1.050 ± 0.050 | 2.00x \\[" in markdown(measured)


def test_the_command_can_be_typed_again(measured: Results) -> None:
    measured.video = builders.video(path="/videos/it's mine; rm -rf x.mp4")
    assert shlex.split(command(measured).replace("\\\n", "")) == [
        "vdlab",
        "bench",
        "it's mine; rm -rf x.mp4",
        *("--strategies", "sequential,threads,processes"),
        *("--workers", "2"),
        *("--fps", "2"),
        *("--ffmpeg-threads", "1"),
        *("--repeats", "3"),
        *("--seed", "0"),
        *("--practical", "0.05"),
        *("--warmup", "0"),
        *("--seek-mode", "approximate"),
        *("--no-control", "--no-trace", "--no-memory", "--truth"),
    ]
    measured.plan = dataclasses.replace(measured.plan, repeats="auto", budget_seconds=90.0, truth=False, memory=True)
    assert "--repeats auto \\\n    --budget 90 \\\n" in command(measured)
    assert command(measured).endswith("--no-control \\\n    --no-truth \\\n    --no-trace")


def test_the_call_has_the_whole_plan(measured: Results) -> None:
    plan = {name: value for name, value in vars(measured.plan).items() if value not in (None, ())} | {
        "budget_seconds": 30.0
    }
    measured.plan = dataclasses.replace(measured.plan, budget_seconds=30.0)
    called = {}
    exec(call(measured), {"vdlab": type("Recorder", (), {"sweep": lambda video, **given: called.update(given)})})
    del plan["looks"]  # follows from the repeats
    tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in called.items()}
    tuples["workers"] = {name: tuple(counts) for name, counts in called["workers"].items()}
    assert tuples == plan
    measured.plan = dataclasses.replace(measured.plan, budget_seconds=None)
    assert "budget" not in call(measured)


def test_what_the_command_cannot_say_is_said(measured: Results) -> None:
    assert remarks(measured) == []
    measured.plan = builders.plan(["sequential", "mine"], truth=500)
    measured.strategies["mine"] = StrategyFacts("My idea", origin="cell")
    assert "mine" not in command(measured)
    assert [words.split(",")[0] for words in remarks(measured)] == [
        "mine is not part of VDLab",
        "here the reference was checked up to frame 500; only the call in Python says so",
    ]
    assert "Mine is not part of VDLab" in html(measured)
    assert "vdlab.sweep(" in markdown(measured)


def test_a_winner_of_the_users_own_is_shown_with_what_it_takes_to_run_it(measured: Results) -> None:
    builders.add(measured, *(builders.run("mine", 0.5, round=number) for number in (1, 2, 3)))
    source = '@vdlab.strategy("mine", "<My> idea")\ndef mine(video, indices, workers): ...\n'
    measured.strategies["mine"] = StrategyFacts("<My> idea", source, "cell")
    page = html(measured)
    assert "not part of VDLab" in page
    assert "vdlab.decode(&#39;talk.mp4&#39;, fps=2, strategy=&#39;mine&#39;, workers=2, seek_mode=" in page
    assert "&lt;My&gt; idea" in page
    assert "register its source" in markdown(measured)
    compile(own_code(measured, "talk.mp4"), "program", "exec")
    measured.strategies["mine"] = StrategyFacts("<My> idea", origin="file")
    assert "is not known here" in own_code(measured, "talk.mp4")


def test_the_embedded_clip_is_named_by_its_option(measured: Results) -> None:
    measured.video = builders.video(path="/anywhere/clip_x50.mp4")
    assert "vdlab bench --full" in command(measured)


def test_every_format_is_written_and_small(measured: Results, tmp_path: Path) -> None:
    builders.add(measured, Trace(builders.setting("threads"), 1.0, (Span(0, "decoding", 0.0, 1.0, 100),)))
    for suffix in vdlab.report.SUFFIXES:
        path = write(measured, tmp_path / f"run{suffix}")
        assert 100 < path.stat().st_size < 2_000_000, suffix
    assert Results.load(tmp_path / "run.json") == measured
    assert len((tmp_path / "run.csv").read_text().splitlines()) == 1 + len(measured.runs)


def test_a_large_sweep_gives_a_page_under_two_megabytes_in_three_seconds() -> None:
    names = ("sequential", "threads", "processes", "ffmpeg-threads", "shared-memory", "pruned-threads")
    large = builders.results(
        {
            Setting(name, workers, fps): [2.0] * 5
            for name in names
            for workers in ([1] if name == "sequential" else [1, 2, 4, 8, 16])
            for fps in (0.5, 2.0, 5.0)
        }
    )
    before, began = loops(), process_time()
    assert len(html(large)) < 2_000_000
    took, around = process_time() - began, before + loops()
    # Whoever else works on this machine takes caches and half of each core: what short loops tell is taken off.
    assert took * min(around) / median(around) < 3


def loops() -> list[float]:
    """The seconds that each of many short loops took."""
    found = []
    for _ in range(100):
        began = process_time()
        sum(number * number for number in range(20_000))
        found.append(process_time() - began)
    return found


def test_charts_without_anything_to_say_are_left_out_with_the_reason(measured: Results) -> None:
    page = html(measured)
    assert page.count('class="chart"') == 3
    assert "<li>No memory was measured at 2 fps: switch it on" in page
    assert page.count("too few for a law") == 1
    assert "Peak memory" not in page


def test_memory_and_laws_are_told_as_words_and_numbers(measured: Results) -> None:
    more = {f"threads x{count}": [2 * time / count**0.9 for time in (1.0, 1.1, 1.05)] for count in (1, 4, 8)}
    builders.add(measured, *(run for one in builders.results(more).measurements for run in one.runs))
    builders.add(measured, Peak(builders.setting("threads"), 150_000_000, 100_000_000))
    measured.machine = builders.machine(cpus_allowed=8)
    page, text = html(measured), markdown(measured)
    assert page.count('class="chart"') == 5
    assert "<li>threads x2 takes 150 MB, 1.5x the frames</li>" in page
    assert '<td class="n" data-label="Peak memory"><span>150 MB</span></td>' in page
    assert "<li>threads scales as if " in page
    assert "| 2.10 | 150 MB | identical |" in text
    assert "- threads scales as if " in text


def test_pages_and_markdown_show_the_same_rows(measured: Results) -> None:
    (section,) = sections(measured)
    page, text = html(measured), markdown(measured)
    for row in section.rows:
        assert f"| {' | '.join(map(plain, row.cells.values()))} |" in text
        assert all(f">{cell}<" in page or f"{cell}<sup>" in page for cell in list(row.cells.values())[1:])
    (best,) = (row for row in section.rows if row.best)
    assert best.cells["Speedup [95 %]"].startswith("2.00x [")


def test_an_unknown_suffix_gives_one_line(measured: Results, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no format for \.docx; use \.html, \.md") as caught:
        write(measured, tmp_path / "run.docx")
    assert "\n" not in str(caught.value)


def test_a_sweep_cut_short_or_without_any_timing_still_has_a_report(measured: Results) -> None:
    nothing = builders.results(plan=measured.plan)
    assert "cut short" in html(nothing)
    assert "nothing was measured" in markdown(nothing)
    failed = builders.results(records=[builders.run("sequential", verdict="failed", detail="no memory")])
    assert "no memory" in html(failed)
    assert "no memory" in markdown(failed)


def test_the_script_is_the_fastest_that_has_one(measured: Results) -> None:
    first, script = code(measured).split("\n", 1)
    assert first.startswith("# threads x2 is the fastest, 2.00x [")
    assert script.startswith('"""Sampled frames with several threads')
    assert "VIDEO = '/videos/talk.mp4'\nFPS = 2\n" in script
    builders.add(measured, *(builders.run("mine", 0.5, round=number) for number in (1, 2, 3)))
    measured.strategies["mine"] = StrategyFacts("Mine", origin="cell")
    first, second, rest = code(measured).split("\n", 2)
    assert first.startswith("# mine x2 is the fastest, 4.2")
    assert second == "# mine x2 has no short script, register its source for vdlab.decode; this is threads x2"
    assert rest == script


def test_a_wrong_strategy_is_never_handed_over_as_code(measured: Results) -> None:
    wrong = builders.run("threads", 1.0, round=4, verdict="differs")
    builders.add(measured, wrong)
    assert '\n"""Sampled frames with one decoder in one thread' in code(measured)
    with pytest.raises(VDLabError, match="no run returned the right frames"):
        code(builders.results(records=[wrong]))


def test_a_name_cannot_leave_the_scripts_comment_or_constant(measured: Results) -> None:
    builders.add(measured, builders.run(Setting("x\nimport os", 2, 2.0), 0.1))
    measured.video = builders.video(path="/videos/\\1'\nimport os")
    assert not [line for line in code(measured).splitlines() if line.startswith("import os")]
