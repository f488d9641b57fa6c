"""`vdlab doctor`: what VDLab depends on, one check a fact: what was found, whether it works, what mends it."""

import io
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from vdlab.errors import MachineError
from vdlab.machine import describe as machine
from vdlab.machine import ffmpeg

PIP = f"{sys.executable} -m pip install"
PAIR = "'torch>=2.14' 'torchcodec>=0.17'"


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
        Check("python", f"{platform.python_version()} ({sys.executable})"),
        *packages(machine.versions()),
        Check("system", machine.operating_system()),
        Check("CPU", machine.cpu_model() or "unknown"),
        _attempt("CPUs allowed", _cpus, f"{PIP} joblib"),
        _attempt("memory", _memory, f"{PIP} psutil"),
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
    import av
    from torchcodec.decoders import VideoDecoder

    encoded = io.BytesIO()
    with av.open(encoded, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    decoder = VideoDecoder(encoded.getvalue())
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


def _cpus() -> str:
    found = machine.cpus()
    quota = "no cgroup quota" if found["cpu_quota"] is None else f"cgroup quota {found['cpu_quota']:g}"
    affinity = found["cpus_affinity"] or found["cpus_total"]
    return f"{found['cpus_allowed']} of {found['cpus_total']} (affinity {affinity}, {quota})"


def _memory() -> str:
    found = machine.memory()
    limit = found["memory_limit_bytes"]
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


def doctor() -> None:
    """Show the versions, CPUs, memory, GPU and FFmpeg that VDLab finds, and what mends anything broken."""
    checks = examine()
    if sys.stdout.isatty():
        _print_table(checks)
    else:
        # In a pipe each fact stays whole on its line, for grep and for bug reports.
        for check in checks:
            print(f"{_verdict(check):<8}{check.name:<14}{check.value}")
    broken = [check for check in checks if not check.ok]
    for remedy in dict.fromkeys(check.remedy for check in broken):
        names = ", ".join(check.name for check in broken if check.remedy == remedy)
        print(f"\nTo mend {names}, run:\n  {remedy}")
    if broken:
        raise SystemExit(1)


def _print_table(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        verdict = Text(_verdict(check), "green" if check.ok else "bold red")
        table.add_row(verdict, Text(check.name), Text(check.value))
    Console().print(table)


def _verdict(check: Check) -> str:
    return "ok" if check.ok else "BROKEN"
