"""Sweeps over a real video with real workers, and what is planted in them is found."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter, sleep

import pytest
import torch
from joblib import Parallel, delayed
from torchcodec import FrameBatch

from vdlab.benchmark import rounds
from vdlab.benchmark.rounds import FEWEST, LOOKS
from vdlab.benchmark.sweep import Progress
from vdlab.benchmark.sweep import sweep as whole_sweep
from vdlab.errors import SettingsError, VDLabError
from vdlab.machine import activity
from vdlab.results.judgement import standing
from vdlab.results.records import Results, Run, Setting
from vdlab.strategies import STRATEGIES, find, strategy
from vdlab.video import Video
from vdlab.video import index as index_module

# Timelines and memory have tests of their own.
sweep = partial(whole_sweep, trace=False, memory=False)

INDICES_AT_5_FPS = list(range(0, 50, 5))


def one_pixel(frames: FrameBatch) -> None:
    frames.data[3, 2, 10, 10] ^= 1


def two_frames_swapped(frames: FrameBatch) -> None:
    frames.data[[6, 7]] = frames.data[[7, 6]]


def one_pts(frames: FrameBatch) -> None:
    frames.pts_seconds[9] += 0.04


def nothing(frames: FrameBatch) -> None:
    """The control: an honest copy of the sequential strategy."""


def planted(video: Video, plant: Callable[[FrameBatch], None]) -> Results:
    @strategy("planted", "A strategy with something wrong")
    def decode(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        frames = find("sequential").decode(video, indices, 1)
        plant(frames)
        return frames

    return sweep(video, fps=5, strategies=["planted"], workers=[1], repeats=1, warmup=0, truth=False)


@pytest.mark.parametrize(
    ("plant", "first", "differing", "what"),
    [
        (one_pixel, 15, 1, "1 of 10 frames in pixels, the first at index 15"),
        (two_frames_swapped, 30, 2, "2 of 10 frames in pixels, the first at index 30"),
        (
            one_pts,
            45,
            1,
            "1 of 10 frames come from the wrong place, the first for frame 45 at 1.800 s: it carries 1.840 s",
        ),
    ],
)
def test_a_wrong_frame_in_a_strategy_is_caught(
    video: Video, plant: Callable[[FrameBatch], None], first: int, differing: int, what: str
) -> None:
    results = planted(video, plant)
    (run,) = results.of(Setting("planted", 1, 5)).runs
    assert run.verdict == "differs"
    assert (run.first_differing, run.differing) == (first, differing)
    assert run.detail == f"differs: {what}"
    assert not results.agrees


def test_the_control_passes(video: Video) -> None:
    assert planted(video, nothing).agrees


def test_every_round_runs_every_setting_and_the_leader_twice_in_an_order_of_its_own(video: Video) -> None:
    options = {"fps": 5, "strategies": ["ffmpeg-threads", "threads"], "workers": [1, 2], "repeats": 4, "warmup": 1}
    results = sweep(video, **options, seed=7)
    one_round = ["sequential x1", "ffmpeg-threads x1", "ffmpeg-threads x2", "threads x1", "threads x2"]
    assert [run.phase for run in results.runs[:5]] == ["warmup"] * 5
    assert [str(run.setting) for run in results.runs[:5]] == one_round
    orders = orders_of(results)
    (leader,) = {setting for order in orders for setting, phase in order if phase == "control"}
    assert leader == str(min(results.runs[:5], key=lambda run: run.seconds).setting)
    for order in orders:
        assert sorted(setting for setting, _ in order) == sorted([*one_round, leader])
    assert len(set(map(tuple, orders))) > 1
    assert [str(one.setting) for one in results.measurements] == one_round, "however the rounds were shuffled"
    assert all(run.seconds > 0 and run.cpu_seconds >= 0 for run in results.runs)
    assert results.agrees
    assert results.finished is not None
    assert {(run.times_checked, run.wrong_times) for run in results.runs} == {(10, 0)}
    assert len(results.seconds(Setting("threads", 2, 5))) == 4
    assert results.noise(5).rounds == 4
    assert results.plan.seed == 7


def orders_of(results: Results) -> list[list[tuple[str, str]]]:
    """What ran in each round, in which order, and as what."""
    rounds = {run.round for run in results.runs if run.phase != "warmup"}
    return [
        [(str(run.setting), run.phase) for run in results.runs if run.round == number and run.phase != "warmup"]
        for number in sorted(rounds)
    ]


def test_a_seed_gives_the_same_orders_again_and_without_one_they_are_others(video: Video) -> None:
    options = {"fps": 5, "strategies": ["threads"], "workers": [1, 2, 3], "repeats": 3, "control": False}
    first = sweep(video, **options, warmup=0)
    again, another = sweep(video, **options, warmup=0, seed=first.plan.seed), sweep(video, **options, warmup=0)
    assert orders_of(again) == orders_of(first)
    assert another.plan.seed != first.plan.seed
    assert {run.phase for run in first.runs} == {"timed"}


def test_without_a_warm_up_the_control_begins_when_the_first_round_has_shown_who_leads(video: Video) -> None:
    @strategy("sleepy", "Takes its time")
    def sleepy(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        sleep(0.2)
        return find("sequential").decode(video, indices, 1)

    results = sweep(video, fps=5, strategies=["sleepy"], workers=[1], repeats=3, warmup=0)
    assert [(str(run.setting), run.round) for run in results.runs if run.phase == "control"] == [
        ("sequential x1", 2),
        ("sequential x1", 3),
    ]


class Neighbour:
    """Another process, which takes so many CPUs, as the counts of the system would tell of it."""

    def __init__(self) -> None:
        self.cpus = 0.0
        self._total, self._since = 0.0, perf_counter()

    def busy_seconds(self) -> float:
        self._total, self._since = self._total + self.cpus * (perf_counter() - self._since), perf_counter()
        return self._total


@pytest.fixture
def neighbour(monkeypatch: pytest.MonkeyPatch) -> Neighbour:
    found = Neighbour()
    monkeypatch.setattr(activity, "busy_seconds", found.busy_seconds)
    return found


def test_what_a_neighbour_hit_is_repeated_when_it_rests_and_stays_out_of_the_medians(
    video: Video, neighbour: Neighbour
) -> None:
    def come_and_go(progress: Progress) -> None:
        if progress.running == "threads x2, round 2":
            neighbour.cpus = 50
        elif progress.running.endswith("again"):
            neighbour.cpus = 0

    options = {"fps": 5, "strategies": ["threads"], "workers": [2], "repeats": 3, "control": False, "seed": 1}
    results = sweep(video, **options, progress=come_and_go)
    hit = [run for run in results.runs if run.phase == "disturbed"]
    assert ("threads x2", 2) in [(str(run.setting), run.round) for run in hit]
    assert {run.round for run in hit} == {2}
    assert all(run.others > 1 for run in hit)
    for one in results.measurements:
        assert sorted(run.round for run in one.timed) == [1, 2, 3]
        assert all(run.others < 1 for run in one.timed)
    assert "neighbours" not in {caution.code for caution in results.cautions}
    assert results.agrees


def test_a_neighbour_that_never_rests_holds_up_no_sweep_and_is_named(video: Video, neighbour: Neighbour) -> None:
    neighbour.cpus = 50
    begun = perf_counter()
    results = sweep(video, fps=5, strategies=["threads"], workers=[2], repeats=3, trace=False, memory=False)
    assert perf_counter() - begun < 20
    assert {run.phase for run in results.runs} == {"warmup", "timed", "control"}
    (caution,) = [caution for caution in results.cautions if caution.code == "neighbours"]
    assert "during 6 of 6 timed runs" in caution.what


def test_the_time_that_a_run_took_never_has_it_repeated(video: Video, neighbour: Neighbour) -> None:
    calls = count()

    @strategy("moody", "Sometimes far slower")
    def moody(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        sleep(0.3 * (next(calls) % 3 == 1))
        return find("sequential").decode(video, indices, 1)

    results = sweep(video, fps=5, strategies=["moody"], workers=[1], repeats=5, trace=False, memory=False)
    assert "disturbed" not in {run.phase for run in results.runs}


def test_the_cpu_seconds_of_worker_processes_are_counted(video: Video) -> None:
    results = sweep(video, fps=25, strategies=["processes"], workers=[2], repeats=2, warmup=0, truth=False)
    table = results.summary().set_index("strategy")
    assert table.loc["processes", "cpu_seconds"] > 0.3 * table.loc["sequential", "cpu_seconds"]


def test_several_rates_each_have_their_own_reference(video: Video) -> None:
    results = sweep(video, fps=[1, 5], strategies=["threads"], workers=[2], repeats=1, warmup=0)
    assert {(run.setting.fps, run.frames) for run in results.runs} == {(1, 2), (5, 10)}
    assert [reference.fps for reference in results.references] == [1, 5]
    assert results.agrees


def test_a_failing_strategy_is_a_row_and_the_sweep_goes_on(video: Video) -> None:
    @strategy("broken", "Fails")
    def broken(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        raise ValueError("no such luck\nsecond line")

    results = sweep(video, fps=5, strategies=["broken", "threads"], workers=[2], repeats=2, truth=False)
    rows = results.summary().set_index("strategy")
    assert rows.loc["broken", "verdict"] == "failed"
    assert rows.loc["broken", "detail"] == "ValueError: no such luck"
    assert rows.loc["threads", "runs"] == 2
    assert [run.setting.strategy for run in results.runs].count("broken") == 1


def test_a_strategy_that_returns_no_frames_says_so(video: Video) -> None:
    @strategy("empty-handed", "Returns nothing")
    def empty_handed(video: Video, indices: Sequence[int], workers: int) -> None:
        return None

    results = sweep(video, fps=5, strategies=["empty-handed"], workers=[1], repeats=1, warmup=0, truth=False)
    (run,) = results.of(Setting("empty-handed", 1, 5)).runs
    assert run.verdict == "failed"
    assert "returned NoneType, not a FrameBatch" in run.detail


def test_a_strategy_that_returns_too_few_frames_differs(video: Video) -> None:
    @strategy("too-few", "Leaves some out")
    def too_few(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        return find("sequential").decode(video, indices[:4], 1)

    results = sweep(video, fps=5, strategies=["too-few"], workers=[1], repeats=1, warmup=0)
    (run,) = results.of(Setting("too-few", 1, 5)).runs
    assert (run.verdict, run.times_checked) == ("differs", 0)
    assert "frames in shape ((4, 3, 108, 192) for (10, 3, 108, 192))" in run.detail


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_is_a_row_and_the_next_pool_works(video: Video) -> None:
    @strategy("killed", "A worker dies")
    def killed(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        Parallel(n_jobs=2, backend="loky")([delayed(_die)()] * 2)

    names = ["killed", "processes"]
    results = sweep(video, fps=5, strategies=names, workers=[2], repeats=1, warmup=1, truth=False)
    rows = results.summary().set_index("strategy")
    assert rows.loc["killed", "verdict"] == "failed"
    assert "TerminatedWorkerError" in rows.loc["killed", "detail"]
    assert rows.loc["processes", "verdict"] == "identical"


def test_cancelling_keeps_what_has_been_measured(video: Video, tmp_path: Path) -> None:
    cancel = threading.Event()
    seen: list[Progress] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        if len(progress.results.runs) == 4:
            cancel.set()

    results = sweep(video, fps=5, strategies=["threads"], workers=[1, 2], save=tmp_path, progress=watch, cancel=cancel)
    assert len(results.runs) == 4
    assert results.finished is None
    assert Results.load(tmp_path / "results.json") == results
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 5
    assert [progress.done for progress in seen[:-1]] == list(range(len(seen) - 1))


def test_a_cancel_is_heard_while_a_quiet_moment_is_waited_for(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "busy_seconds", lambda: 100 * perf_counter())  # a neighbour that never rests
    monkeypatch.setattr(rounds, "PATIENCE", 120.0)
    cancel, heard = threading.Event(), []

    def watch(progress: Progress) -> None:
        if progress.running.endswith("again"):
            heard.append(perf_counter())
            threading.Timer(0.2, cancel.set).start()

    options = {"repeats": 1, "warmup": 0, "truth": False}
    results = sweep(video, fps=5, strategies=["threads"], workers=[2], **options, progress=watch, cancel=cancel)
    assert perf_counter() - heard[0] < 20  # of the minute that each repeat may wait
    assert results.finished is None
    assert [run.phase for run in results.runs] == ["timed", "timed"]


def test_an_interrupt_keeps_what_has_been_measured(video: Video, tmp_path: Path) -> None:
    @strategy("interrupted", "Ctrl-C in the middle")
    def interrupted(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        raise KeyboardInterrupt

    results = sweep(video, fps=5, strategies=["interrupted"], workers=[1], save=tmp_path)
    assert [run.setting.strategy for run in results.runs] == ["sequential"]
    assert results.finished is None
    assert Results.load(tmp_path / "results.json") == results


def test_progress_counts_down_and_names_what_runs(video: Video) -> None:
    seen: list[Progress] = []
    sweep(video, fps=5, strategies=["threads"], workers=[2], repeats=1, progress=seen.append)
    assert seen[0].running == "decoding the reference"
    assert seen[0].seconds_left is None
    assert "threads x2, round 1" in [progress.running for progress in seen]
    assert (seen[-1].done, seen[-1].running, seen[-1].seconds_left) == (seen[-1].total, "", 0.0)


def test_auto_repeats_go_on_until_a_clear_difference_is_told(video: Video) -> None:
    @strategy("sleepy", "Four times as long")
    def sleepy(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        start = perf_counter()
        frames = find("sequential").decode(video, indices, 1)
        sleep(3 * (perf_counter() - start) + 0.02)
        return frames

    seen: list[Progress] = []
    options = {"strategies": ["sleepy"], "workers": [1], "truth": False, "progress": seen.append}
    results = sweep(video, fps=[1, 5], **options, repeats="auto", budget_seconds=30)
    assert results.plan.looks == len(LOOKS)
    for fps in (1, 5):
        assert [judgement.call for judgement in standing(results, fps).judgements] == ["slower"]
        rounds = len(results.seconds(Setting("sleepy", 1, fps)))
        assert rounds in LOOKS
        assert len(results.seconds(Setting("sequential", 1, fps))) == rounds
    assert seen[0].total == 2 * (1 + 2 + 3 * FEWEST)
    assert seen[-1].done == seen[-1].total == 2 + len(results.runs)
    assert 20 < seen[0].seconds_left <= 30  # less what the machine took to get there
    assert results.finished is not None


def test_auto_repeats_end_with_the_budget_but_not_before_three_rounds(video: Video) -> None:
    options = {"fps": 5, "strategies": ["threads"], "workers": [1], "warmup": 0, "truth": False}
    results = sweep(video, **options, repeats="auto", budget_seconds=0.001)
    assert len(results.seconds(Setting("threads", 1, 5))) == 3
    assert results.finished is not None
    assert results.plan.looks == 1, "nobody has looked, and it is not the verdicts that ended it"


def test_a_bounded_truth_check_says_where_it_ended(video: Video) -> None:
    truth = sweep(video, fps=5, strategies=[], workers=[1], repeats=1, warmup=0, truth=20).truths[0]
    assert (truth.checked, truth.sampled) == (4, 10)
    assert truth.sentence.endswith("; checked up to frame 20 only")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"fps": 0}, "above zero"),
        ({"fps": []}, "no sampling rate"),
        ({"workers": [0]}, "at least 1"),
        ({"workers": []}, "at least 1"),
        ({"repeats": 0}, "number of repeats is 0; it must be at least 1"),
        ({"repeats": "often"}, "no whole number"),
        ({"repeats": "auto", "budget_seconds": 0}, "ask for more than 0"),
        ({"practical": 0}, "none that counts"),
        ({"seed": -1}, "seed is -1; it must be at least 0"),
        ({"strategies": ["trheads"]}, "did you mean"),
        ({"seek_mode": "fast"}, "choose approximate or exact"),
    ],
)
def test_bad_settings_are_refused_before_anything_runs(video: Video, arguments: dict, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        sweep(video, **{"fps": 5, "workers": [1], **arguments})


def test_a_folder_that_cannot_be_made_is_refused_before_anything_runs(video: Video, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VDLabError, match="cannot write to the folder"):
        sweep(video, save=tmp_path / "file" / "inside")


def test_frames_are_handed_out_without_copies_of_the_whole(video: Video) -> None:
    batch = find("threads").decode(video, INDICES_AT_5_FPS, 2)
    assert batch.data.untyped_storage().nbytes() == batch.data.numel()
    assert batch.data.stride() == torch.empty(10, video.height, video.width, 3).permute(0, 3, 1, 2).stride()


def test_each_strategy_may_have_worker_counts_of_its_own(video: Video) -> None:
    workers = {"ffmpeg-threads": [2], "threads": [1, 3]}
    results = sweep(video, fps=5, strategies=list(workers), workers=workers, repeats=1, warmup=0, truth=False)
    assert sorted((run.setting.strategy, run.setting.workers) for run in results.runs) == sorted(
        [
            ("sequential", 1),
            ("ffmpeg-threads", 2),
            ("threads", 1),
            ("threads", 3),
        ]
    )
    assert results.plan.workers["threads"] == (1, 3)
    with pytest.raises(SettingsError, match="no number of workers of threads was given"):
        sweep(video, strategies=["threads"], workers={"threads": []})
    with pytest.raises(SettingsError, match="did you mean threads"):
        sweep(video, strategies=["threads"], workers={"thread": [1]})


def test_the_frames_of_every_run_can_be_inspected(video: Video) -> None:
    seen: list[tuple[str, bool]] = []

    def inspect(run: Run, frames: FrameBatch, reference: FrameBatch) -> None:
        seen.append((run.setting.strategy, torch.equal(frames.data, reference.data)))

    sweep(video, fps=5, strategies=["threads"], workers=[2], repeats=1, warmup=0, truth=False, inspect=inspect)
    assert sorted(seen) == [("sequential", True), ("threads", True)]  # in whatever order the round had


def test_no_timed_run_reads_the_packets_that_a_cold_start_took_away(video: Video) -> None:
    known: list[bool] = []

    @strategy("looker", "Looks whether the packets are known")
    def looker(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        known.append(index_module._scan_file.cache_info().currsize > 0)
        return find("sequential").decode(video, indices, 1)

    @strategy("broken", "Fails after its cold start")
    def broken(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        raise ValueError

    sweep(video, fps=5, strategies=["looker", "broken"], workers=[1], repeats=2, warmup=1, control=False)
    assert known == [False, True, True]


def test_whoever_listens_learns_of_a_new_strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(STRATEGIES, "listeners", [lambda joined: heard.append(joined.name)])
    strategy("newcomer", "Newcomer")(find("sequential").decode)
    assert heard == ["newcomer"]
