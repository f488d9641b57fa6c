"""pyproject.toml, environment.yml and constraints.txt say the same."""

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())

CONDA_NAMES = {"torch": "pytorch", "playwright": "playwright-python"}
ONLY_CONDA = {"python", "ffmpeg", "pip"}


def declared(*extras: str) -> dict[str, SpecifierSet]:
    lines = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return {canonicalize_name(one.name): one.specifier for one in map(Requirement, lines)}


def in_conda() -> dict[str, SpecifierSet]:
    lines = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    return {one.name: one.specifier for one in map(Requirement, lines)}


def constraints() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_conda_names_every_dependency_with_the_same_bounds() -> None:
    expected = {CONDA_NAMES.get(name, name): bounds for name, bounds in declared("test").items()}
    found = {name: bounds for name, bounds in in_conda().items() if name not in ONLY_CONDA}
    assert found == expected


def test_conda_has_the_same_python_and_installs_the_project_itself_with_its_peers() -> None:
    assert in_conda()["python"] == SpecifierSet(PROJECT["requires-python"])
    assert CONDA["channels"] == ["conda-forge"]
    assert {"pip": ["-e .[peers]"]} in CONDA["dependencies"]


def test_constraints_pin_every_dependency_within_its_bounds() -> None:
    pins = {canonicalize_name(one.name): one.specifier for one in constraints()}
    for name, bounds in declared("test", "peers").items():
        (pin,) = pins[name]
        assert pin.operator == "=="
        assert bounds.contains(pin.version), name


def test_constraints_fit_any_build_from_any_index() -> None:
    for one in constraints():
        (pin,) = one.specifier
        assert one.url is None
        assert "+" not in pin.version, f"{one}: a local version fits one build only"
