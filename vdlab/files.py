"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vdlab.errors import VDLabError


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it onto `path` if the block succeeds, else remove it.

    The temporary name keeps the suffix, because encoders and matplotlib choose a format by it.

    Raises:
        VDLabError: the folder is missing or not writable, or the disk is full: one line that names `path`.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=".writing-", suffix=target.suffix, dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise VDLabError(f"cannot write {target}: {error.strerror}; choose another place") from error
    aside = Path(name)
    try:
        yield aside
        aside.chmod(0o666 & ~_umask())
        aside.replace(target)
    except OSError as error:
        raise VDLabError(f"cannot write {target}: {error.strerror or error}; nothing was left there") from error
    finally:
        aside.unlink(missing_ok=True)


def _umask() -> int:
    """The process's umask: mkstemp makes files private, and a result is meant to be shared."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
