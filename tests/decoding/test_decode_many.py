"""A collection gives the frames of `decode`, in bounded memory, whatever is in it and however its consumer behaves."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import psutil
import pytest
import torch
from torchcodec import FrameBatch

import vdlab
from vdlab import clips
from vdlab.decoding_many import jobs
from vdlab.decoding_many import threads as in_threads
from vdlab.errors import SettingsError, VDLabError, VDLabWarning, VideoError
from vdlab.gops.feeding import Feeder
from vdlab.video.collection import wanted_of

FILES = sorted(Path(__file__).parents[1].joinpath("files").iterdir())


def same(batch: FrameBatch, expected: FrameBatch) -> bool:
    columns = ("data", "pts_seconds", "duration_seconds")
    return all(torch.equal(getattr(batch, column), getattr(expected, column)) for column in columns)


def decoders() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("vdlab-decode")]


@pytest.fixture(scope="module")
def long(folder: Path) -> Path:
    """Many GOPs."""
    path = folder / "many-gops.mp4"
    clips.make(path, width=192, height=108, seconds=12, gop=25)
    return path


@pytest.fixture(scope="module")
def alike(folder: Path) -> list[Path]:
    """Videos that differ in nothing but their pictures, too large for seeking to be as quick as feeding packets."""
    names = [folder / f"alike-{number}.mp4" for number in range(5)]
    return [clips.make(name, width=480, height=270, seconds=1, seed=seed) for seed, name in enumerate(names)]


@pytest.fixture
def links(clip: Path, tmp_path: Path) -> list[Path]:
    """Forty names of one small clip."""
    paths = [tmp_path / f"{number:02}.mp4" for number in range(40)]
    for path in paths:
        path.hardlink_to(clip)
    return paths


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"this is no video" * 100)
    return path


@pytest.mark.filterwarnings("ignore::vdlab.errors.VDLabWarning")
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_frames_are_those_of_decode(clip: Path, open_gop_clip: Path, long: Path, workers: int) -> None:
    videos = [clip, *FILES, open_gop_clip, long]
    found = dict(vdlab.decode_many(videos, fps=5, workers=workers))
    assert list(map(str, sorted(found))) == list(map(str, sorted(videos)))
    for path, batch in found.items():
        assert same(batch, vdlab.decode(path, fps=5)), path


def test_a_difference_of_one_bit_or_of_a_time_is_seen(clip: Path) -> None:
    """What every test here relies on."""
    for column, changed in (("data", 1), ("pts_seconds", 1e-9), ("duration_seconds", 1e-9)):
        ((_, batch),) = vdlab.decode_many([clip], fps=5)
        getattr(batch, column)[2] += changed
        assert not same(batch, vdlab.decode(clip, fps=5)), column


@pytest.mark.parametrize(
    "how", [{"count": 3}, {"seconds": [0.5, 0.1]}, {"indices": [7, 7, 3]}, {"fps": 3, "resize": 50}]
)
def test_frames_are_chosen_as_for_decode(clip: Path, how: dict[str, Any]) -> None:
    ((_, batch),) = vdlab.decode_many([clip], **how)
    assert same(batch, vdlab.decode(clip, **how))


def test_long_videos_are_decoded_by_several_workers(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = vdlab.decode(long, fps=5)
    rows, checked, threads = [], jobs.checked, set()

    def noted(*arguments: Any) -> FrameBatch:
        rows.append(len(arguments[2]))
        threads.add(threading.current_thread().name)
        time.sleep(0.05)
        return checked(*arguments)

    monkeypatch.setattr(jobs, "SECTION_SECONDS", 0.002)
    monkeypatch.setattr(jobs, "checked", noted)
    ((_, batch),) = vdlab.decode_many([long], fps=5, workers=3)
    assert same(batch, expected)
    assert len(rows) > 3 and sum(rows) == len(expected), rows
    assert len(threads) == 3


def test_rows_of_a_long_video_may_be_asked_for_in_any_order(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SECTION_SECONDS", 0.002)
    indices = [299, 0, 150, 150, 7, 200]
    ((_, batch),) = vdlab.decode_many([long], indices=indices, workers=2)
    assert same(batch, vdlab.decode(long, indices))


def test_planted_wrong_packet_is_seen_and_the_frame_mended(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = vdlab.decode(long, fps=5)
    read = Feeder.read
    monkeypatch.setattr(Feeder, "read", lambda *arguments, **options: read(*arguments, **options)[:-2])
    with pytest.warns(VDLabWarning, match=r"many-gops\.mp4.*cannot be decoded in segments"):
        ((_, batch),) = vdlab.decode_many([long], fps=5)
    assert same(batch, expected)


def test_order_is_that_of_the_list_where_asked_for(links: list[Path], long: Path) -> None:
    videos = [long, *links[:10], long, *links[10:20]]
    assert [path for path, _ in vdlab.decode_many(videos, fps=5, ordered=True, workers=3)] == videos


def test_what_is_fast_comes_before_what_is_slow_where_not(links: list[Path]) -> None:
    slow = threading.Event()

    def each(batch: FrameBatch) -> int:
        if len(batch) == 1:
            slow.wait(20)
        return len(batch)

    wanted = [*wanted_of(links[:1], count=1), *wanted_of(links[1:8], count=2)]
    found = []
    for path, _ in vdlab.decode_many(wanted, each=each, workers=2):
        found.append(path)
        if len(found) == 7:
            slow.set()
    assert found[-1] == links[0]


@pytest.mark.parametrize("ordered", [False, True])
def test_no_more_is_held_than_fits(links: list[Path], monkeypatch: pytest.MonkeyPatch, ordered: bool) -> None:
    size = vdlab.decode(links[0], fps=5).data.nbytes
    begun, most, taken, checked = 0, 0, 0, jobs.checked
    lock = threading.Lock()

    def counted(*arguments: Any) -> FrameBatch:
        nonlocal begun, most
        with lock:
            begun += 1
            most = max(most, begun - taken)
        return checked(*arguments)

    monkeypatch.setattr(jobs, "AHEAD_BYTES", int(1.5 * size))
    monkeypatch.setattr(jobs, "checked", counted)
    for _ in vdlab.decode_many(links, fps=5, workers=2, ordered=ordered):
        taken += 1
        time.sleep(0.5 if taken < 3 else 0.01)  # first until nothing more is begun, on a busy machine too
    # Three fit, one is with the consumer, and each worker may have begun one more before he counted what he took.
    assert 3 <= most <= (6 if not ordered else 7)
    assert taken == len(links)


def test_small_results_are_bounded_by_their_number(links: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_threads, "AHEAD", 3)
    calls = []
    flow = vdlab.decode_many(links, fps=5, workers=2, each=lambda batch: calls.append(len(batch)))
    next(flow)
    before = -1
    while before < (before := len(calls)):
        time.sleep(0.3)
    assert len(calls) <= 1 + 3 * 2 + 2
    assert len(list(flow)) == 39


def test_a_video_that_is_larger_than_the_bound_comes_all_the_same(
    links: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AHEAD_BYTES", 1)
    assert len(list(vdlab.decode_many(links[:5], fps=5, workers=3, ordered=True))) == 5


def test_each_runs_in_the_workers_and_only_its_result_comes(links: list[Path]) -> None:
    def each(batch: FrameBatch) -> tuple[str, int]:
        return threading.current_thread().name, len(batch)

    names = {name for _, (name, count) in vdlab.decode_many(links, fps=5, each=each, workers=2) if count == 10}
    assert names <= {"vdlab-decode-0", "vdlab-decode-1"} and names


@pytest.mark.parametrize("resize", [None, 50])
@pytest.mark.parametrize(
    "part",
    [
        lambda batch: batch.data,
        lambda batch: batch.data[3],
        lambda batch: batch.data.numpy()[2:5, 1],
        lambda batch: memoryview(batch.data[4].permute(1, 2, 0).numpy()),
    ],
)
def test_what_each_keeps_of_the_frames_is_not_written_over(
    alike: list[Path], part: Callable[[FrameBatch], Any], resize: int | None
) -> None:
    """Though memory of frames that nobody has is used again."""
    kept = dict(vdlab.decode_many(alike, fps=5, each=part, workers=2, resize=resize))
    for path in alike:
        right = part(vdlab.decode(path, fps=5, resize=resize))
        assert np.array_equal(kept[path], right), path
    assert len({np.asarray(result).tobytes() for result in kept.values()}) == len(alike)


def test_a_loop_that_ends_early_ends_its_threads(links: list[Path]) -> None:
    assert not decoders()
    flow = vdlab.decode_many(links, fps=5, workers=3)
    next(flow)
    assert len(decoders()) == 3
    flow.close()
    assert not decoders()


def test_a_broken_file_is_raised_with_its_name(links: list[Path], broken: Path) -> None:
    with pytest.raises(VideoError, match=r"broken\.mp4: "):
        list(vdlab.decode_many([*links[:3], broken, *links[3:]], fps=5))
    assert not decoders()


def test_broken_files_are_yielded_and_counted(links: list[Path], broken: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.mp4"
    videos = [links[0], broken, missing, links[1]]
    with pytest.warns(VDLabWarning, match=r"2 of 4 videos could not be decoded: .*broken\.mp4 and 1 more"):
        found = dict(vdlab.decode_many(videos, fps=5, errors="yield", ordered=True))
    assert list(found) == videos
    assert [isinstance(result, VideoError) for result in found.values()] == [False, True, True, False]
    assert "missing.mp4" in str(found[missing])


def leaves(batch: FrameBatch) -> None:
    raise SystemExit(3)


def divides(batch: FrameBatch) -> float:
    return 1 / 0


@pytest.mark.parametrize("each", [divides, leaves])
def test_a_function_that_fails_is_named_and_ends_nothing_else(
    links: list[Path], each: Callable[[FrameBatch], Any]
) -> None:
    with pytest.raises(VDLabError, match=rf"00\.mp4: {each.__name__} failed: "):
        list(vdlab.decode_many(links[:1], fps=5, each=each))
    with pytest.warns(VDLabWarning, match="5 of 5 videos"):
        found = list(vdlab.decode_many(links[:5], fps=5, each=each, errors="yield"))
    assert all(isinstance(error.__cause__, ZeroDivisionError | SystemExit) for _, error in found)


def test_bytes_and_file_objects_come_back_as_they_were_listed(clip: Path) -> None:
    data = clip.read_bytes()
    with clip.open("rb") as file:
        found = list(vdlab.decode_many([data, file, str(clip)], fps=5, ordered=True))
    assert found[0][0] is data and found[1][0] is file and found[2][0] == clip
    assert all(same(batch, vdlab.decode(clip, fps=5)) for _, batch in found)


def test_a_manifests_rows_say_what_is_wanted_of_each(clip: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (tmp_path / name).hardlink_to(clip)
    (tmp_path / "list.csv").write_text('path,seconds,indices\na.mp4,0.5 1.0,\nb.mp4,,"[3, 9, 3]"\nc.mp4,,\n')
    rows = {"path": ["a.mp4", "b.mp4"], "seconds": [[0.5, 1.0], None], "indices": [None, [3, 9, 3]]}
    pytest.importorskip("pyarrow")
    pandas.DataFrame(rows).to_parquet(tmp_path / "list.parquet")
    expected = [vdlab.decode(clip, seconds=[0.5, 1.0]), vdlab.decode(clip, [3, 9, 3]), vdlab.decode(clip, fps=5)]
    for manifest, count in (("list.csv", 3), ("list.parquet", 2)):
        found = list(vdlab.decode_many(tmp_path / manifest, fps=5, ordered=True))
        assert [path.name for path, _ in found] == ["a.mp4", "b.mp4", "c.mp4"][:count]
        assert all(same(batch, right) for (_, batch), right in zip(found, expected, strict=False))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\na.mp4\n", "no column path"),
        ("path,seconds\na.mp4,half\n", "row 1: seconds"),
        ("path,seconds,indices\na.mp4,1,1\n", "row 1: gives seconds and indices"),
        ("path,indices\na.mp4,1.5\n", "row 1: indices are whole numbers"),
        ("path\na.mp4\n", "say which frames"),
        ("path,seconds\n,1\n", "row 1 has no path"),
        ("", "cannot be read as a table"),
        ("path\n", "holds no videos"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        vdlab.decode_many(manifest)
    assert str(manifest) in str(caught.value) or "a.mp4" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list.parquet").write_bytes(b"PAR1")

    def missing(path: Path) -> None:
        raise ImportError("Unable to find a usable engine")

    monkeypatch.setattr(pandas, "read_parquet", missing)
    with pytest.raises(SettingsError, match="pip install pyarrow"):
        vdlab.decode_many(tmp_path / "list.parquet", fps=1)


def test_a_folder_is_listed_by_name_without_what_is_no_video(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("c.MP4", "b/no-suffix", "a.mkv", ".hidden.mp4"):
        (tmp_path / name).hardlink_to(clip)
    (tmp_path / "notes.txt").write_text("not a video")
    (tmp_path / "program.ts").write_text("export const answer = 42;\n" * 20)
    with pytest.warns(VDLabWarning, match=r"notes\.txt and 1 more are left out: not a video") as caught:
        found = wanted_of(tmp_path, fps=1)
    assert [warning.filename for warning in caught] == [__file__]  # the line that a user can do something about
    assert [one.source for one in found] == [tmp_path / name for name in ("a.mkv", "b/no-suffix", "c.MP4")]
    assert [one.source for one in wanted_of(f"{tmp_path}/**/*.mkv", fps=1)] == [tmp_path / "a.mkv"]


@pytest.mark.parametrize("nothing", ["empty", "*.mp4", "list"])
def test_a_collection_without_videos_is_one_line(tmp_path: Path, nothing: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingsError, match=r"holds no videos|is empty"):
        vdlab.decode_many([] if nothing == "list" else tmp_path / nothing, fps=1)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"fps": 2, "count": 3}, {"fps": 0}, {"count": 0}, {"fps": 2, "errors": "skip"}, {"fps": 2, "each": 3},
     {"fps": 2, "workers": 0}, {"fps": 2, "resize": "small"}],
)  # fmt: skip
def test_what_makes_no_sense_is_said_before_anything_is_decoded(clip: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        vdlab.decode_many([clip], **wrong)


def test_nothing_is_left_open(links: list[Path]) -> None:
    process = psutil.Process()

    def opened() -> tuple[int, int]:
        return process.num_fds(), threading.active_count()

    list(vdlab.decode_many(links, fps=5, workers=2))
    before = opened()
    list(vdlab.decode_many(links * 3, fps=5, workers=2))
    assert all(now <= then for now, then in zip(opened(), before, strict=True)), (opened(), before)


INTERRUPTED = """
import sys, time, vdlab
try:
    videos = vdlab.decode_many([sys.argv[1]] * 20_000, fps=5, each=lambda batch: time.sleep(0.2))
    for number, _ in enumerate(videos, start=1):
        if number == 4:
            print("begun", flush=True)
except KeyboardInterrupt as interrupt:
    print(time.time(), interrupt)
"""


@pytest.mark.slow
def test_ctrl_c_ends_it_within_a_second_and_says_how_much_is_done(clip: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(clip)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.1)  # it is not in its own code any more, but in that which it waits for
    interrupted = time.time()
    os.kill(process.pid, signal.SIGINT)
    ended, _, said = process.communicate(timeout=60)[0].partition(" ")
    assert "of 20,000 videos are done, the last one " in said
    assert float(ended) - interrupted < 1.5, said  # a second, on a busy machine


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    yield
    assert not decoders()
