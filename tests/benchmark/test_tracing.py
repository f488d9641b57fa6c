"""Timelines of real runs: what is slow shows, what is recorded is true, and afterwards everything is as it was."""

import inspect
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import BatchedCalls
from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.benchmark.sweep import Progress, sweep
from vdlab.errors import VDLabError
from vdlab.gops.batches import allocate, fill, views
from vdlab.gops.segments import split
from vdlab.results.records import Results, Trace
from vdlab.strategies import find, strategy
from vdlab.tracing.backends import end_workers
from vdlab.tracing.recorder import HANDING_OUT, recording, seams
from vdlab.tracing.spans import collecting
from vdlab.video import Video
from vdlab.video.index import PacketIndex

ONCE = {"repeats": 1, "warmup": 0, "truth": False, "memory": False}
NAP = 0.3


def seconds(trace: Trace, worker: int, *doing: str) -> float:
    return sum(span.end - span.begin for span in trace.spans if span.worker == worker and span.doing in doing)


def busy(trace: Trace) -> dict[int, float]:
    """Of every worker, for how long it did not wait."""
    return {
        worker: sum(span.end - span.begin for span in trace.spans if span.worker == worker)
        for worker in {span.worker for span in trace.spans}
    }


@pytest.mark.slow
def test_every_strategys_timeline_is_in_order_and_accounts_for_every_frame(video: Video) -> None:
    names = ["ffmpeg-threads", "processes", "threads", "keyframe-threads", "shared-memory", "hybrid", "pyav"]
    results = sweep(video, fps=25, strategies=names, workers=[2], ffmpeg_threads=[1], **ONCE)
    assert results.agrees
    assert not [caution for caution in results.cautions if caution.code == "trace"]
    traces = {trace.setting.strategy: trace for trace in results.traces}
    assert list(traces) == ["sequential", *names]
    for name, trace in traces.items():
        for span in trace.spans:
            assert 0 <= span.begin <= span.end <= trace.seconds
        for one, following in pairwise(trace.spans):
            assert one.worker < following.worker or one.end <= following.begin
        handed_out = sum(span.frames for span in trace.spans if span.doing in ("seeking", "decoding"))
        assert handed_out == (0 if name == "pyav" else 50), name
    # The clip is one group of pictures, so the second worker has to decode its way to the middle of it.
    for name in ("processes", "threads", "shared-memory", "hybrid"):
        assert [span.frames for span in traces[name].spans if span.doing == "seeking"] == [1], name
    assert {span.doing for span in traces["sequential"].spans} <= {"starting", "decoding", "working"}
    assert [(span.doing, span.worker) for span in traces["pyav"].spans] == [("working", 0)]
    copied = {name: sum(s.frames for s in traces[name].spans if s.doing == "copying") for name in traces}
    assert copied["processes"] == copied["threads"] == copied["shared-memory"] == copied["hybrid"] == 50
    # Two processes, and the thread that copies what they return; their results' way back is seen too.
    assert len(busy(traces["processes"])) == 3
    assert seconds(traces["processes"], 0, "copying") > 0


def nap_after_decoding(video: Video, chunk: Sequence[int], part: FrameBatch, nap: float) -> None:
    fill(part, VideoDecoder(video.path, seek_mode=video.seek_mode), chunk)
    time.sleep(nap)


