"""What this process may use: a container with a quota sees more CPUs and memory than its control groups allow it."""

from collections.abc import Iterator
from pathlib import Path

import psutil

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]  # the module is asked for below

ROOT = Path("/sys/fs/cgroup")


def cpu_quota(root: Path = ROOT, membership: str | None = None) -> float | None:
    """How many CPUs' worth of time the strictest group grants; None without a limit.

    `membership` is the text of /proc/self/cgroup.
    """
    quotas: list[float] = []
    for group in _groups(root, membership, "cpu"):
        quota, _, period = (_text(group / "cpu.max") or "max").partition(" ")
        quotas += _ratio(quota, period)
        quotas += _ratio(_text(group / "cpu.cfs_quota_us"), _text(group / "cpu.cfs_period_us"))
    return min(quotas, default=None)


def memory_limit(root: Path = ROOT, membership: str | None = None) -> int | None:
    """How many bytes the strictest group grants; None without a limit.

    `membership` is the text of /proc/self/cgroup.
    """
    texts = [
        _text(group / name)
        for group in _groups(root, membership, "memory")
        for name in ("memory.max", "memory.limit_in_bytes")
    ]
    limits = [int(text) for text in texts if text.isdecimal()]
    # Version 1 says "no limit" as the largest whole number of pages below 2^63.
    return min((limit for limit in limits if limit < 1 << 62), default=None)


def memory_free(root: Path = ROOT, membership: str | None = None) -> int | None:
    """How many bytes may still be taken in the group that has the least left; None where none has a limit.

    Pages of files that nobody has used lately count as free: the system drops them first.
    `membership` is the text of /proc/self/cgroup.
    """
    left = []
    for group in _groups(root, membership, "memory"):
        for limit_name, used_name in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit, used = _text(group / limit_name), _text(group / used_name)
            if limit.isdecimal() and used.isdecimal() and int(limit) < 1 << 62:
                counts = _counts(group / "memory.stat")
                unused = int(counts.get("total_inactive_file", counts.get("inactive_file", "0")))
                left.append(max(0, int(limit) - int(used) + unused))
    return min(left, default=None)


def throttled_seconds(root: Path = ROOT, membership: str | None = None) -> float | None:
    """For how long, all told, a used-up quota has stopped the most stopped of the groups; None where none counts it.

    Version 2 counts microseconds (`throttled_usec`), version 1 nanoseconds (`throttled_time`), both of `cpu.stat`
    and summed over the CPUs that were stopped. `membership` is the text of /proc/self/cgroup.
    """
    found = []
    for group in _groups(root, membership, "cpu"):
        counts = _counts(group / "cpu.stat")
        for name, unit in (("throttled_usec", 1e-6), ("throttled_time", 1e-9)):
            if counts.get(name, "").isdecimal():
                found.append(int(counts[name]) * unit)
    return max(found, default=None)


def _groups(root: Path, membership: str | None, controller: str) -> Iterator[Path]:
    """The folders of this process's groups that can limit `controller`, of both versions, up to the roots.

    A line is `0::/path` in version 2 and `4:cpu,cpuacct:/path` in version 1. Inside a container the path may
    be the one outside it, which is not there; then its parents, up to the mount itself, are what counts.
    """
    for line in (_text(Path("/proc/self/cgroup")) if membership is None else membership).splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0":
            mounts = [root, root / "unified"]
        elif controller in controllers.split(","):
            mounts = [root / controllers, root / controller]
        else:
            continue
        for mount in mounts:
            group = mount / path.lstrip("/")
            yield group
            yield from (parent for parent in group.parents if parent.is_relative_to(mount))


def _ratio(quota: str, period: str) -> list[float]:
    return [int(quota) / int(period)] if quota.isdecimal() and period.isdecimal() else []


def _counts(path: Path) -> dict[str, str]:
    """Lines of a name and a number."""
    return dict(line.split(" ", 1) for line in _text(path).splitlines() if " " in line)


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def free_memory() -> int:
    """Bytes that this process may still take: of the machine, of its control groups, and of its own address space."""
    left = [psutil.virtual_memory().available]
    allowed = memory_free()
    if allowed is not None:
        left.append(allowed)
    if resource is not None:
        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY:
            left.append(max(0, most - psutil.Process().memory_info().vms))
    return min(left)


def free_gpu_memory() -> int:
    """Bytes of the first GPU that nobody has taken, and those that torch holds for what it is asked for next."""
    import torch

    free, _ = torch.cuda.mem_get_info(0)
    return free + torch.cuda.memory_reserved(0) - torch.cuda.memory_allocated(0)
