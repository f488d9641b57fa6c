"""Where results are kept, and the earlier runs that are found there."""

import itertools
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from vdlab.clips.where import PACKAGE, folder_for_videos
from vdlab.errors import VDLabError
from vdlab.results.records import Results

NEWEST = 50
"""Files that are looked at: each is read to know what is in it."""


@dataclass(frozen=True)
class EarlierRun:
    """A results file, read.

    Attributes:
        path: of the file.
        results: what is in it.
        settings: how many of them were timed.
    """

    path: Path
    results: Results
    settings: int


def folder_for_results() -> Path:
    """Where the lab keeps its sweeps: the folder that VDLAB_RESULTS names, else `results` beside the long videos.

    Raises:
        VDLabError: the cache folder cannot be made.
    """
    return Path(os.environ.get("VDLAB_RESULTS") or folder_for_videos() / "results")


def new_folder(parent: Path, video: Path) -> Path:
    """A folder that is not there yet; its name says which video and when, so that no run overwrites another."""
    name = f"{video.stem}-{datetime.now():%Y%m%d-%H%M%S}"
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(folder for folder in (parent / name for name in names) if not folder.exists())


def folders() -> list[Path]:
    """Where results may lie: where the lab keeps them, beside the videos, and where `vdlab bench` leaves them."""
    possible = [folder_for_results(), folder_for_videos(), Path("results"), PACKAGE.parent / "results"]
    return list(dict.fromkeys(folder.absolute() for folder in possible))


def earlier_runs() -> tuple[list[EarlierRun], list[str]]:
    """The runs that were kept, newest first, and a line for every file that cannot be read.

    Sweeps in which nothing was timed are left out. Of very many files, only the newest are looked at.
    """
    patterns = ("*.json", "*/*.json")
    found = {path for folder in folders() for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    changed = {path.resolve(): path.stat().st_mtime_ns for path in found}
    read, damaged = [], []
    for path in sorted(changed, key=lambda path: changed[path], reverse=True)[:NEWEST]:
        try:
            run = open_run(path)
        except VDLabError as error:
            damaged.append(str(error))
        else:
            read += [run] if run.settings else []
    return sorted(read, key=lambda run: run.results.started, reverse=True), damaged


def open_run(path: Path) -> EarlierRun:
    """Read a results file; the same one again only after it has changed.

    Raises:
        VDLabError: it is missing, damaged, or written by a later version.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise VDLabError(f"{path}: cannot be read: {error.strerror}") from error
    return _open_run(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=2 * NEWEST)
def _open_run(path: Path, size: int, mtime_ns: int) -> EarlierRun:
    results = Results.load(path)
    return EarlierRun(path, results, sum(bool(one.timed) for one in results.measurements))
