"""`vdlab doctor`: what VDLab depends on, one check a fact: what was found, whether it works, what mends it."""

import contextlib
import json
import os
import platform
import re
import shlex
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from vdlab.cli.terminal import console
from vdlab.errors import MachineError, harmless, one_line
from vdlab.machine import describe as machine
from vdlab.machine import ffmpeg
from vdlab.machine.files import cache_path
from vdlab.machine.gpu import tiny_video
from vdlab.machine.limits import free_memory

PIP = f"{sys.executable} -m pip install"
PAIR = "'torch>=2.14' 'torchcodec>=0.17'"
ROOM = 200_000_000  # bytes: PyAV's libraries, results with their charts, a clip or two
LEAST_MEMORY = 1 << 30
FIRST_PORT = 8888


@dataclass(frozen=True)
class Check:
    """One fact. `remedy` is the one command that mends it, None where nothing needs mending."""

    name: str
    value: str
    ok: bool = True
    remedy: str | None = None


def examine() -> list[Check]:
    """Every check, in reading order. One that fails says so in its row and hinders no other."""
    return [
        _attempt("decoding", _decoding, f"{PIP} --force-reinstall {PAIR}"),
        _attempt("FFmpeg", _ffmpeg, f"{PIP} --force-reinstall --only-binary=av av"),
        _attempt("encoders", _encoders, f"{PIP} --force-reinstall --only-binary=av av"),
        _attempt("versions", lambda: fitting(machine.versions()), f"{PIP} --upgrade {PAIR}"),
        Check("python", f"{platform.python_version()} ({sys.executable})"),
        *packages(machine.versions()),
        Check("system", machine.operating_system()),
        Check("CPU", machine.cpu_model() or "unknown"),
        _attempt("CPUs allowed", _cpus, f"{PIP} joblib"),
        _attempt("memory", _memory, f"{PIP} psutil"),
        _attempt("processes", _processes, "unset JOBLIB_MULTIPROCESSING"),
        _attempt("home", _home, "export HOME=$(mktemp -d)"),
        _attempt("cache", _cache, "export XDG_CACHE_HOME=$(mktemp -d)"),
        _attempt("disk", _disk, "export TMPDIR=FOLDER  # with a folder that has room"),
        _attempt("port", _port, "ip link set lo up"),
        _attempt("GPU", _gpu, f"{PIP} {PAIR}"),
        _attempt("strategies", _strategies, f"{PIP} --force-reinstall {PAIR}"),
    ]


def packages(versions: dict[str, str | None]) -> list[Check]:
    """A check a package: missing ones are broken."""
    return [
        Check(name, version)
        if version is not None
        else Check(name, "not installed", False, f"{PIP} {'-e .' if name == 'vdlab' else name}")
        for name, version in versions.items()
    ]


def decode_tiny_video() -> int:
    """Encode a few frames with PyAV in memory, decode them with TorchCodec; return how many came back."""
    from torchcodec.decoders import VideoDecoder

    decoder = VideoDecoder(tiny_video("mpeg4", 64, 48, 10))
    return len(decoder.get_frames_in_range(0, len(decoder)))


def _attempt(name: str, look: Callable[[], str], remedy: str) -> Check:
    """What `look` finds; or, where anything at all goes wrong, the reason and the remedy.

    A MachineError knows the better remedy: its line ends in "run: COMMAND".
    """
    try:
        return Check(name, look())
    except MachineError as error:
        reason, _, command = str(error).rpartition("; run: ")
        return Check(name, reason or str(error), False, command if reason else remedy)
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        return Check(name, reason, False, remedy)


def _decoding() -> str:
    frames = decode_tiny_video()
    if frames != 10:
        raise RuntimeError(f"{frames} of 10 frames came back")
    return "a small video, encoded by PyAV and decoded by TorchCodec, came back whole"


def _ffmpeg() -> str:
    found = ffmpeg.ensure()
    if not found.libraries:
        return "left to TorchCodec to find"
    origin = "the system's" if found.source == "system" else "PyAV's"
    libraries = ", ".join(f"{name} {version}" for name, version in found.libraries.items())
    return f"{found.version}, {origin}, in {found.folder}: {libraries}"


def _encoders() -> str:
    """Those with which clips are made, and which the tutorial's notebooks use."""
    import av

    names = ("libx264", "libx265", "libvpx-vp9", "libsvtav1", "mpeg4")
    lacking = [name for name in names if name not in av.codecs_available]
    if lacking:
        raise RuntimeError(f"PyAV has no {', '.join(lacking)}")
    return ", ".join(names)


def fitting(versions: dict[str, str | None]) -> str:
    """That torch and TorchCodec are new enough, and made for each other.

    Raises:
        MachineError: they are not.
    """
    for name, bound in re.findall(r"'(\w+)>=([\d.]+)'", PAIR):
        found = versions[name]
        if found is None:
            raise MachineError(f"{name} is not installed")
        if [int(part) for part in re.findall(r"\d+", found)[:2]] < [int(part) for part in bound.split(".")]:
            raise MachineError(f"{name} {found} is older than {bound}")
    pair = f"torch {versions['torch']} and TorchCodec {versions['torchcodec']}"
    ffmpeg.ensure()
    try:
        import torchcodec.decoders  # noqa: F401
    except (ImportError, OSError, RuntimeError) as error:
        raise MachineError(f"{pair} do not fit each other: {one_line(error)}") from error
    return f"{pair} fit each other"


