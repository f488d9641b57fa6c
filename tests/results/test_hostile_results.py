"""Results that disks, editors and strangers have damaged, folders that are full or taken, and names that act."""

import base64
import contextlib
import csv
import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import builders
import pytest
from damages import damaged

import vdlab
from vdlab import cli, report
from vdlab.charts.canvas import plain
from vdlab.errors import VDLabError, VDLabWarning, harmless
from vdlab.lab.earlier import facts
from vdlab.results import earlier, store
from vdlab.results.compare import compare
from vdlab.results.records import Caution, Peak, Results, StrategyFacts, Truth

DAMAGES = 500
MOST_BYTES = 200e6

ACTS = "\x1b]0;owned\x07\x1b[2J\u202egnp\u2066.exe\r\x9b31m\u200b"
"""Sets a terminal's title, clears it, turns the direction of writing, overwrites the line, hides."""

HOSTILE = f"=HYPERLINK('http://a.example')<script>alert(1)</script>![x](http://a.example)$\\frac{{`{ACTS}"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    return ended.value.code


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """The results of a small sweep, with everything that a file can hold."""
    results = vdlab.sweep(clip, fps=5, strategies=["threads"], workers=[2], repeats=2, truth=True)
    results.cautions.append(Caution("busy", "others take a CPU", "threads x2"))
    return results.save(tmp_path_factory.mktemp("real") / "results.json")


@pytest.fixture
def hostile() -> Results:
    """Results in which every name and sentence that a stranger can choose acts on whatever shows it unchanged."""
    results = builders.results(
        {"sequential": [2.0, 2.1], "threads": [1.0, 1.1]},
        video=builders.video(path=f"/videos/{HOSTILE.replace('/', '|')}.mp4", codec=f"h264{HOSTILE}"),
        machine=builders.machine(
            hostname=HOSTILE, cpu_model=HOSTILE, os=HOSTILE, versions={f"torch{HOSTILE}": HOSTILE}
        ),
        version=HOSTILE,
        finished="2026-01-01T00:01:00+00:00",
        truths=[Truth(2.0, HOSTILE, 100, 100, 1, 3, HOSTILE)],
        cautions=[Caution("busy", HOSTILE, "threads x2")],
        strategies={
            "sequential": StrategyFacts("Sequential"),
            "threads": StrategyFacts(HOSTILE, f"import os  # {HOSTILE}\nos.system('true')\n", "cell"),
        },
    )
    failed = builders.run("threads x4", verdict="failed", detail=HOSTILE, notes=HOSTILE)
    return builders.add(results, failed, Peak(builders.setting("threads"), 10**9, 10**8))


def pictures(page: str) -> list[str]:
    """The drawings in a page."""
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return [base64.b64decode(one).decode() for one in found]


# M9: two sweeps into one folder


