"""The results file: written whole, and validated by the records at the door when it is read."""

import os
import stat
from pathlib import Path

import msgspec

from vdlab.errors import VDLabError, one_line
from vdlab.machine.files import written_whole
from vdlab.results.records import Results

LARGEST = 32_000_000
"""Bytes of a results file: ten times what large sweeps leave. A larger one is not read: nobody knows what is in it."""

SCHEMA = 5
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
            return file.read(LARGEST)  # and no more, should it grow meanwhile
    except (OSError, ValueError) as error:  # a path with a NUL in it is a ValueError
        raise VDLabError(f"{path}: cannot be read: {getattr(error, 'strerror', '') or error}") from error
