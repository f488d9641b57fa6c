"""Every loader returns the same frames of the same videos, and says of a broken one that it is."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import xxhash
from torchcodec import FrameBatch

import vdlab
from vdlab import clips
from vdlab.errors import SettingsError, VideoError
from vdlab.loaders import LOADERS, loader
from vdlab.loaders.bare import as_they_end
from vdlab.video.collection import Wanted, wanted_of

CLUSTERS = ("dask", "ray")


@pytest.fixture(scope="session")
def some_videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six small videos of three codecs and one that is cut short."""
    found = tmp_path_factory.mktemp("collection")
    for number, (codec, suffix) in enumerate((("libx264", "mp4"), ("libx265", "mp4"), ("libvpx-vp9", "webm"))):
        path = clips.make(
            found / f"{codec}.{suffix}", codec=codec, width=96, height=64, seconds=2, gop=(12, 25, 50)[number]
        )
        shutil.copy(path, found / f"{codec}-again.{suffix}")
    whole = (found / "libx264.mp4").read_bytes()
    (found / "broken.mp4").write_bytes(whole[: len(whole) // 3])
    return found


def hashed(batch: FrameBatch) -> tuple[int, str, list[float]]:
    """What a worker can send of frames."""
    pixels = batch.data.contiguous().numpy()
    return len(batch), xxhash.xxh3_64_hexdigest(pixels.reshape(-1).data), batch.pts_seconds.tolist()


@pytest.fixture(params=[name for name in LOADERS if name not in CLUSTERS])
def found(request: pytest.FixtureRequest) -> Iterator[object]:
    """Each loader that runs here, whose workers end with the test."""
    one = LOADERS[request.param]
    if reason := one.unavailable():
        pytest.skip(reason)
    yield one
    if one.end:
        one.end()


def loaded(one: object, some_videos: Path, each: object, **what: object) -> dict[str, object]:
    """What a loader yields, by the name of the video."""
    if one.prepare:
        one.prepare(2)
    return {path.name: result for path, result in one.decode(wanted_of(some_videos, **what), 2, each)}


@pytest.mark.parametrize("what", [{"fps": 5}, {"count": 3, "resize": 32}, {"indices": [7, 2, 7]}], ids=str)
def test_all_loaders_return_the_frames_of_decode(found: object, some_videos: Path, what: dict[str, object]) -> None:
    if found.name == "decord":
        folder_of = [
            path for path in some_videos.iterdir() if "libx264" in path.name
        ]  # it seeks wrongly in x265's open GOPs
    else:
        folder_of = sorted(some_videos.iterdir())
    expected = {path.name: hashed(vdlab.decode(path, **what)) for path in folder_of if path.name != "broken.mp4"}
    here = loaded(found, some_videos, hashed, **what)
    there = {
        name: one if isinstance(one, Exception) else hashed(one)
        for name, one in loaded(found, some_videos, None, **what).items()
    }
    for results in (here, there):
        assert len(results) == 7
        assert isinstance(results["broken.mp4"], VideoError) and "broken.mp4" in str(results["broken.mp4"])
        mine = {name: results[name] for name in expected}
        if not found.own_times:
            mine = {name: (*mine[name][:2], expected[name][2]) for name in mine}
        assert mine == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", CLUSTERS)
def test_a_cluster_returns_the_frames_of_decode(name: str, some_videos: Path) -> None:
    one = LOADERS[name]
    if reason := one.unavailable():
        pytest.skip(reason)
    try:
        results = loaded(one, some_videos, None, fps=5)
        assert isinstance(results.pop("broken.mp4"), VideoError)
        for path, batch in results.items():
            assert hashed(batch) == hashed(vdlab.decode(some_videos / path, fps=5))
            batch.data.add_(1)  # it is the caller's to write to
    finally:
        one.end()


def test_somebody_who_uses_frames_slowly_finds_few_of_them_waiting() -> None:
    begun: list[int] = []
    handles = as_they_end(
        [Wanted(b"", fps=1)] * 100, 4, lambda one: begun.append(len(begun)) or len(begun), lambda on: on[:1]
    )
    for taken, _ in enumerate(handles, start=1):
        assert len(begun) <= taken + 4
    assert len(begun) == 100


def test_a_loader_of_a_cell_joins_the_others_and_says_what_it_is() -> None:
    @loader("mine", "My own", parallel=False)
    def mine(wanted, workers, each):
        """Nothing at all."""
        yield from ()

    assert LOADERS.find("mine").summary == "Nothing at all."
    assert LOADERS.find("mine").origin == "file"
    with pytest.raises(SettingsError, match="unknown loader 'mein'; did you mean mine"):
        LOADERS.find("mein")
    with pytest.raises(SettingsError, match="loader name 'My own' will not do"):
        loader("My own", "")


def test_every_loader_has_a_page_that_says_what_it_does() -> None:
    for one in LOADERS.values():
        assert one.origin == "built in" and one.name in one.source and len(one.summary) > 20


def test_dask_at_an_address_where_nobody_answers_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    from vdlab.loaders import dask

    monkeypatch.setenv(dask.ADDRESS, "tcp://127.0.0.1:9")
    monkeypatch.setattr(dask, "START_SECONDS", 1)
    with pytest.raises(vdlab.MachineError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        list(dask.dask([Wanted(b"", fps=1)], 1, None))