@pytest.mark.slow
def test_m9_a_second_sweep_into_a_folder_is_told_before_anything_runs(clip: Path, tmp_path: Path) -> None:
    """Two processes, as two terminals would: the first is held up in the middle of its sweep."""
    first = subprocess.Popen(
        [sys.executable, "-c", HELD, str(clip), str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout and first.stdout.readline() == "running\n"
        before = (tmp_path / "results.json").read_bytes()
        with pytest.raises(VDLabError, match="another sweep is writing its results there; choose another folder"):
            vdlab.sweep(clip, strategies=["threads"], workers=[1], repeats=1, save=tmp_path)
        assert (tmp_path / "results.json").read_bytes() == before
    finally:
        first.kill()
        first.wait()
    # Killed as it was, it holds nothing any more; and what it had measured is still there.
    with pytest.warns(
        VDLabWarning, match=r"had the results of an earlier sweep: they are in results-\d+-\d+-\d+\.json"
    ):
        vdlab.sweep(clip, strategies=["threads"], workers=[1], repeats=1, warmup=0, memory=False, save=tmp_path)
    assert len(Results.load(tmp_path / "results.json").runs) == 2
    assert [path.read_bytes() for path in tmp_path.glob("results-*.json")] == [before]


HELD = """
import sys, vdlab
def hold(progress):
    if progress.done:
        print("running", flush=True)
        sys.stdin.read()
vdlab.sweep(sys.argv[1], strategies=["threads"], workers=[1], save=sys.argv[2], progress=hold)
"""


def test_m9_sweeps_that_begin_in_the_same_second_each_have_a_folder(tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(earlier.new_folder(tmp_path, Path("talk.mp4")))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 20


# M10: a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(folder: Path) -> None:
    """Leave not a byte."""
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_m10_a_disk_that_fills_up_ends_no_sweep_and_it_is_said_what_is_where(clip: Path, small_disk: Path) -> None:
    def progress(now: vdlab.benchmark.sweep.Progress) -> None:
        if len(now.results.runs) == 2:
            fill(small_disk)

    with pytest.warns(VDLabWarning) as warned:
        results = vdlab.sweep(
            clip,
            fps=5,
            strategies=["threads"],
            workers=[2],
            repeats=3,
            control=False,
            memory=False,
            save=small_disk,
            progress=progress,
        )
    assert results.finished
    assert len(results.runs) == 8
    said = str(warned[0].message)
    path = small_disk / "results.json"
    assert said == (
        f"cannot write {path}: No space left on device; what was there before still is; make room, or choose another "
        f"folder; {path} has 2 of the 8 runs; the results that were returned have all of them"
    )
    assert len(Results.load(path).runs) == 2


@pytest.mark.parametrize(("room", "elsewhere"), [(80_000, False), (16_384, True)])
def test_m10_the_bench_command_says_where_all_runs_are(
    clip: Path, small_disk: Path, capsys: pytest.CaptureFixture[str], room: int, elsewhere: bool
) -> None:
    """With some room the results fit and the charts do not; with less, neither do they."""
    (small_disk / "filler").write_bytes(bytes(262_144 - room))
    options = ("--fps", 5, "--strategies", "threads", "--workers", 2, "--repeats", 1, "--no-control")
    options += ("--no-memory", "--no-trace")
    assert run("bench", clip, *options, "--out", small_disk) == 2
    said = capsys.readouterr()
    assert "threads" in said.out
    assert "No space left on device" in said.err
    assert said.err.strip().count("\n") == 0
    where = re.search(r"all 4 runs are in (\S+results\.json), of which vdlab report makes the rest", said.err)
    assert where
    assert (Path(where[1]).parent != small_disk) == elsewhere
    assert len(Results.load(where[1]).runs) == 4


def test_m10_a_bench_into_a_full_disk_measures_nothing(
    clip: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(small_disk)
    started = time.monotonic()
    assert run("bench", clip, "--repeats", 1000, "--out", small_disk) == 2
    assert time.monotonic() - started < 20
    said = capsys.readouterr().err.strip()
    assert "results.json: No space left on device; nothing was left there" in said
    assert said.count("\n") == 0


def test_m10_the_lab_goes_on_in_memory_and_says_so(
    clip: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VDLAB_RESULTS", str(small_disk))
    lab = vdlab.Lab(clip)
    quick = {"repeats": 2, "warmup": 0, "trace": False, "memory": False}
    lab.settings = dataclasses.replace(lab.settings, strategies=("threads",), fps=(5,), threads=(2,), **quick)
    fill(small_disk)
    results = lab.run()
    assert results and results.finished and len(results.runs) == 5  # one is the control's
    assert "No space left on device" in lab._message.value
    assert "they are in this lab" in lab._message.value
    (small_disk / "filler").unlink()
    lab.run()
    assert lab._message.value == ""
    assert any(len(one.results.runs) == 5 for one in earlier.earlier_runs()[0] if one.path.is_relative_to(small_disk))


# M11: damaged files


def outputs(path: Path, sound: Results, folder: Path, drawn: bool) -> None:
    """Everything that can be made of a results file."""
    results = Results.load(path)
    facts(earlier.open_run(path))
    for suffix in (".md", ".csv", *([".html"] if drawn else [])):
        report.write(results, folder / f"report{suffix}")
    with contextlib.suppress(VDLabError):  # nothing that was timed in both
        compared = compare(sound, results, anyway=True)
        report.write_comparison(compared, folder / "compared.md")
    if drawn:
        for picture in pictures((folder / "report.html").read_text()):
            ElementTree.fromstring(picture)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of matplotlib, of letters that no font has
def test_m11_five_hundred_damaged_files_are_right_or_one_line(real: Path, tmp_path: Path) -> None:
    sound, content = Results.load(real), real.read_bytes()
    outputs(real, sound, tmp_path, drawn=True)
    ended: Counter[str] = Counter()
    before, most = forget_memory(), 0
    for seed in range(DAMAGES):
        path = tmp_path / f"{seed}.json"
        path.write_bytes(damaged(content, seed))
        try:
            # Drawing takes a second: a page of every fourth.
            outputs(path, sound, tmp_path, drawn=seed % 4 == 0)
            ended["right"] += 1
        except VDLabError as error:
            assert "\n" not in str(error), (seed, error)
            assert len(str(error)) < 500, (seed, error)
            ended["one line"] += 1
        path.unlink()
        most = max(most, memory() - before)
    print(ended, f"{most / 1e6:.0f} MB")
    assert min(ended["right"], ended["one line"]) > 50
    assert most < MOST_BYTES


def memory() -> int:
    """The most bytes this process has had in memory since they were last forgotten."""
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


def forget_memory() -> int:
    """Begin to watch anew; returns the bytes that there are now."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory()


SETTING = b'{"strategy":"sequential","workers":%d,"fps":5.0}'


def many(what: bytes, count: int | None = None) -> bytes:
    """A list as long as may be in a results file, or of so many."""
    objects = what.count(b"{")
    most = (store.MOST_OBJECTS - 1_000) // objects if objects else store.MOST_VALUES - 10_000
    return b"[" + b",".join([what] * (count or most)) + b"]"


def measured(form: bytes, what: bytes) -> bytes:
    """As many settings as may be, each with as many records as one may have."""
    what = what.replace(b"SETTING", SETTING % 1)
    number = (store.MOST_OBJECTS - 1_000) // (10_000 * what.count(b"{"))
    own = [form % ((SETTING % one,) * form.count(b"%s")) for one in range(1, number + 1)]
    return b"[" + b",".join(one.replace(b"MANY", many(what, 10_000)) for one in own) + b"]"


def crowded() -> dict[str, tuple[str, bytes]]:
    """By kind, which field to replace by what: the smallest things of a kind, as many as may be in a file."""
    run = b'{"setting":SETTING,"round":1,"phase":"timed","frames":1,"verdict":"failed"}'
    span = b'{"worker":0,"doing":"copying","begin":0.5,"end":1.5}'
    versions = b",".join(b'"%d":null' % number for number in range(1_390_000))
    return {
        "runs": ("measurements", measured(b'{"setting":%s,"runs":MANY}', run)),
        "spans": ("measurements", measured(b'{"setting":%s,"trace":{"setting":%s,"seconds":1,"spans":MANY}}', span)),
        "settings": ("measurements", many(b'{"setting":' + SETTING % 1 + b"}")),
        "cautions": ("cautions", many(b'{"code":"","what":""}')),
        "work": ("work", many(b'{"fps":1.5,"asked":1,"total":1}')),
        "load": ("machine", b'{"cpus_allowed":1,"load":' + many(b"0") + b"}"),
        "versions": ("machine", b'{"cpus_allowed":1,"versions":{' + versions + b"}}"),
    }


CROWDED = """
import ctypes, gc, sys
sys.path[:0] = sys.argv[1:3]
from test_hostile_results import Results, VDLabError, forget_memory, memory
for path in sys.argv[3:]:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = forget_memory()
    try:
        said = f"{len(Results.load(path).measurements)} settings"
    except VDLabError as error:
        said = str(error)
    print(memory() - before, said.replace(chr(10), " / "))
"""


def with_field(sound: bytes, field: str, value: bytes) -> bytes:
    """The file with another value of a field, which is named once more at its end: the last one counts."""
    return sound.rstrip().removesuffix(b"}") + b',"' + field.encode() + b'":' + value + b"}"


@pytest.mark.slow
def test_m11_no_file_takes_more_than_200_mb_to_read(real: Path, tmp_path: Path) -> None:
    """In a process of its own, whose memory is not full of what others have left."""
    paths = []
    for kind, (field, value) in crowded().items():
        paths.append(tmp_path / f"{kind}.json")
        paths[-1].write_bytes(with_field(real.read_bytes(), field, value)[: store.LARGEST])
    folders = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
    ran = subprocess.run([sys.executable, "-c", CROWDED, *folders, *map(str, paths)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    print(ran.stdout)
    assert len(ran.stdout.splitlines()) == len(paths)
    assert all(int(line.split()[0]) < MOST_BYTES for line in ran.stdout.splitlines())


def test_m11_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with path.open("wb") as file:
        file.truncate(10**12)
    before = forget_memory()
    with pytest.raises(VDLabError, match="it has 1,000,000 MB, more than the 32 MB that results can have"):
        Results.load(path)
    assert memory() - before < 10e6


@pytest.mark.parametrize("path", ["/dev/zero", "/", "a\0b", "x" * 300])
def test_m11_what_is_no_file_is_one_line(path: str) -> None:
    with pytest.raises(VDLabError) as caught:
        Results.load(path)
    assert "\n" not in str(caught.value)


def test_m11_the_commands_say_what_the_door_says(
    real: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(real.read_bytes())
    content["measurements"][0]["runs"][0]["seconds"] = -1
    path = tmp_path / "run.json"
    path.write_text(json.dumps(content))
    line = f"vdlab: {path}: is damaged: Expected `float` >= 1e-09 - at `$.measurements[0].runs[0].seconds`\n"
    for command in (("report", path, "--to", tmp_path / "x.html"), ("compare", path, real), ("compare", real, path)):
        assert run(*command) == 2
        assert capsys.readouterr().err == line


def test_m11_the_lab_lists_a_damaged_file_as_such(real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.loads(real.read_bytes())
    (tmp_path / "b.json").write_text(json.dumps({**content, "started": "2026-02-30T00:00:00+00:00"}))
    (tmp_path / "c.json").write_text("[" * 200_000)
    os.mkfifo(tmp_path / "d.json")
    (tmp_path / "e.json").symlink_to("nowhere")
    shutil.copy(real, tmp_path / "a.json")
    monkeypatch.setattr(earlier, "folders", lambda: [tmp_path])
    found, unread = earlier.earlier_runs()
    assert [one.path.name for one in found] == ["a.json"]
    assert sorted(line.split(": ")[0] for line in unread) == [str(tmp_path / "b.json"), str(tmp_path / "c.json")]
    assert all("\n" not in line and len(line) < 500 for line in unread)


# M12: what strangers wrote


def acts(text: str) -> list[str]:
    """What is left in a text that is acted on."""
    return sorted(set(text) - set(harmless(text)))


def test_m12_commands_show_what_strangers_wrote_and_do_not_obey_it(
    hostile: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = hostile.save(tmp_path / "one.json"), hostile.save(tmp_path / "two.json")
    assert Results.load(one) == hostile
    assert run("compare", one, two) == 0
    assert run("report", one, "--to", tmp_path / f"{ACTS}.md") == 0
    assert run("report", one, "--code") == 0
    assert run("report", tmp_path / f"{ACTS}.json", "--code") == 2
    assert run(ACTS) == 2
    cli.bench.print_results(hostile)
    said = capsys.readouterr()
    assert not acts(said.out + said.err)
    assert r"\x1b]0;owned\x07" in said.out
    assert r"\x1b]0;owned\x07" in said.err


def test_m12_in_a_terminal_only_our_own_colours_are_obeyed(hostile: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    cli.bench.print_results(hostile)
    said = sys.stdout.getvalue()
    assert "\x1b[" in said
    assert not acts(re.sub(r"\x1b\[[0-9;]*m", "", said))


def test_m12_pages_and_drawings_show_it_as_text(hostile: Results) -> None:
    for page in (report.html(hostile), report.html.__globals__["comparison_html"](compare(hostile, hostile))):
        assert not acts(page)
        assert "<script" not in page
        for picture in pictures(page):
            assert not acts(picture)
            ElementTree.fromstring(picture)
    assert plain("$x^2$" + "y" * 10**6).startswith(r"\$x^2\$")


def test_m12_markdown_shows_it_as_text(hostile: Results) -> None:
    for text in (
        report.markdown(hostile),
        report.markdown.__globals__["comparison_markdown"](compare(hostile, hostile)),
    ):
        assert not acts(text)
        outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
        assert "<script" not in outside
        assert "![" not in outside
        assert re.search(r"(?<!\\)\$", outside) is None


def test_m12_no_cell_of_a_csv_is_a_formula(hostile: Results, tmp_path: Path) -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"):
        builders.add(hostile, builders.run("threads x8", verdict="failed", detail=text, notes=text))
    cells = [cell for row in csv.reader(hostile.save_csv(tmp_path / "run.csv").open()) for cell in row]
    assert "'=1+1" in cells
    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\uff1d")] == []
    assert not acts("".join(cells))


def test_m12_the_lab_shows_it_as_text(
    hostile: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip: Path
) -> None:
    monkeypatch.setattr(earlier, "folders", lambda: [tmp_path])
    hostile.save(tmp_path / "run.json")
    (tmp_path / f"{ACTS}.json").write_text("{")
    found, unread = earlier.earlier_runs()
    assert not acts("".join([facts(found[0]), found[0].results.label, *unread]))
    from vdlab.lab.tabs import View, overview_tab, verdicts

    tab = overview_tab("Overview", [vdlab.charts.chart("time")])
    tab.draw(View(hostile, 2.0, {}, [], []))
    assert not acts(tab.widget.value + verdicts(hostile))
    assert "<script" not in tab.widget.value + verdicts(hostile)


def test_m12_errors_and_warnings_in_a_notebook_carry_no_commands() -> None:
    for kind in (VDLabError, VDLabWarning):
        assert not acts(str(kind(f"{ACTS}.mp4: is no video")))


# A results file is data, and a report needs no network.

WATCHED = """
import sys
done = []
def watch(event, arguments):
    if event.split(".")[0] in ("subprocess", "socket") or event in ("os.system", "os.exec", "os.fork"):
        done.append((event, str(arguments)[:200]))
    if event in ("compile", "exec") and "owned" in str(arguments[0]):
        done.append((event, str(arguments)[:200]))
    if event == "open" and "owned" in str(arguments[0]):
        done.append((event, str(arguments)[:200]))
from vdlab import cli
import vdlab.report, vdlab.lab.earlier, vdlab.results.earlier
from pathlib import Path
sys.addaudithook(watch)
vdlab.lab.earlier.facts(vdlab.results.earlier.open_run(Path(sys.argv[1])))
path = sys.argv[1]
for words in (["report", *sys.argv[1:]], ["report", path, "--code"], ["compare", path, path]):
    try:
        cli.main(words)
    except SystemExit as ended:
        assert not ended.code, ended.code
print(done, file=sys.stderr)
"""


@pytest.mark.slow
def test_nothing_in_a_results_file_is_run_and_no_connection_is_made(hostile: Results, tmp_path: Path) -> None:
    """Whatever commands, code and paths are in it: no process, no compiled text, no connection, no file but ours."""
    marker = tmp_path / "owned"
    evil = f"__import__('os').system('touch {marker}')"
    hostile.video = dataclasses.replace(hostile.video, path=f"'; {evil}; '$(touch {marker})`touch {marker}`.mp4")
    hostile.strategies["threads"] = StrategyFacts("{{ 7 * 7 }}{% include '/etc/passwd' %}", f"owned = {evil}\n", "file")
    path = hostile.save(tmp_path / "run.json")
    to = [word for suffix in ("html", "md", "csv", "json") for word in ("--to", str(tmp_path / f"out.{suffix}"))]
    ran = subprocess.run([sys.executable, "-c", WATCHED, str(path), *to], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.splitlines()[-1] == "[]"
    assert not marker.exists()
    page = (tmp_path / "out.html").read_text()
    assert "{{ 7 * 7 }}" in page


def test_the_script_of_a_report_does_only_what_its_template_does(hostile: Results) -> None:
    """The path in it is a text, whatever it says."""
    import ast

    hostile.video = dataclasses.replace(hostile.video, path="x'); __import__('os').system('true') #\n\"\"\".mp4")
    called = {
        ast.unparse(node.func) for node in ast.walk(ast.parse(report.code(hostile))) if isinstance(node, ast.Call)
    }
    assert not any("system" in name or "import" in name for name in called)


def test_a_report_needs_no_network(hostile: Results) -> None:
    for page in (report.html(hostile), report.html.__globals__["comparison_html"](compare(hostile, hostile))):
        assert "default-src 'none'" in page  # so that a browser fetches nothing, whatever is in the page
        addresses = re.findall(r'\s(?:src|href|srcset|action|data|poster)="([^"]*)"', page)
        assert [one for one in addresses if not one.startswith(("data:", "#"))] == []
        assert "@import" not in page and "url(" not in page
        for picture in pictures(page):
            assert re.findall(r'href="(?!#)[^"]*"|url\((?!#)[^)]*\)', picture) == []
