"""The machine and the software a measurement came from: what travels inside every results file."""

import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from vdlab.errors import MachineError
from vdlab.machine import ffmpeg, limits

PACKAGES = (
    "vdlab",
    "torch",
    "torchcodec",
    "av",
    "joblib",
    "numpy",
    "pandas",
    "matplotlib",
    "ipywidgets",
    "jupyterlab",
)


@dataclass(frozen=True)
class Gpu:
    """A GPU that torch can use."""

    name: str
    count: int
    memory_bytes: int
    driver: str | None
    cuda: str | None


@dataclass(frozen=True)
class FFmpegFacts:
    """The FFmpeg that decodes: its version, whose it is, and those of its libraries."""

    version: str
    source: str
    libraries: Annotated[dict[str, str], Meta(max_length=100)] = field(default_factory=dict)


@dataclass(frozen=True)
class MachineFacts:
    """What a machine tells of itself; what it does not tell is None.

    Attributes:
        cpus_allowed: what joblib takes as its default number of workers: CPUs by affinity, cut to the quota.
        memory_bytes, memory_available_bytes, memory_limit_bytes: all, what was free, and what the control group allows.
        versions: of the packages that matter.
        load: the mean number of busy threads over 1, 5 and 15 minutes.
    """

    cpus_allowed: Annotated[int, Meta(ge=1)]
    hostname: str | None = None
    os: str | None = None
    python: str | None = None
    architecture: str | None = None
    cpu_model: str | None = None
    cpus_total: int | None = None
    cpus_affinity: int | None = None
    cpu_quota: float | None = None
    memory_bytes: int | None = None
    memory_available_bytes: int | None = None
    memory_limit_bytes: int | None = None
    gpu: Gpu | None = None
    versions: Annotated[dict[str, str | None], Meta(max_length=100)] = field(default_factory=dict)
    ffmpeg: FFmpegFacts | None = None
    load: Annotated[tuple[float, ...], Meta(max_length=3)] = ()
    ci: bool = False
    container: bool = False


def describe() -> MachineFacts:
    """Look at this machine."""
    return MachineFacts(
        hostname=socket.gethostname(),
        os=operating_system(),
        python=platform.python_version(),
        architecture=platform.machine(),
        cpu_model=cpu_model(),
        **cpus(),
        **memory(),
        gpu=gpu(),
        versions=versions(),
        ffmpeg=_ffmpeg(),
        load=os.getloadavg() if hasattr(os, "getloadavg") else (),
        ci=os.environ.get("CI", "") not in ("", "0", "false"),
        container=in_container(),
    )


def operating_system() -> str:
    """For example "Debian GNU/Linux 12 (bookworm), Linux 6.1.0"."""
    kernel = f"{platform.system()} {platform.release()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"
    except (OSError, KeyError):
        return kernel


def cpu_model() -> str | None:
    """The processor's name."""
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip() or None
    try:
        names = re.search(r"^(?:model name|Model)\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = None
    return names[1].strip() if names else platform.processor() or None


def cpus() -> dict[str, Any]:
    """How many CPUs the machine has, and how many this process may use, by each limit and by all."""
    from joblib.externals.loky import cpu_count

    return {
        "cpus_total": os.cpu_count(),
        "cpus_affinity": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "cpu_quota": limits.cpu_quota(),
        "cpus_allowed": cpu_count(),
    }


def memory() -> dict[str, Any]:
    """The machine's memory, what is available of it now, and what the control group allows, in bytes."""
    import psutil

    found = psutil.virtual_memory()
    return {
        "memory_bytes": found.total,
        "memory_available_bytes": found.available,
        "memory_limit_bytes": limits.memory_limit(),
    }


def gpu() -> Gpu | None:
    """The first GPU that torch can use, with the driver's version; None where there is none."""
    try:
        import torch
    except (ImportError, OSError):
        return None
    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return Gpu(properties.name, torch.cuda.device_count(), properties.total_memory, nvidia_driver(), torch.version.cuda)


def nvidia_driver() -> str | None:
    """The version of the NVIDIA kernel driver; None where none is loaded."""
    try:
        found = re.search(r"\b\d{3,}\.\d+(?:\.\d+)?\b", Path("/proc/driver/nvidia/version").read_text())
    except OSError:
        return None
    return found[0] if found else None


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str | None]:
    """The installed version of each package; None for one that is missing."""
    return {package: _version(package) for package in packages}


def in_container() -> bool:
    """Whether this looks like a Docker, Podman, Kubernetes or systemd container."""
    marks = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")
    told = "container" in os.environ or "KUBERNETES_SERVICE_HOST" in os.environ
    return told or any(Path(mark).exists() for mark in marks)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _ffmpeg() -> FFmpegFacts | None:
    """Without the folder: a path names the person, and tells nobody else anything."""
    try:
        found = ffmpeg.ensure()
    except MachineError:
        return None
    return FFmpegFacts(found.version, found.source, dict(found.libraries))
