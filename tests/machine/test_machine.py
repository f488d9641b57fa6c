"""What is read of control groups, and that a machine's description is plain data."""

from pathlib import Path

import msgspec
import pytest

from vdlab.machine import describe as machine
from vdlab.machine import limits


def write(root: Path, **files: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text)
    return root


def test_version_2_quota_of_the_strictest_group(tmp_path: Path) -> None:
    write(tmp_path / "pods", cpu__max="150000 100000\n", memory__max="2147483648\n")
    write(tmp_path / "pods" / "one", cpu__max="400000 100000\n", memory__max="max\n")
    assert limits.cpu_quota(tmp_path, "0::/pods/one\n") == 1.5
    assert limits.memory_limit(tmp_path, "0::/pods/one\n") == 2**31


def test_version_1_quota(tmp_path: Path) -> None:
    write(tmp_path / "cpu,cpuacct" / "job", **{"cpu__cfs_quota_us": "50000\n", "cpu__cfs_period_us": "100000\n"})
    write(tmp_path / "memory" / "job", memory__limit_in_bytes="1073741824\n")
    membership = "4:cpu,cpuacct:/job\n3:memory:/job\n1:name=systemd:/job\n"
    assert limits.cpu_quota(tmp_path, membership) == 0.5
    assert limits.memory_limit(tmp_path, membership) == 2**30


def test_a_path_from_outside_the_container_leaves_the_mount_itself(tmp_path: Path) -> None:
    write(tmp_path, cpu__max="200000 100000\n")
    assert limits.cpu_quota(tmp_path, "0::/docker/not-visible-here\n") == 2


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"cpu__max": "max 100000\n", "memory__max": "max\n"},
        {"cpu__cfs_quota_us": "-1\n", "cpu__cfs_period_us": "100000\n"},
        {"memory__limit_in_bytes": "9223372036854771712\n"},
    ],
)
def test_no_limit(tmp_path: Path, files: dict[str, str]) -> None:
    membership = "0::/\n2:cpu:/\n3:memory:/\n"
    for mount in (tmp_path, tmp_path / "cpu", tmp_path / "memory"):
        write(mount, **files)
    assert limits.cpu_quota(tmp_path, membership) is None
    assert limits.memory_limit(tmp_path, membership) is None


def test_a_description_survives_json() -> None:
    described = machine.describe()
    written = msgspec.json.encode(described)
    assert msgspec.json.decode(written, type=machine.MachineFacts) == described
    assert 1 <= described.cpus_allowed <= (described.cpus_total or 0)
    assert (described.memory_available_bytes or 0) <= (described.memory_bytes or 0)
    assert described.versions["torch"]
    assert b"folder" not in written


def test_a_package_that_is_not_installed_has_no_version() -> None:
    assert machine.versions(["no-such-package-vdlab"]) == {"no-such-package-vdlab": None}
