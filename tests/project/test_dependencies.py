"""pyproject.toml, environment.yml, constraints.txt and the advice that VDLab gives say the same."""

import re
import tomllib
from pathlib import Path

import picture
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())

CONDA_NAMES = {"playwright": "playwright-python", "xxhash": "python-xxhash"}
ONLY_CONDA = {"python", "ffmpeg", "pip"}
PAIR = {"torch", "torchcodec"}
ONLY_PIP = "axe-playwright-python"
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"


def declared(*extras: str) -> dict[str, SpecifierSet]:
    lines = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return {canonicalize_name(one.name): one.specifier for one in map(Requirement, lines)}


def in_conda() -> dict[str, SpecifierSet]:
    lines = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    return {one.name: one.specifier for one in map(Requirement, lines)}


def by_pip_in_conda() -> list[str]:
    (by_pip,) = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    return by_pip


def constraints() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_conda_names_every_dependency_with_the_same_bounds() -> None:
    expected = {
        CONDA_NAMES.get(name, name): bounds
        for name, bounds in declared("app", "test", "lint").items()
        if name not in {*PAIR, ONLY_PIP}
    }
    found = {name: bounds for name, bounds in in_conda().items() if name not in ONLY_CONDA}
    assert found == expected


def test_conda_has_a_fitting_python_and_installs_the_project_itself_with_its_peers() -> None:
    assert in_conda()["python"] == SpecifierSet(PROJECT["requires-python"]) & SpecifierSet("<3.15")
    assert CONDA["channels"] == ["conda-forge"]
    assert "-e .[dask,ray,peers]" in by_pip_in_conda()


def test_torch_and_torchcodec_come_together_from_one_index_and_not_from_conda() -> None:
    assert not {"pytorch", "libtorch", *PAIR} & in_conda().keys()
    pinned = [str(one) for one in constraints() if one.name in PAIR]
    assert by_pip_in_conda() == [f"--extra-index-url {CPU_BUILDS}", *pinned, ONLY_PIP, "-e .[dask,ray,peers]"]


def test_every_word_on_the_pair_names_the_bounds_of_the_project() -> None:
    bounds = {f"{name}{specifier}" for name, specifier in declared().items() if name in PAIR}
    for file in ("vdlab/cli/doctor.py", "vdlab/machine/ffmpeg.py"):
        named = re.findall(r"\btorch(?:codec)?[=<>]=[\d.]+", (ROOT / file).read_text())
        assert named, file
        assert set(named) <= bounds, file


def test_constraints_pin_every_dependency_within_its_bounds() -> None:
    pins = {canonicalize_name(one.name): one.specifier for one in constraints()}
    for name, bounds in declared("app", "dask", "ray", "test", "lint", "peers").items():
        (pin,) = pins[name]
        assert pin.operator == "=="
        assert bounds.contains(pin.version), name


def test_m15_nobody_gets_the_ffmpeg_of_2018_that_decord_carries_by_default() -> None:
    assert "decord" not in declared("test", "lint", "peers")
    assert "decord" in declared("decord")
    assert "decord" not in {one.name for one in constraints()}
    assert "decord" not in (ROOT / "environment.yml").read_text() + (ROOT / "Makefile").read_text()
    assert "vdlab[decord]" in (ROOT / "README.md").read_text()


def test_constraints_fit_any_build_from_any_index() -> None:
    for one in constraints():
        (pin,) = one.specifier
        assert one.url is None
        assert "+" not in pin.version, f"{one}: a local version fits one build only"
        assert not re.match("nvidia-|cuda-|triton", one.name), f"{one}: the builds of torch differ in these"


def test_the_picture_in_the_readme_is_that_of_the_imports() -> None:
    assert picture.drawn() == picture.mermaid(), "the architecture has changed; run: make picture"


def test_every_command_and_target_that_is_named_in_texts_is_there() -> None:
    from vdlab.cli import app

    commands = {*(one.name or one.callback.__name__ for one in app.registered_commands), "clip"}
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text()
        assert set(re.findall(r"(?:^|`)vdlab ([a-z]+)", text, re.M)) <= commands
        assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.M)) <= set(targets)
