"""The results file: written whole, and validated by the records at the door when it is read."""

import os
from pathlib import Path

import msgspec

from vdlab.errors import VDLabError
from vdlab.machine.files import written_whole
from vdlab.results.records import Results

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
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise VDLabError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        head = msgspec.json.decode(content, type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise VDLabError(f"{path}: is damaged, or not a results file of VDLab: {error}") from error
    if head.schema != SCHEMA:
        raise VDLabError(
            f"{path}: was written by VDLab {head.version} in schema {head.schema}, and this version reads {SCHEMA}; "
            "measure again, or open it with that version"
        )
    try:
        return msgspec.json.decode(content, type=Results)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise VDLabError(f"{path}: is damaged: {error}") from error
