"""The results file: written whole, in a folder of its own, and validated by the records when it is read."""

import os
import stat
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from vdlab.errors import VDLabError, one_line
from vdlab.machine.files import make_folder, written_whole
from vdlab.notes import note
from vdlab.results.records import Results

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]  # what is asked for everywhere below

LARGEST = 32_000_000
"""Bytes of a results file: ten times what large sweeps leave. A larger one is not read: nobody knows what is in it."""

MOST_OBJECTS, MOST_VALUES = 250_000, 1_400_000
"""In a file. Lists are counted by msgspec only after it has made all that is in them."""

SCHEMA = 6
"""Raised whenever the records change: what an older version wrote is measured again, and never guessed at."""


class Head(msgspec.Struct):
    """What every results file has had, whatever its schema."""

    schema: int
    version: str = "of an unknown version"


def as_json(results: Results) -> bytes:
    """Everything, as the file holds it."""
    return msgspec.json.format(msgspec.json.encode({"schema": SCHEMA, **msgspec.to_builtins(results)}), indent=1)


def save(results: Results, path: str | os.PathLike[str]) -> Path:
    """Write results to one JSON file, whole or not at all.

    Raises:
        VDLabError: it cannot be written there.
    """
    with written_whole(path) as aside:
        aside.write_bytes(as_json(results))
    return Path(path)


def load(path: str | os.PathLike[str]) -> Results:
    """The very object that `save` wrote.

    Raises:
        VDLabError: the file is missing, damaged, or written by another version: in a line, which field and why.
    """
    content = contents(path)
    try:
        head = msgspec.json.decode(content, type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise VDLabError(f"{path}: is damaged, or not a results file of VDLab: {one_line(error)}") from error
    if head.schema != SCHEMA:
        raise VDLabError(
            f"{path}: was written by VDLab {head.version} in schema {head.schema}, and this version reads {SCHEMA}; "
            "measure again, or open it with that version"
        )
    try:
        return msgspec.json.decode(content, type=Results)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise VDLabError(f"{path}: is damaged: {one_line(error)}") from error


class Keeper:
    """Writes results into a folder, again and again while they grow: a crash later loses nothing of them.

    It is used in a `with` block, in which the folder is its own: a second sweep would overwrite the first one's.

    Attributes:
        folder: which has `results.json` and `results.csv`.
        lacking: in a sentence, what of the results is not there and why; empty where all is. A disk that is full in
            the middle of a sweep ends no sweep.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Make the folder where it is missing.

        Raises:
            VDLabError: it cannot be made.
        """
        self.folder = make_folder(folder)
        self.lacking = ""
        self._runs: int | None = None  # in results.json, of this sweep
        self._lock = -1

    def __enter__(self) -> "Keeper":
        """Take the folder, and lay aside what an earlier sweep has left there.

        Raises:
            VDLabError: another sweep writes to it, or nobody may.
        """
        self._lock = lock(self.folder)
        earlier = self.folder / "results.json"
        try:
            if earlier.exists():
                moment = datetime.fromtimestamp(earlier.stat().st_mtime)
                aside = earlier.rename(earlier.with_name(f"results-{moment:%Y%m%d-%H%M%S-%f}.json"))
                note(f"{self.folder} had the results of an earlier sweep: they are in {aside.name} now")
        except OSError as error:
            self.__exit__()
            raise VDLabError(f"cannot write to the folder {self.folder}: {error.strerror}; choose another") from error
        return self

    def __exit__(self, *error: object) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def keep(self, results: Results) -> None:
        """Write what there is so far. What cannot be written is said in `lacking`, and tried again the next time."""
        count = len(results.runs)
        try:
            results.save(self.folder / "results.json")
            self._runs = count
            results.save_csv(self.folder / "results.csv")
        except VDLabError as error:
            saved = "none" if self._runs is None else "all" if self._runs == count else self._runs
            self.lacking = f"{error}; {self.folder / 'results.json'} has {saved} of the {count} runs"
        else:
            self.lacking = ""


def lock(folder: Path) -> int:
    """Lock a folder for as long as the file that is returned is open, or the process lives; -1 where nobody can.

    Raises:
        VDLabError: somebody else has.
    """
    file = -1
    if fcntl:
        with suppress(OSError):  # some file systems know no locks
            file = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(file)
                message = f"{folder}: another sweep is writing its results there; choose another folder"
                raise VDLabError(message) from error
    return file


def contents(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file that is not too large to be one of results.

    Raises:
        VDLabError: there is none, it is no file that ends, or larger than results are.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise VDLabError(f"{path}: is not a file; name the results.json of a run")
        if status.st_size > LARGEST:
            size = f"{status.st_size / 1e6:,.0f} MB, more than the {LARGEST / 1e6:,.0f} MB that results can have"
            raise VDLabError(f"{path}: is no results file of VDLab: it has {size}")
        with open(path, "rb") as file:
            content = file.read(LARGEST)  # and no more, should it grow meanwhile
        if content.count(b"{") > MOST_OBJECTS or content.count(b",") > MOST_VALUES:
            raise VDLabError(f"{path}: is no results file of VDLab: there is more in it than in any results")
        return content
    except (OSError, ValueError) as error:  # a path with a NUL in it is a ValueError
        raise VDLabError(f"{path}: cannot be read: {getattr(error, 'strerror', '') or error}") from error