def _processes() -> str:
    from vdlab.machine.workers import no_processes

    reason = no_processes()
    if reason is not None:
        raise MachineError(reason)
    free = f", {_gib(shutil.disk_usage('/dev/shm').free)} free in /dev/shm" if os.path.isdir("/dev/shm") else ""
    return f"worker processes can be started{free}"


def _home() -> str:
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise RuntimeError(f"HOME is not set, and user {os.getuid()} has no home folder; Jupyter needs one")
    if not os.access(home, os.W_OK):
        raise RuntimeError(f"{home} cannot be written; Jupyter needs it")
    return home


def _cache() -> str:
    """Where copies of PyAV's FFmpeg, long videos and the lab's sweeps are kept."""
    folder = cache_path()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return f"{folder}, {_room(folder)}"


def _disk() -> str:
    """Room for results where they are written, and for what is temporary."""
    with tempfile.TemporaryFile():
        here, temporary = Path.cwd(), Path(tempfile.gettempdir())
        return f"{here}: {_room(here)}; {temporary}: {_room(temporary)}"


def _room(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        need = f"{folder} has {free / 1e6:,.0f} MB free, and VDLab needs {ROOM / 1e6:,.0f}"
        raise MachineError(f"{need}; run: df -h {shlex.quote(str(folder))}")
    return f"{_gib(free)} free"


def _port() -> str:
    """The first port that JupyterLab would take; it tries fifty."""
    free = _served(0)  # fails where there is no network at all, not even within the machine
    for port in range(FIRST_PORT, FIRST_PORT + 50):
        with contextlib.suppress(OSError):
            return f"127.0.0.1:{_served(port)} is free for the lab"
    raise MachineError(f"ports {FIRST_PORT} to {FIRST_PORT + 49} are taken; run: vdlab lab --port {free}")


def _served(port: int) -> int:
    """The port at which this process has just served itself; any free one for 0."""
    with (
        socket.create_server(("127.0.0.1", port)) as server,
        socket.create_connection(server.getsockname(), timeout=1),
    ):
        return int(server.getsockname()[1])


def _cpus() -> str:
    found = machine.cpus()
    quota = "no cgroup quota" if found["cpu_quota"] is None else f"cgroup quota {found['cpu_quota']:g}"
    affinity = found["cpus_affinity"] or found["cpus_total"]
    return f"{found['cpus_allowed']} of {found['cpus_total']} (affinity {affinity}, {quota})"


def _memory() -> str:
    found = machine.memory()
    limit, free = found["memory_limit_bytes"], free_memory()
    if free < LEAST_MEMORY:
        remedy = "ulimit -v unlimited" if limit is None else "docker update --memory=4g --memory-swap=4g CONTAINER"
        raise MachineError(
            f"{_gib(free)} may still be taken of {_gib(limit or found['memory_bytes'])}, and torch with one decoder "
            f"takes {_gib(LEAST_MEMORY)}; run: {remedy}"
        )
    return (
        f"{_gib(found['memory_available_bytes'])} available of {_gib(found['memory_bytes'])} "
        f"({'no cgroup limit' if limit is None else f'cgroup limit {_gib(limit)}'})"
    )


def _gpu() -> str:
    import torch

    found = machine.gpu()
    if found is not None:
        return f"{found.name}, {_gib(found.memory_bytes)}, driver {found.driver or 'unknown'}, CUDA {found.cuda}"
    if torch.version.cuda is None:
        return f"not used: torch {torch.__version__} is built without CUDA"
    if machine.nvidia_driver() is None and shutil.which("nvidia-smi") is None:
        return "none: no NVIDIA driver here"
    return f"not used: there is an NVIDIA driver, but torch {torch.__version__} finds no GPU it can use"


def _strategies() -> str:
    from vdlab.strategies import STRATEGIES

    reasons = {name: strategy.unavailable() for name, strategy in STRATEGIES.items()}
    offered = ", ".join(name for name, reason in reasons.items() if reason is None)
    return "; ".join([offered, *(f"{name} is not offered: {reason}" for name, reason in reasons.items() if reason)])


def _gib(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 2**30:.1f} GiB"


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for bug reports.")] = False,
) -> None:
    """Show the versions, CPUs, memory, disk, GPU and FFmpeg that VDLab finds, and what mends anything broken."""
    checks = examine()
    broken = [check for check in checks if not check.ok]
    if as_json:
        print(json.dumps({"ok": not broken, "checks": [asdict(check) for check in checks]}, indent=2))
        raise SystemExit(1 if broken else 0)
    if sys.stdout.isatty():
        _print_table(checks)
    else:
        # In a pipe each fact stays whole on its line, for grep and for bug reports.
        for check in checks:
            print(harmless(f"{_verdict(check):<8}{check.name:<14}{check.value}"))
    for remedy in dict.fromkeys(check.remedy for check in broken):
        names = ", ".join(check.name for check in broken if check.remedy == remedy)
        print(harmless(f"\nTo mend {names}, run:\n  {remedy}"))
    if broken:
        raise SystemExit(1)


def _print_table(checks: list[Check]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        verdict = Text(_verdict(check), "green" if check.ok else "bold red")
        table.add_row(verdict, Text(check.name), Text(check.value))
    console().print(table)


def _verdict(check: Check) -> str:
    return "ok" if check.ok else "BROKEN"
