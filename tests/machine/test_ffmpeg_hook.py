"""The import hook, and what `import vdlab` costs."""

import os
import subprocess
import sys

import pytest


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)


def test_importing_vdlab_imports_nothing_heavy() -> None:
    heavy = {"torch", "torchcodec", "av", "numpy", "pandas", "matplotlib", "platformdirs"}
    outcome = run(f"import sys, vdlab, vdlab.machine.ffmpeg\nprint({heavy} & set(sys.modules))")
    assert outcome.stdout.strip() == "set()", outcome.stderr


def test_the_hook_is_there_once_and_goes_when_torchcodec_comes() -> None:
    code = """
import sys
from vdlab.machine import ffmpeg, imports
hooks = lambda: sum(isinstance(finder, imports.Hook) and finder.name == "torchcodec" for finder in sys.meta_path)
ffmpeg.install_hook()
before = hooks()
import torchcodec
after = hooks()
ffmpeg.install_hook()
print(before, after, hooks())
"""
    assert run(code).stdout.split() == ["1", "0", "0"]


def test_looking_for_torchcodec_loads_nothing() -> None:
    code = "import importlib.util, vdlab\nprint(importlib.util.find_spec('torchcodec') is not None)"
    assert run(code, VDLAB_FFMPEG="nonsense").stdout.split() == ["True"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere TorchCodec finds FFmpeg itself")
def test_ensure_twice_and_after_torchcodec_says_the_same() -> None:
    code = """
from vdlab.machine import ffmpeg
first = ffmpeg.ensure()
import torchcodec
print(first is ffmpeg.ensure(), first.libraries["avcodec"].split(".")[0])
"""
    same, major = run(code).stdout.split()
    assert same == "True"
    assert int(major) >= 58


def test_a_wrong_setting_is_one_line_with_its_remedy() -> None:
    outcome = run("import vdlab, torchcodec", VDLAB_FFMPEG="ffmpeg8")
    last = outcome.stderr.splitlines()[-1]
    assert last.endswith("VDLAB_FFMPEG is 'ffmpeg8', not system or pyav; run: unset VDLAB_FFMPEG")
