"""Files that appear whole or not at all."""

import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOENT
from pathlib import Path

from vdlab.errors import VDLabError


def cache_path() -> Path:
    """The user's folder for what can be made again, which may be missing.

    Raises:
        FileNotFoundError: no home folder is known.
    """
    from platformdirs import user_cache_path

    with suppress(RuntimeError):  # what newer ones raise; older ones return a path that begins with "~"
        if (cache := user_cache_path("vdlab")).is_absolute():
            return cache
    raise FileNotFoundError(ENOENT, "no home folder is known")


def temporary_cache() -> Path:
    """A folder that lasts till the next boot; it exists.

    Raises:
        OSError: it cannot be made, or another user could have put something there.
    """
    cache = Path(tempfile.gettempdir()) / f"vdlab-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    info = cache.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o022:
        raise PermissionError(f"{cache} is not a private folder of this user")
    return cache


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
