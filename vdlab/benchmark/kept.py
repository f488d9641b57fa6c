"""Where results are kept, and the earlier runs that are found there."""

import itertools
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from vdlab.benchmark.results import Results
from vdlab.clips.where import PACKAGE, folder_for_videos
from vdlab.errors import VDLabError

NEWEST = 50
"""Files that are looked at: each is read to know what is in it."""


@dataclass(frozen=True)
class Kept:
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


def places() -> list[Path]:
    """Where results may lie: where the lab keeps them, beside the videos, and where `vdlab bench` leaves them."""
    folders = [folder_for_results(), folder_for_videos(), Path("results"), PACKAGE.parent / "results"]
    return list(dict.fromkeys(folder.absolute() for folder in folders))


def earlier_runs() -> tuple[list[Kept], list[str]]:
    """The runs that were kept, newest first, and a line for every file that cannot be read.

    Sweeps in which nothing was timed are left out. Of very many files, only the newest are looked at.
    """
    patterns = ("*.json", "*/*.json")
    found = {path for place in places() for pattern in patterns for path in place.glob(pattern) if path.is_file()}
    found = {path.resolve(): path.stat().st_mtime_ns for path in found}
    kept, damaged = [], []
    for path in sorted(found, key=found.get, reverse=True)[:NEWEST]:
        try:
            run = open_run(path)
        except VDLabError as error:
            damaged.append(str(error))
        else:
            kept += [run] if run.settings else []
    return sorted(kept, key=lambda run: run.results.started, reverse=True), damaged


def open_run(path: Path) -> Kept:
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
def _open_run(path: Path, size: int, mtime_ns: int) -> Kept:
    results = Results.load(path)
    try:
        results.summary()  # whoever changed a file by hand learns it here, and not from a chart
        Path(results.video["path"]), results.machine.get("hostname"), datetime.fromisoformat(results.started)
        settings = len({run.setting for run in results.runs if run.phase == "timed" and run.seconds})
    except Exception as error:
        raise VDLabError(f"{path}: is damaged, or not a results file: {type(error).__name__}: {error}") from error
    return Kept(path, results, settings)
