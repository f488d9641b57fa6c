"""The lab driven from Python: values set and buttons clicked, with real sweeps over a tiny video."""

import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import pytest
from torchcodec import FrameBatch

import vdlab
from vdlab.benchmark.plan import make_plan
from vdlab.errors import SettingsError
from vdlab.lab import video as video_controls
from vdlab.lab.estimate import Cost, estimate, expected
from vdlab.lab.settings import Settings
from vdlab.lab.trial import OwnError
from vdlab.results.records import Results
from vdlab.strategies import find
from vdlab.teaching import Experiment
from vdlab.video import Video

TITLES = [
    "Overview",
    "Speedup",
    "Timeline",
    "GOPs",
    "Laws",
    "Cost",
    "Sampling",
    "Frames",
    "Correctness",
    "Table",
    "Export",
    "Earlier",
]


@pytest.fixture
def lab(clip: Path) -> vdlab.Lab:
    opened = vdlab.Lab(clip)
    quick = {"repeats": 1, "warmup": 0, "trace": False, "memory": False, "control": False}
    opened.settings = replace(opened.settings, strategies=("sequential", "threads"), fps=(5,), threads=(2,), **quick)
    return opened


def named(lab: vdlab.Lab, kind: type, words: str) -> widgets.Widget:
    """The control of a kind with a description, wherever it is in the tree."""
    found = [one for one in tree(lab.widget) if type(one) is kind and words in one.description]
    assert found, f"no {kind.__name__} {words}"
    return found[0]


