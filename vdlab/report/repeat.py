"""What to type to measure the same again."""

import shlex
from dataclasses import fields
from typing import Any

from vdlab.clips import FULL_REPEATS, QUICK_REPEATS
from vdlab.results.records import REFERENCES, Results
from vdlab.results.wording import enumerated

# The embedded clip is on every machine, by another path on each; these options stand for it.
EMBEDDED = {f"clip_x{QUICK_REPEATS}.mp4": "--quick", f"clip_x{FULL_REPEATS}.mp4": "--full"}

OPTIONS = {
    "fps": "--fps",
    "ffmpeg_threads": "--ffmpeg-threads",
    "repeats": "--repeats",
    "budget_seconds": "--budget",
    "seed": "--seed",
    "practical": "--practical",
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
    plan, name = results.plan, shown_name(results)
    own = [strategy for strategy in plan.strategies if built_in(results, strategy)]
    words = [["vdlab", "bench", EMBEDDED.get(name) or (f"./{name}" if name.startswith("-") else name)]]
    words += [["--strategies", listed(own)], *(["--workers", counts] for counts in worker_counts(results))]
    given = {option: getattr(plan, key) for key, option in OPTIONS.items()}
    if results.collection:
        del given["--seek-mode"]
        given |= {"--frames": plan.frames, "--sample": results.collection.sampled, "--using": plan.using_seconds}
    words += [[option, listed(value)] for option, value in given.items() if value is not None]
    switches = ("control", "memory") if results.collection else ("control", "truth", "trace", "memory")
    words += [[f"--no-{key}"] for key in switches if getattr(plan, key) is False]
    words += [["--truth"]] if plan.truth is True else []
    return " \\\n    ".join(map(shlex.join, words))


def shown_name(results: Results) -> str:
    """What the video is called where it is, or the folder of a collection: that is measured from within."""
    return "." if results.collection else results.video.name


def worker_counts(results: Results) -> list[str]:
    """What `--workers` takes: the counts of all strategies, or where they differ those of each."""
    counts = results.plan.workers
    own = {name: listed(counts[name]) for name in counts if name not in REFERENCES and built_in(results, name)}
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
    """The same as a call of `vdlab.sweep` or `vdlab.sweep_collection`, which take the whole plan."""
    plan = {field.name: short(getattr(results.plan, field.name)) for field in fields(results.plan)}
    function, other = "sweep", {"frames", "using_seconds"}
    if results.collection:
        function, other = "sweep_collection", {"seek_mode", "truth", "trace"}
        plan = {"loaders" if name == "strategies" else name: value for name, value in plan.items()}
        plan["sample"] = results.collection.sampled
    # How often the sweep may look at its results follows from the repeats; a budget is there with some only.
    arguments = [
        f"{name}={value!r}" for name, value in plan.items() if name not in {"looks", *other} and value is not None
    ]
    lines = "".join(f"    {argument},\n" for argument in (repr(shown_name(results)), *arguments))
    return f"vdlab.{function}(\n{lines})"


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
