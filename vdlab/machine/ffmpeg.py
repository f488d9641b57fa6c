"""Makes TorchCodec loadable: with the system's FFmpeg where there is one, else with PyAV's.

TorchCodec's wheels carry no FFmpeg. They hold libraries for each FFmpeg release they know
(`libtorchcodec_core9.so`, `..core8.so`, ...), and the dynamic loader has to find the seven FFmpeg
libraries of one release under their plain names. A library that is already in the process under its
name counts as found, so loading the seven first is all it takes: no environment variable, no restart.
"""

import ctypes
import importlib.util
import os
import re
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vdlab.errors import MachineError
from vdlab.machine.imports import on_import

# Each needs only libraries that stand before it.
LIBRARIES = ("avutil", "swresample", "swscale", "avcodec", "avformat", "avfilter", "avdevice")

Release = dict[str, str]  # library -> the file name the loader looks for: {"avutil": "libavutil.so.60", ...}


@dataclass(frozen=True)
class FFmpeg:
    """The FFmpeg libraries that TorchCodec uses in this process.

    `libraries` maps each library to its version; it is empty, and `folder` None, where TorchCodec was
    left to find FFmpeg itself (macOS, Windows, a PyAV that was not installed from a wheel).
    """

    source: Literal["system", "pyav"]
    version: str
    libraries: dict[str, str]
    folder: str | None


_lock = threading.Lock()
_ready: FFmpeg | None = None


def ensure() -> FFmpeg:
    """Load the FFmpeg libraries TorchCodec needs, once a process, and return which they are.

    Once TorchCodec is imported this only looks. The environment variable VDLAB_FFMPEG (`system` or
    `pyav`) forces one source.

    Raises:
        MachineError: no usable FFmpeg, with the one command that mends it.
    """
    global _ready
    with _lock:
        if _ready is None:
            _ready = _load()
        return _ready


def install_hook() -> None:
    """Have `ensure()` called just before TorchCodec is first imported in this process, by anyone."""
    on_import("torchcodec", before=ensure)


def _load() -> FFmpeg:
    wanted = os.environ.get("VDLAB_FFMPEG", "")
    if wanted not in ("", "system", "pyav"):
        raise MachineError(f"VDLAB_FFMPEG is {wanted!r}, not system or pyav; run: unset VDLAB_FFMPEG")
    if sys.platform != "linux":
        return FFmpeg("system", "", {}, None)
    cores = _torchcodec_cores()
    if used := next((core for core in cores if _is_loaded(core)), None):
        return _describe("system", _release(used))
    releases = [_release(core) for core in cores]
    if wanted != "pyav":
        for release in releases:
            if _load_all(release.values()):
                return _describe("system", release)
    if wanted == "system":
        raise MachineError(
            "VDLAB_FFMPEG=system, but the system has no complete set of FFmpeg libraries that TorchCodec "
            "can load; run: unset VDLAB_FFMPEG"
        )
    return _load_from_pyav(releases, wanted == "pyav")


def _load_from_pyav(releases: list[Release], forced: bool) -> FFmpeg:
    # Imported here because most processes of a machine that has FFmpeg never need it.
    from vdlab.machine import pyav_libraries

    folder = pyav_libraries.folder()
    if folder is None:
        if forced:
            raise MachineError(
                "VDLAB_FFMPEG=pyav, but this PyAV carries no FFmpeg libraries; "
                f"run: {sys.executable} -m pip install --force-reinstall --only-binary=av av"
            )
        return FFmpeg("system", "", {}, None)
    release = {name: pyav_libraries.plain_name(file) for name, file in pyav_libraries.files(folder).items()}
    if release not in releases:
        raise MachineError(
            f"PyAV carries FFmpeg libraries that this TorchCodec cannot load ({release.get('avcodec')}); "
            f"run: {sys.executable} -m pip install --upgrade av torchcodec"
        )
    pyav_libraries.load(folder)
    return _describe("pyav", release)


def _torchcodec_cores() -> list[Path]:
    """TorchCodec's own libraries, newest FFmpeg release first: the order in which it tries them."""
    spec = importlib.util.find_spec("torchcodec")
    if spec is None or spec.origin is None:
        raise MachineError(f"TorchCodec is not installed; run: {sys.executable} -m pip install 'torchcodec>=0.17'")
    numbered = {
        int(match[1]): path
        for path in Path(spec.origin).parent.glob("libtorchcodec_core*.so")
        if (match := re.fullmatch(r"libtorchcodec_core(\d+)\.so", path.name))
    }
    return [numbered[number] for number in sorted(numbered, reverse=True)]


def _release(core: Path) -> Release:
    """The FFmpeg libraries that one of TorchCodec's libraries is linked against, in loading order.

    Their names stand in the file's string table; finding them there takes a millisecond and no ELF parser.
    """
    found = {
        match[1].decode(): match[0].decode()
        for match in re.finditer(rb"lib((?:av|sw)[a-z]+)\.so\.\d+(?=\0)", core.read_bytes())
    }
    return {library: found[library] for library in LIBRARIES if library in found}


def _is_loaded(library: Path) -> bool:
    try:
        ctypes.CDLL(str(library), mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
    except OSError:
        return False
    return True


def _load_all(names: Iterable[str]) -> bool:
    """Load every library, or none: half a system's FFmpeg must not mix with PyAV's."""
    loaded: list[ctypes.CDLL] = []
    try:
        for name in names:
            loaded.append(ctypes.CDLL(name))
    except OSError:
        for library in reversed(loaded):
            ctypes.CDLL(None).dlclose(ctypes.c_void_p(library._handle))
        return False
    return bool(loaded)


def _describe(source: Literal["system", "pyav"], release: Release) -> FFmpeg:
    """What a loaded release says of itself."""
    handles = {library: ctypes.CDLL(name) for library, name in release.items()}
    numbers = {library: getattr(handle, f"{library}_version")() for library, handle in handles.items()}
    say_version = handles["avutil"].av_version_info
    say_version.restype = ctypes.c_char_p
    return FFmpeg(
        source=source,
        version=say_version().decode(),
        libraries={name: f"{n >> 16}.{n >> 8 & 0xFF}.{n & 0xFF}" for name, n in numbers.items()},
        folder=_folder_of(release["avcodec"]),
    )


def _folder_of(name: str) -> str | None:
    """The folder a loaded library came from: the loader knows, and Linux shows it in the memory map."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = Path(line.split(maxsplit=5)[-1])
        if path.name.startswith(name):
            return str(path.parent)
    return None
