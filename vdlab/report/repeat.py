"""What to type to measure the same again."""

import shlex
from pathlib import Path
from typing import Any

from vdlab.benchmark.results import Results
from vdlab.clips import FULL_REPEATS, QUICK_REPEATS

# The embedded clip is on every machine, by another path on each; these options stand for it.
EMBEDDED = {f"clip_x{QUICK_REPEATS}.mp4": "--quick", f"clip_x{FULL_REPEATS}.mp4": "--full"}


def command(results: Results) -> str:
    """The `vdlab bench` command with every setting written out, an option a line, quoted for a shell.

    It is to be run in the video's folder. Numbers of FFmpeg threads have no option, and how far the truth is checked
    has none but on and off: `call` tells.
    """
    settings, name = results.settings, Path(results.video["path"]).name
    words = [["vdlab", "bench", EMBEDDED.get(name) or (f"./{name}" if name.startswith("-") else name)]]
    for option in ("fps", "workers", "strategies", "repeats", "warmup", "seek_mode"):
        if option in settings:
            words.append([f"--{option.replace('_', '-')}", listed(settings[option])])
    if settings.get("truth") is False:
        words.append(["--no-truth"])
    return " \\\n    ".join(map(shlex.join, words))


def call(results: Results) -> str:
    """The same as a call of `vdlab.sweep`, which takes every setting, and worker counts by strategy."""
    settings = dict(results.settings)
    settings["workers"] = settings.pop("workers_by_strategy", settings["workers"])
    arguments = [repr(Path(results.video["path"]).name)]
    arguments += [f"{name}={short(value)!r}" for name, value in settings.items()]
    return "vdlab.sweep(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def listed(value: Any) -> str:
    """A setting as the command line takes it: numbers short, several with commas."""
    return ",".join(map(str, short(value))) if isinstance(value, list) else str(short(value))


def short(value: Any) -> Any:
    """The value with 2 in place of 2.0, in lists too."""
    if isinstance(value, list):
        return [short(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
