"""Where results are stored, and the earlier runs that are found there."""

import itertools
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from vdlab.clips.where import PACKAGE, folder_for_videos
from vdlab.errors import VDLabError, harmless
from vdlab.machine.files import make_folder
from vdlab.results.records import Results

NEWEST = 50
"""Files that are looked at: each is read to know what is in it."""


@dataclass(frozen=True)
class EarlierRun:
    """What a list says of a results file: it has read it, and let go of it again.

    Attributes:
        path: of the file.
        video: the name of what was decoded.
        hostname: of the machine; None where it has no name.
        started: when, an ISO 8601 time.
        finished: None where the sweep was cut short.
        settings: how many of them were timed.
    """

    path: Path
    video: str
    hostname: str | None
    started: str
    finished: str | None
    settings: int

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
    return EarlierRun(path, results.video.name, results.machine.hostname, results.started, results.finished, timed)
