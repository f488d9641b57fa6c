"""What to type to measure the same again."""

import shlex
from pathlib import Path
from typing import Any

from vdlab.clips import FULL_REPEATS, QUICK_REPEATS
from vdlab.report.own import comes_with_vdlab
from vdlab.results.records import REFERENCE, Results

# The embedded clip is on every machine, by another path on each; these options stand for it.
EMBEDDED = {f"clip_x{QUICK_REPEATS}.mp4": "--quick", f"clip_x{FULL_REPEATS}.mp4": "--full"}

OPTIONS = {
    "fps": "--fps",
    "ffmpeg_threads": "--ffmpeg-threads",
    "repeats": "--repeats",
    "budget_seconds": "--budget",
    "warmup": "--warmup",
    "seek_mode": "--seek-mode",
}


def command(results: Results) -> str:
    """The `vdlab bench` command with every setting written out, an option a line, quoted for a shell.

    It is to be run in the video's folder. What it cannot say is in `remarks`; `call` has every setting.
    """
    settings, name = results.settings, results.video.name
    own = [strategy for strategy in settings["strategies"] if comes_with_vdlab(strategy)]
    words = [["vdlab", "bench", EMBEDDED.get(name) or (f"./{name}" if name.startswith("-") else name)]]
    words += [["--strategies", listed(own)], *(["--workers", counts] for counts in worker_counts(settings))]
    words += [[option, listed(settings[key])] for key, option in OPTIONS.items() if settings.get(key) is not None]
    words += [[f"--no-{key}"] for key in ("truth", "trace", "memory") if settings.get(key) is False]
    words += [["--truth"]] if settings.get("truth") is True else []
    return " \\\n    ".join(map(shlex.join, words))


def worker_counts(settings: dict[str, Any]) -> list[str]:
    """What `--workers` takes: the counts of all strategies, or where they differ those of each."""
    counts = settings.get("workers_by_strategy") or {}
    own = {name: listed(counts[name]) for name in counts if name != REFERENCE and comes_with_vdlab(name)}
    if len(set(own.values())) > 1:
        return [f"{name}={numbers}" for name, numbers in own.items()]
    return [next(iter(own.values()), listed(settings["workers"]))]


def remarks(results: Results) -> list[str]:
    """In what the command is not the same measurement, as sentences."""
    found = []
    strange = [name for name in results.plan.strategies if not comes_with_vdlab(name)]
    if strange:
        names, are = " and ".join(strange), "is" if len(strange) == 1 else "are"
        found.append(
            f"{names} {are} not part of VDLab, so the command leaves {'it' if len(strange) == 1 else 'them'} out: run "
            "the source below, which registers what it defines, and then the call in Python"
        )
    until = results.plan.truth
    if until is not None and not isinstance(until, bool):
        found.append(f"here the reference was checked up to frame {until}; only the call in Python says so")
    return found


def call(results: Results) -> str:
    """The same as a call of `vdlab.sweep`, which takes every setting, and worker counts by strategy."""
    # How often the sweep could look at its results follows from the repeats; a budget is there with some only.
    settings = {name: value for name, value in results.settings.items() if name != "looks" and value is not None}
    settings["workers"] = settings.pop("workers_by_strategy", settings["workers"])
    arguments = [repr(results.video.name)]
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