@pytest.mark.slow
def test_a_slow_chunk_shows_across_threads(video: Video) -> None:
    @strategy("uneven", "One chunk takes a nap")
    def uneven(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        chunks, batch = split(indices, workers), allocate(video, len(indices))
        Parallel(n_jobs=workers, backend="threading")(
            delayed(nap_after_decoding)(video, chunk, part, nap)
            for chunk, part, nap in zip(chunks, views(batch, chunks), [0, NAP, 0], strict=True)
        )
        return batch

    trace = sweep(video, fps=5, strategies=["uneven"], workers=[3], **ONCE).traces[-1]
    times = busy(trace)
    slow = max(times, key=times.get)
    longest = max(trace.spans, key=lambda span: span.end - span.begin)
    assert (longest.worker, longest.doing) == (slow, "working")
    assert NAP <= longest.end - longest.begin <= NAP + 0.1
    assert len(times) >= 2  # a thread that is quick may take two of the three chunks
    assert all(trace.seconds - spent >= NAP / 2 for worker, spent in times.items() if worker != slow)
    even = sweep(video, fps=5, strategies=["threads"], workers=[3], **ONCE).traces[-1]
    assert max(span.end - span.begin for span in even.spans) < NAP  # the control


CELL = """
import torch, vdlab
from joblib import Parallel, delayed
from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder
from vdlab.strategies.processes import start_workers

def part(path, chunk, again):
    frames = VideoDecoder(path).get_frames_at(chunk)
    for _ in range(again):
        frames = VideoDecoder(path).get_frames_at(chunk)
    return frames

@vdlab.strategy("mine", "From a cell", prepare=start_workers)
def mine(video, indices, workers):
    half = len(indices) // 2
    jobs = [(indices[:half], 0), (indices[half:], 40)]
    done = list(Parallel(n_jobs=2, backend="loky", return_as="generator")(delayed(part)(video.path, *j) for j in jobs))
    columns = ("data", "pts_seconds", "duration_seconds")
    return FrameBatch(*(torch.cat([getattr(d, name) for d in done]) for name in columns))
"""


@pytest.mark.slow
def test_a_chunk_that_decodes_more_shows_across_processes_of_a_strategy_from_a_cell(video: Video) -> None:
    exec(CELL, {"__name__": "__main__"})  # which makes its functions travel by value, as those of a notebook do
    results = sweep(video, fps=5, strategies=["mine"], workers=[2], **ONCE)
    assert results.agrees
    trace = results.traces[-1]
    times = busy(trace)
    assert set(times) == {0, 1}  # the two processes
    frames = {
        worker: sum(s.frames for s in trace.spans if s.worker == worker and s.doing in ("seeking", "decoding"))
        for worker in times
    }
    assert sorted(frames.values()) == [5, 5 * 41]
    slow = max(frames, key=frames.get)
    assert times[slow] > 3 * times[1 - slow]
    assert times[slow] > 0.8 * trace.seconds


def patched() -> list[str]:
    """What recording replaces and is not as it was imported."""
    owners = {**{name: VideoDecoder for name in ("__init__", *HANDING_OUT)}, "__call__": BatchedCalls}
    return [name for name, owner in owners.items() if inspect.unwrap(vars(owner)[name]) is not vars(owner)[name]]


def test_nothing_stays_patched_also_after_an_error(video: Video) -> None:
    before = {(owner, name): vars(owner)[name] for owner, name, _ in seams()}
    assert not patched()
    with pytest.raises(ZeroDivisionError), recording():
        assert len(patched()) == len(before)  # the check sees what it looks for
        raise ZeroDivisionError
    assert not patched()
    assert all(vars(owner)[name] is method for (owner, name), method in before.items())
    assert not collecting()
    with recording() as marks, pytest.raises(VDLabError, match="another run is being traced"), recording():
        pass
    VideoDecoder(video.path).get_frame_at(0)
    assert marks == []


REQUESTS: list[tuple[Callable[[VideoDecoder], FrameBatch | torch.Tensor], list[tuple[str, int]]]] = [
    (lambda decoder: decoder.get_frames_at([0, 3]), [("decoding", 2)]),
    (lambda decoder: decoder.get_frames_at([7, 9, 30]), [("seeking", 1), ("decoding", 2)]),
    (lambda decoder: decoder.get_frames_at(torch.tensor([7])), [("seeking", 1)]),
    (lambda decoder: decoder.get_frames_at(indices=[30, 9]), [("decoding", 2)]),
    (lambda decoder: decoder.get_frame_at(0), [("decoding", 1)]),
    (lambda decoder: decoder.get_frame_at(8), [("seeking", 1)]),
    (lambda decoder: decoder.get_frames_in_range(4, 20, 5), [("seeking", 1), ("decoding", 3)]),
    (lambda decoder: decoder.get_frames_in_range(0, stop=20), [("decoding", 20)]),
    (lambda decoder: decoder.get_frame_played_at(0.5), [("seeking", 1)]),
    (lambda decoder: decoder.get_frames_played_at([0.5, 0.9]), [("seeking", 1), ("decoding", 1)]),
    (lambda decoder: decoder.get_frames_played_at(seconds=[0.0, 0.9]), [("decoding", 2)]),
    (lambda decoder: decoder.get_frames_played_in_range(0.4, 0.8), [("decoding", 10)]),
    (lambda decoder: decoder.get_all_frames(), [("decoding", 50)]),
    (lambda decoder: decoder[5], [("seeking", 1)]),
    (lambda decoder: decoder[40:], [("seeking", 1), ("decoding", 9)]),
    (lambda decoder: decoder[-10:-8], [("seeking", 1), ("decoding", 1)]),
]


@pytest.mark.parametrize(("request_frames", "expected"), REQUESTS)
def test_recording_returns_the_same_frames_and_knows_what_a_request_took(
    video: Video, request_frames: Callable, expected: list[tuple[str, int]]
) -> None:
    plain = request_frames(VideoDecoder(video.path))
    with recording() as marks:
        decoder = VideoDecoder(video.path)
        traced = request_frames(decoder)
        done = [(mark.doing, mark.frames) for mark in marks]
        decoder.get_frames_at([20])
    assert done == [("starting", 0), *expected]
    assert (marks[-1].doing, marks[-1].frames) == ("decoding", 1)  # only a new decoder's first request is a jump
    assert type(traced) is type(plain)
    for name in ("data", "pts_seconds", "duration_seconds") if isinstance(plain, FrameBatch) else ("data",):
        one, other = getattr(plain, name), getattr(traced, name)
        assert torch.equal(one, other)
        assert one.stride() == other.stride()


def test_a_request_that_fails_fails_as_before(video: Video) -> None:
    for wanted in ([5, 1000], [1000], [7, -100]):
        with pytest.raises(Exception) as plain:
            VideoDecoder(video.path).get_frames_at(wanted)
        with recording(), pytest.raises(type(plain.value)):
            VideoDecoder(video.path).get_frames_at(wanted)


@pytest.fixture
def light_workers() -> Iterator[None]:
    """Workers that have imported little: whoever gives them more later is taken for a leak by loky."""
    end_workers()
    yield
    end_workers()


# Tasks that need no module of their own in the worker.
LOOK = delayed(eval)(
    "any(frame.filename.endswith('vdlab/tracing/recorder.py') for frame in __import__('inspect').stack())"
)
FAIL = delayed(int)("no number")
DIE = delayed(os._exit)(1)


@pytest.mark.slow
def test_tasks_travel_as_they_are_unless_something_is_recorded(light_workers: None) -> None:
    run = Parallel(n_jobs=2, backend="loky")
    assert run([LOOK] * 2) == [False, False]
    with recording() as marks:
        assert run([LOOK] * 2) == [True, True]
    assert {(mark.doing, mark.process == os.getpid()) for mark in marks} == {("working", False), ("copying", False)}
    with recording(), pytest.raises(ValueError, match="invalid literal"):
        run([FAIL])
    with recording(), pytest.raises(TerminatedWorkerError):
        run([DIE] * 2)
    assert not collecting()
    assert run([LOOK] * 2) == [False, False]


def test_the_results_way_back_is_seen(light_workers: None) -> None:
    with recording() as marks:
        Parallel(n_jobs=2, backend="loky")(delayed(bytes)(size) for size in (1, 200_000_000))
    ways = sorted((mark for mark in marks if mark.doing == "copying"), key=lambda mark: mark.end - mark.begin)
    assert ways[1].end - ways[1].begin > 3 * (ways[0].end - ways[0].begin)
    assert ways[1].end - ways[1].begin > 10e6  # nanoseconds


def test_a_timeline_that_cannot_be_had_or_trusted_is_said_and_the_sweep_goes_on(video: Video) -> None:
    @strategy("shy", "Fails when it is looked at", parallel=False)
    def shy(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        if collecting():
            raise ValueError("do not look")
        return find("sequential").decode(video, indices, 1)

    @strategy("vain", "Returns other frames when it is looked at", parallel=False)
    def vain(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        frames = find("sequential").decode(video, indices, 1)
        frames.data[2, 0, 0, 0] ^= collecting()
        return frames

    @strategy("wrong", "Always returns other frames", parallel=False)
    def wrong(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        frames = find("sequential").decode(video, indices, 1)
        frames.data[2, 0, 0, 0] ^= 1
        return frames

    @strategy("broken", "Always fails", parallel=False)
    def broken(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        raise ValueError

    results = sweep(video, fps=5, strategies=["shy", "vain", "wrong", "broken"], workers=[1], **ONCE)
    said = {caution.about: caution.message for caution in results.cautions if caution.code == "trace"}
    assert set(said) == {"shy x1", "vain x1"}
    assert "failed: ValueError: do not look" in said["shy x1"]
    assert "differs: 1 of 10 frames in pixels, the first at index 10" in said["vain x1"]
    assert [trace.setting.strategy for trace in results.traces] == ["sequential", "vain", "wrong"]
    assert len(results.runs) == 5  # traced runs are no rows
    assert results.finished is not None


@pytest.mark.slow
def test_timelines_come_after_all_rounds_are_kept_and_can_be_cut_short(video: Video, tmp_path: Path) -> None:
    rounds: dict[tuple[int, float], set[int]] = {}
    cancel = threading.Event()

    def watch(progress: Progress) -> None:
        results = progress.results
        if len(results.traces) == 5:
            cancel.set()
        for fps in {trace.setting.fps for trace in results.traces}:
            rounds.setdefault(fps, set()).add(
                sum(run.setting.fps == fps and run.phase == "timed" for run in results.runs)
            )

    options = {"strategies": ["threads"], "workers": [1, 2], "truth": False, "warmup": 0, "memory": False}
    auto = {"repeats": "auto", "budget_seconds": 5}
    results = sweep(video, fps=[1, 5], **options, **auto, progress=watch, cancel=cancel, save=tmp_path)
    assert {fps: len(counts) for fps, counts in rounds.items()} == {1: 1, 5: 1}  # no round came after a timeline
    assert [(trace.setting.fps, str(trace.setting)) for trace in results.traces] == [
        (1, "sequential x1"),
        (1, "threads x1"),
        (1, "threads x2"),
        (5, "sequential x1"),
        (5, "threads x1"),
    ]
    assert results.finished is None
    assert Results.load(tmp_path / "results.json") == results


@pytest.mark.slow
def test_the_first_warm_up_is_a_cold_start(video: Video, light_workers: None) -> None:
    seen: list[tuple[bool, PacketIndex, frozenset[int]]] = []

    def cached() -> bool:
        """Whether the beginning of the file is in the system's cache."""
        with video.path.open("rb") as file:
            try:
                return os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT) == 1
            except BlockingIOError:
                return False

    @strategy("cold", "Looks at what it finds", parallel=False, prepare=lambda workers: None)
    def cold(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        here = cached()
        index = video.index
        pids = frozenset(Parallel(n_jobs=2, backend="loky")(delayed(os.getpid)() for _ in range(2)))
        seen.append((here, index, pids))
        return find("sequential").decode(video, indices, 1)

    with video.path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    can_be_dropped = not cached()
    before = video.index
    workers = frozenset(Parallel(n_jobs=2, backend="loky")(delayed(os.getpid)() for _ in range(2)))
    options = {"repeats": 1, "control": False, "truth": False, "trace": False, "memory": False}
    sweep(video, fps=5, strategies=["cold"], workers=[1], warmup=2, **options)
    first, second, timed = seen
    assert first[1] is not before
    assert second[1] is timed[1] is first[1]
    assert not first[2] & workers
    assert (second[0], timed[0]) == (True, True)
    if can_be_dropped:  # not every file system lets go
        assert not first[0]
