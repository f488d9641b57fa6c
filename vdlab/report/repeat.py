"""What to type to measure the same again."""

import shlex
from dataclasses import fields
from typing import Any

from vdlab.clips import FULL_REPEATS, QUICK_REPEATS
from vdlab.results.records import REFERENCE, Results
from vdlab.results.wording import enumerated

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


def built_in(results: Results, strategy: str) -> bool:
    """Whether a strategy is there without anybody's doing: a report travels to machines where no other is known."""
    return strategy not in results.strategies or results.strategies[strategy].origin == "built in"


def command(results: Results) -> str:
    """The `vdlab bench` command with the whole plan written out, an option a line, quoted for a shell.

    It is to be run in the video's folder. What it cannot say is in `remarks`; `call` says everything.
    """
    plan, name = results.plan, results.video.name
    own = [strategy for strategy in plan.strategies if built_in(results, strategy)]
    words = [["vdlab", "bench", EMBEDDED.get(name) or (f"./{name}" if name.startswith("-") else name)]]
    words += [["--strategies", listed(own)], *(["--workers", counts] for counts in worker_counts(results))]
    given = {option: getattr(plan, key) for key, option in OPTIONS.items()}
    words += [[option, listed(value)] for option, value in given.items() if value is not None]
    words += [[f"--no-{key}"] for key in ("truth", "trace", "memory") if getattr(plan, key) is False]
    words += [["--truth"]] if plan.truth is True else []
    return " \\\n    ".join(map(shlex.join, words))


def worker_counts(results: Results) -> list[str]:
    """What `--workers` takes: the counts of all strategies, or where they differ those of each."""
    counts = results.plan.workers
    own = {name: listed(counts[name]) for name in counts if name != REFERENCE and built_in(results, name)}
    if len(set(own.values())) > 1:
        return [f"{name}={numbers}" for name, numbers in own.items()]
    return list(own.values())[:1]


def remarks(results: Results) -> list[str]:
    """In what the command is not the same measurement, as sentences."""
    found = []
    strange = [name for name in results.plan.strategies if not built_in(results, name)]
    if strange:
        are, them = ("is", "it") if len(strange) == 1 else ("are", "them")
        found.append(
            f"{enumerated(strange)} {are} not part of VDLab, so the command leaves {them} out: run "
            "the source below, which registers what it defines, and then the call in Python"
        )
    until = results.plan.truth
    if until is not None and not isinstance(until, bool):
        found.append(f"here the reference was checked up to frame {until}; only the call in Python says so")
    return found


def call(results: Results) -> str:
    """The same as a call of `vdlab.sweep`, which takes the whole plan."""
    plan = {field.name: short(getattr(results.plan, field.name)) for field in fields(results.plan)}
    # How often the sweep may look at its results follows from the repeats; a budget is there with some only.
    arguments = [f"{name}={value!r}" for name, value in plan.items() if name != "looks" and value is not None]
    return "vdlab.sweep(\n" + "".join(f"    {argument},\n" for argument in (repr(results.video.name), *arguments)) + ")"


def listed(value: Any) -> str:
    """A value as the command line takes it: numbers short, several with commas."""
    return ",".join(map(str, short(value))) if isinstance(value, list | tuple) else str(short(value))


def short(value: Any) -> Any:
    """The value with 2 in place of 2.0 and lists in place of tuples, inside of others too."""
    if isinstance(value, list | tuple):
        return [short(one) for one in value]
    if isinstance(value, dict):
        return {name: short(one) for name, one in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value
