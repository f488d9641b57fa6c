"""Files that appear whole or not at all."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vdlab.errors import VDLabError


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it onto `path` if the block succeeds, else remove it.

    The temporary name keeps the suffix, because encoders and matplotlib choose a format by it.

    Raises:
        VDLabError: the folder is missing or not writable, or the disk is full: one line that names `path`, and says
            what is there now.
    """
    target = Path(path)
    aside = target.with_name(f".writing-{uuid.uuid4().hex}{target.suffix}")
    try:
        aside.touch()
        yield aside
        aside.replace(target)
    except OSError as error:
        reason = error.strerror or error
        left = "what was there before still is" if os.path.exists(target) else "nothing was left there"
        message = f"cannot write {target}: {reason}; {left}; make room, or choose another folder"
        raise VDLabError(message) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def make_folder(path: str | os.PathLike[str]) -> Path:
    """The folder `path`, made with its parents where it is missing.

    Raises:
        VDLabError: it cannot be made, or is a file.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VDLabError(f"cannot write to the folder {folder}: {error.strerror}; choose another") from error
    return folder
