"""Where results are stored, and the earlier runs that are found there."""

import itertools
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import nan
from pathlib import Path

from vdlab.clips.where import PACKAGE, folder_for_videos
from vdlab.errors import SettingsError, VDLabError, harmless
from vdlab.machine.files import make_folder, written_whole
from vdlab.results.judgement import standing
from vdlab.results.records import Results
from vdlab.results.store import lock

NEWEST = 50
"""Files that are looked at: each is read to know what is in it."""

WRITTEN = {".json", ".csv", ".html", ".md", ".png", ".svg"}
"""What VDLab leaves in the folder of a run. A folder that has anything else in it is somebody's own, and stays."""


@dataclass(frozen=True)
class EarlierRun:
    """What a list says of a results file: it has read it, and let go of it again.

    Attributes:
        path: of the file.
        name: of its folder, or where several files lie in one, of the file.
        video: the name of what was decoded.
        hostname: of the machine; None where it has no name.
        started: when, an ISO 8601 time.
        finished: None where the sweep was cut short.
        settings: how many of them were timed.
        best: the setting to choose at the first sampling rate; empty where that cannot be told.
        speedup: of that, over sequential; NaN where there is none.
        size: of the file, in bytes.
    """

    path: Path
    name: str
    video: str
    hostname: str | None
    started: str
    finished: str | None
    settings: int
    best: str
    speedup: float
    size: int

    @property
    def results(self) -> Results:
        """What is in the file, read again."""
        return Results.load(self.path)


def folder_for_results() -> Path:
    """Where the lab keeps its sweeps: the folder that VDLAB_RESULTS names, else `results` beside the long videos.

    Raises:
        VDLabError: the cache folder cannot be made.
    """
    return Path(os.environ.get("VDLAB_RESULTS") or folder_for_videos() / "results")


def new_folder(parent: Path, video: Path) -> Path:
    """A new folder; its name says which video and when, so that no run overwrites another, begun at once or not.

    Raises:
        VDLabError: it cannot be made.
    """
    name = f"{harmless(video.stem)[:50]}-{datetime.now():%Y%m%d-%H%M%S}"
    make_folder(parent)
    for folder in itertools.chain([parent / name], (parent / f"{name}-{number}" for number in itertools.count(2))):
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise VDLabError(f"cannot make {folder}: {error.strerror}; choose another folder") from error
        return folder
    raise AssertionError("numbers do not end")


def folders() -> list[Path]:
    """Where results may lie: where the lab keeps them, beside the videos, and where `vdlab bench` leaves them."""
    possible = [folder_for_results(), folder_for_videos(), Path("results"), PACKAGE.parent / "results"]
    return list(dict.fromkeys(folder.absolute() for folder in possible))


def earlier_runs() -> tuple[list[EarlierRun], list[str]]:
    """The runs that were stored, newest first, and a line for every file that cannot be read.

    Sweeps in which nothing was timed are left out. Of very many files, only the newest are looked at.
    """
    patterns = ("*.json", "*/*.json")
    changed = {}
    for path in {path for folder in folders() for pattern in patterns for path in folder.glob(pattern)}:
        with suppress(OSError):  # gone meanwhile, or nobody may look
            status = path.stat()
            if stat.S_ISREG(status.st_mode) and not path.name.startswith("."):  # as those that are being written
                changed[path.resolve()] = status.st_mtime_ns
    read, damaged = [], []
    for path in sorted(changed, key=lambda path: changed[path], reverse=True)[:NEWEST]:
        try:
            run = open_run(path)
        except VDLabError as error:
            damaged.append(str(error))
        else:
            read += [run] if run.settings else []
    return sorted(read, key=lambda run: run.started, reverse=True), damaged


def open_run(path: Path) -> EarlierRun:
    """Read a results file; the same one again only after it has changed.

    Raises:
        VDLabError: it is missing, damaged, or written by a later version.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise VDLabError(f"{path}: cannot be read: {getattr(error, 'strerror', '') or error}") from error
    return _open_run(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=2 * NEWEST)
def _open_run(path: Path, size: int, mtime_ns: int) -> EarlierRun:
    results = Results.load(path)
    timed = sum(bool(one.timed) for one in results.measurements)
    found = standing(results, results.first_rate())
    best = str(found.choice.setting) if found.choice and found.told else ""
    speedup = found.over_sequential.ratio.value if best and found.over_sequential else nan
    machine, video = results.machine.hostname, results.video.name
    return EarlierRun(
        path, name_of(path), video, machine, results.started, results.finished, timed, best, speedup, size
    )


def name_of(path: Path) -> str:
    """What a run is called: as its folder, or where several files may lie in one, as its file."""
    return path.parent.name if path.name == "results.json" and path.parent not in folders() else path.stem


def belongings(path: Path) -> Path:
    """What is moved with a results file: its folder, where that has nothing in it but what VDLab writes, or itself.

    Raises:
        VDLabError: a sweep is still writing there, or nobody may look.
    """
    folder = path.parent
    if path.name != "results.json" or folder in folders():
        return path
    if (held := lock(folder)) >= 0:
        os.close(held)
    try:
        own = all(entry.is_file() and entry.suffix in WRITTEN for entry in folder.iterdir())
    except OSError as error:
        raise VDLabError(f"{folder}: cannot be read: {error.strerror}") from error
    return folder if own else path


def rename(path: Path, name: str) -> Path:
    """Give a run another name; returns the path of its file from then on.

    Raises:
        SettingsError: the name will not do, or is taken.
        VDLabError: it cannot be renamed.
    """
    source = belongings(path)
    new = name.strip()
    if not new or new.startswith(".") or "/" in new or new != harmless(new):
        raise SettingsError(f"a run cannot be called {name!r}: use letters, digits, spaces and dashes")
    target = source.with_name(new if source.is_dir() else f"{new}{source.suffix}")
    if target.exists():
        raise SettingsError(f"there is a run of the name {new} already")
    _move(source, target)
    return target / path.name if target.is_dir() else target


def delete(paths: Iterable[Path]) -> list[tuple[Path, Path]]:
    """Move runs aside, out of every list; returns from where and to where, for `restore`.

    They stay in a folder `.deleted` beside the others until somebody empties it.

    Raises:
        VDLabError: one cannot be moved; the others are.
    """
    moved = []
    for path in paths:
        source = belongings(path)
        aside = new_folder(make_folder(source.parent / ".deleted"), source)
        _move(source, aside / source.name)
        moved.append((source, aside / source.name))
    return moved


def restore(moved: Iterable[tuple[Path, Path]]) -> None:
    """Move runs back that were deleted.

    Raises:
        VDLabError: one cannot be moved.
    """
    for source, aside in moved:
        _move(aside, source)


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        raise VDLabError(f"cannot move {source} to {target}: {error.strerror}") from error


def take_in(name: str, content: bytes) -> Path:
    """Store a results file from elsewhere among the lab's own; returns its path.

    Raises:
        VDLabError: it is no results file, and nothing is left of it; or it cannot be written.
    """
    folder = new_folder(folder_for_results(), Path(name))
    path = folder / "results.json"
    try:
        with written_whole(path) as aside:
            aside.write_bytes(content)
        Results.load(path)
    except VDLabError as error:
        path.unlink(missing_ok=True)
        folder.rmdir()
        raise VDLabError(str(error).replace(str(path), name)) from error
    return path