def tree(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def page(shown: vdlab.Lab | widgets.Widget) -> str:
    """All that the lab, or a widget of it, shows as HTML."""
    root = shown.widget if isinstance(shown, vdlab.Lab) else shown
    return "\n".join(one.value for one in tree(root) if type(one) is widgets.HTML)


def how_far(lab: vdlab.Lab) -> float:
    """What the bar shows, in percent."""
    return float(re.search(r'aria-valuenow="([\d.]+)"', page(lab))[1])


def turn(lab: vdlab.Lab, title: str) -> None:
    tabs = next(one for one in tree(lab.widget) if type(one) is widgets.Tab)
    tabs.selected_index = tabs.titles.index(title)


def ended(lab: vdlab.Lab) -> None:
    for _ in range(600):
        if lab._job.ended.wait(0.1):
            return
    raise TimeoutError("the sweep did not end")


def test_it_opens_on_a_video_with_facts_frames_and_an_estimate(lab: vdlab.Lab, clip: Path) -> None:
    shown = page(lab)
    assert clip.name in shown
    assert "192 x 108, h264" in shown
    assert shown.count("a frame of the video") == 6
    assert "<b>10</b> of 50 frames" in shown
    assert "will take about" in shown


def test_settings_are_what_the_controls_say_both_ways(lab: vdlab.Lab) -> None:
    wanted = replace(
        lab.settings, fps=(2, 7), strategies=("sequential", "processes"), processes=(1, 2), seek_mode="exact"
    )
    lab.settings = wanted
    assert lab.settings == wanted
    named(lab, widgets.Checkbox, "Frames per second: </span>2").value = False
    assert lab.settings.fps == (7,)
    for words, name in (("Timeline", "trace"), ("Memory", "memory"), ("Control", "control")):
        named(lab, widgets.Checkbox, words).value = not getattr(wanted, name)
        assert getattr(lab.settings, name) is not getattr(wanted, name)


def test_a_number_that_is_not_on_offer_is_typed_beside_those_that_are(lab: vdlab.Lab) -> None:
    other = named(lab, widgets.Text, "Frames per second, another number")
    other.value = "7, 0.25"
    assert lab.settings.fps == (0.25, 5, 7)
    assert "7 fps: <b>" in page(lab)
    other.value = "fast"
    assert "fps=&#x27;fast&#x27; will not do" in page(lab)
    named(lab, widgets.Text, "Threads, another number").value = "48"
    assert lab.settings.threads == (2, 48)


def test_run_returns_results_and_draws_them(lab: vdlab.Lab) -> None:
    results = lab.run()
    assert results is lab.results
    assert results.agrees
    assert sorted(run.setting.strategy for run in results.runs) == ["sequential", "threads"]
    assert "done: 2 runs" in page(lab)
    assert "identical frames" in page(lab)


def test_threads_and_processes_have_counts_of_their_own(clip: Path) -> None:
    settings = Settings(clip, strategies=("sequential", "ffmpeg-threads", "processes", "threads"))
    settings = replace(settings, threads=(1, 2), processes=(3,), ffmpeg_threads=(4,))
    assert settings.asked()["workers"] == {"ffmpeg-threads": (4,), "processes": (3,), "threads": (1, 2)}


def test_without_workers_it_cannot_be_run_and_says_so(lab: vdlab.Lab) -> None:
    named(lab, widgets.Checkbox, "Threads: </span>2").value = False
    assert named(lab, widgets.Button, "Run").disabled
    assert "choose at least one" in page(lab)
    with pytest.raises(SettingsError, match="no number of workers of threads was given"):
        lab.run()


@pytest.mark.parametrize("content", [None, b"", b"not a video"])
def test_a_video_that_cannot_be_used_is_one_line_and_the_last_one_stays(
    lab: vdlab.Lab, clip: Path, tmp_path: Path, content: bytes | None
) -> None:
    bad = tmp_path / "<b>bad.mp4"
    if content is not None:
        bad.write_bytes(content)
    typed = next(one for one in tree(lab.widget) if type(one) is widgets.Text)
    typed.value = str(bad)
    told = next(line for line in page(lab).splitlines() if 'class="vdlab-told' in line)
    assert "&lt;b&gt;bad.mp4" in told
    assert f"still on {clip.name}" in told
    assert "Traceback" not in told
    assert lab.settings.video == clip
    typed.value = str(clip)
    assert 'class="vdlab-told' not in page(lab)


def test_a_second_run_cannot_start_beside_the_first(lab: vdlab.Lab) -> None:
    lab.settings = replace(lab.settings, repeats=10)
    run = named(lab, widgets.Button, "Run")
    run.click()
    first = lab._job
    run.click()
    assert lab._job is first
    assert "already running" in page(lab)
    with pytest.raises(SettingsError, match="already running"):
        lab.run()
    named(lab, widgets.Button, "Cancel").click()
    ended(lab)


def test_cancel_leaves_what_there_is(lab: vdlab.Lab) -> None:
    @vdlab.strategy("slow", "Slow", parallel=False)
    def slow(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        time.sleep(0.3)
        return find("sequential").decode(video, indices, 1)

    lab.settings = replace(lab.settings, strategies=("sequential", "slow"), repeats=10)
    named(lab, widgets.Button, "Run").click()
    while lab.results is None or len(lab.results.runs) < 4:
        time.sleep(0.05)
    assert 0 < how_far(lab) < 100
    named(lab, widgets.Button, "Cancel").click()
    assert re.search("cancelling once this has ended: (sequential|slow) x1.*, round .", page(lab))
    ended(lab)
    assert 4 <= len(lab.results.runs) < 20
    assert lab.results.finished is None
    assert f"cancelled: {len(lab.results.runs)} runs had ended, saved" in page(lab)
    assert "cut short" in page(lab)
    assert 0 < how_far(lab) < 100


def test_a_sweep_that_is_cancelled_while_it_warms_up_does_not_go_on_saying_so(lab: vdlab.Lab) -> None:
    lab.settings = {"warmup": 3, "repeats": 10}
    lab.run(wait=False)
    while lab._job.last is None or lab._job.last.done < 2:
        time.sleep(0.01)
    lab.cancel()
    ended(lab)
    assert "The sweep ended before anything was timed" in page(lab)
    assert "arming up" not in page(lab)


def test_ctrl_c_cancels_keeps_what_there_is_and_the_second_time_waits_no_longer(
    lab: vdlab.Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.settings = {"repeats": 50}
    job = lab._start()
    real, presses = job.ended.wait, iter(range(2))

    def wait(seconds: float) -> bool:
        if next(presses, None) is not None:
            raise KeyboardInterrupt
        return real(seconds)

    monkeypatch.setattr(job.ended, "wait", wait)
    with pytest.raises(KeyboardInterrupt):
        lab._wait(job)
    assert job.cancel.is_set()
    ended(lab)
    assert "cancelled: " in page(lab)


def test_a_strategy_defined_later_joins_and_fails_before_the_sweep_with_its_own_lines(lab: vdlab.Lab) -> None:
    @vdlab.strategy("mine", "My idea", parallel=False)
    def mine(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        """Backwards <and> forwards."""
        return helped(indices)

    def helped(indices: Sequence[int]) -> FrameBatch:
        raise ValueError("not <yet>")

    assert "mine" in lab.settings.strategies
    assert "Backwards &lt;and&gt; forwards." in page(lab)
    with pytest.raises(OwnError, match=r"mine, tried on two frames: ValueError: not <yet>; nothing was measured"):
        lab.run()
    assert lab.results is None
    told = page(lab)
    assert "in helped\n    raise ValueError" in told
    assert "not &lt;yet&gt;" in told
    assert "trial.py" not in told
    assert "not started" in told


def test_a_strategy_that_fails_later_says_where_on_the_page_of_correctness(lab: vdlab.Lab) -> None:
    @vdlab.strategy("mine", "My idea", parallel=False)
    def mine(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        if len(indices) > 2:
            raise ValueError("too many")
        return vdlab.decode(video, indices, strategy="sequential")

    results = lab.run()
    assert results.summary().set_index("strategy").loc["mine", "detail"] == "ValueError: too many"
    assert "1 of 3 settings failed" in page(lab)
    turn(lab, "Correctness")
    assert "ValueError: too many" in page(lab)
    assert "in mine\n    raise ValueError(&quot;too many&quot;)" in page(lab)


def test_a_strategy_that_returns_too_few_frames_is_found_before_the_sweep(lab: vdlab.Lab) -> None:
    @vdlab.strategy("one", "One frame", parallel=False)
    def one(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        return vdlab.decode(video, indices[:1], strategy="sequential")

    with pytest.raises(OwnError, match="it returned 1 frame for 2;"):
        lab.run()


def test_a_video_that_goes_while_it_is_measured_is_said_and_what_there_was_stays(clip: Path, tmp_path: Path) -> None:
    gone = Path(shutil.copy(clip, tmp_path / "gone.mp4"))
    lab = vdlab.Lab(gone, strategies="threads", workers=2, repeats=300, trace=False, memory=False)
    lab.run(wait=False)
    while lab.results is None or len(lab.results.runs) < 6:
        time.sleep(0.01)
    gone.unlink()
    ended(lab)
    assert len(lab.results.runs) >= 6
    assert re.search(r"done: \d+ runs in .* s, saved; 2 of 2 settings failed", page(lab))
    assert "gone.mp4: cannot be opened" in lab._message.value
    with pytest.raises(vdlab.VideoError, match=r"gone\.mp4: cannot be opened"):
        lab.run()


def test_two_labs_of_a_kernel_never_measure_at_once(lab: vdlab.Lab, clip: Path) -> None:
    other = vdlab.Lab(clip)
    lab.settings = {"repeats": 50}
    lab.run(wait=False)
    named(other, widgets.Button, "Run").click()
    assert "another lab of this kernel is measuring clip.mp4" in page(other)
    assert other._job is None
    named(other, widgets.Button, "Cancel").click()
    ended(lab)
    assert "cancelled: " in page(lab)
    assert "cancelled: " not in page(other)


def test_every_tab_draws_after_a_run(lab: vdlab.Lab) -> None:
    lab.settings = replace(lab.settings, fps=(1, 5), threads=(1, 2, 3), trace=True)
    lab.run()
    tabs = next(one for one in tree(lab.widget) if type(one) is widgets.Tab)
    assert list(tabs.titles) == TITLES
    for number in range(len(tabs.titles)):
        tabs.selected_index = number
        for _ in range(300):
            if "Writing the report" not in page(tabs.children[number]):
                break
            time.sleep(0.1)
        assert "vdlab-empty" not in page(tabs.children[number])
    assert "cannot be drawn" not in page(lab)


def test_the_estimate_grows_with_the_work_and_learns_from_results(lab: vdlab.Lab) -> None:
    settings, video = lab.settings, Video.open(lab.settings.video)
    cost = Cost(decode=0.001, convert=0.001)

    def seconds(measured: Sequence[Results] = (), **changed: object) -> float:
        plan = make_plan(video, **replace(settings, **changed).asked())
        return estimate(plan, video, expected(video, plan, cost, measured))

    few, many = seconds(repeats=1), seconds(repeats=10)
    assert many > 4 * few
    assert seconds(trace=True, memory=True) == pytest.approx(few + 2 * (seconds(repeats=2) - few))
    results = lab.run()
    for one in results.measurements:
        one.runs = [replace(run, seconds=100.0) for run in one.runs]
    assert seconds([results]) > 199


def test_rounds_go_on_until_it_is_settled_or_the_time_is_spent(lab: vdlab.Lab) -> None:
    lab.settings = replace(lab.settings, repeats="auto", budget_seconds=2)
    assert named(lab, widgets.Checkbox, "As many rounds").value
    assert named(lab, widgets.BoundedIntText, "Rounds").disabled
    assert named(lab, widgets.Dropdown, "At most").value == 2
    assert "will take at most <b>2 s</b>" in page(lab)
    results = lab.run()
    rounds = max(run.round for run in results.runs)
    assert rounds >= 3
    assert re.search(rf", settled after {rounds} rounds|, {rounds} rounds did not settle everything", page(lab))
    lab.settings = replace(lab.settings, budget_seconds=0.001)
    assert "the fewest rounds take longer than the time you allow" in page(lab)
    named(lab, widgets.Checkbox, "As many rounds").value = False
    assert lab.settings.repeats == 1
    assert "will take about" in page(lab)


def test_an_experiment_runs_when_made_and_adds_what_is_run_next(clip: Path) -> None:
    experiment = Experiment(clip, "threads", fps=5, workers=2)
    assert experiment.results.agrees
    slider, button = experiment.widget.children[1].children
    slider.value = 1
    button.click()
    assert sorted({run.setting.workers for run in experiment.results.runs if run.setting.strategy == "threads"}) == [
        1,
        2,
    ]
    assert "<svg" in experiment.widget.children[-1].value


def test_an_upload_is_written_under_a_free_name_and_only_if_it_is_a_video(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_controls, "folder_for_videos", lambda: tmp_path)
    content = memoryview(clip.read_bytes())
    written = [video_controls.uploaded({"name": "../clip.mp4", "content": content}) for _ in range(2)]
    assert [path.name for path in written] == ["clip.mp4", "clip-2.mp4"]
    assert all(path.parent == tmp_path for path in written)
    with pytest.raises(vdlab.VideoError):
        video_controls.uploaded({"name": "text.mp4", "content": memoryview(b"no video")})
    assert not (tmp_path / "text.mp4").exists()
