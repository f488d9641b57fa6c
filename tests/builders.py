"""Results as sweeps leave them, with numbers that tests choose.

    measured = results({"sequential": [2.0, 2.2], "threads x4": [1.0, 1.1], "hybrid x2x2 @5": [0.5]}, started=LATER)
    add(measured, run("threads x4", round=3, verdict="failed", detail="killed"), Peak(setting("threads x4"), 9, 5))

A setting is written `strategy xWORKERSxTHREADS @FPS`; without workers it has 2, `sequential` 1; without a rate, 2 fps.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vdlab import clips
from vdlab.machine.describe import MachineFacts
from vdlab.results.records import (
    REFERENCE,
    Decoded,
    Difference,
    Peak,
    Plan,
    Results,
    Run,
    Setting,
    StrategyFacts,
    Trace,
)
from vdlab.results.scaling import usl
from vdlab.video.video import VideoFacts

BEGUN, LATER = "2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+00:00"

Named = str | Setting


def setting(named: Named) -> Setting:
    """The setting of a text such as `threads`, `threads x4`, `hybrid x2x4` or `threads x4 @5`."""
    if isinstance(named, Setting):
        return named
    found = re.fullmatch(r"(\S+)(?: x(\d+)(?:x(\d+))?)?(?: @(\S+))?", named)
    assert found, f"{named!r} is no setting"
    name, workers, threads, fps = found.groups()
    return Setting(name, int(workers or (1 if name == REFERENCE else 2)), float(fps or 2), int(threads or 1))


def run(named: Named, seconds: float | None = 1.0, **fields: Any) -> Run:
    """A timed run of 100 frames that took twice as long on CPUs; none of that where it failed."""
    if fields.get("verdict") == "failed":
        seconds = None
    usual = {"round": 1, "phase": "timed", "frames": 100, "verdict": "identical"}
    usual |= {"seconds": seconds, "cpu_seconds": None if seconds is None else 2 * seconds}
    return Run(setting(named), **{**usual, **fields})


def add(results: Results, *records: Run | Trace | Peak | Decoded | Difference) -> Results:
    """The same results, with records given to the measurements of their settings."""
    for record in records:
        measurement = results.of(record.setting)
        match record:
            case Run():
                measurement.runs.append(record)
            case Trace():
                measurement.trace = record
            case Peak():
                measurement.peak = record
            case Decoded():
                measurement.work = record
            case Difference():
                measurement.difference = record
    return results


def results(
    seconds: Mapping[Named, Sequence[float]] | None = None,
    records: Sequence[Run | Trace | Peak | Decoded | Difference] = (),
    frames: int = 100,
    **fields: Any,
) -> Results:
    """Results with a timed run for every number, in interleaved rounds.

    Args:
        seconds: of each setting's runs.
        records: that join the measurements of their settings.
        frames: that every one of those runs was asked for.
        fields: of `Results`, for other values than the usual ones; the plan is that of the settings.
    """
    times = {setting(named): list(numbers) for named, numbers in (seconds or {}).items()}
    rounds = max(map(len, times.values()), default=0)
    runs = [
        run(one, times[one][number], round=number + 1, frames=frames, began=float(number * len(times) + place))
        for number in range(rounds)
        for place, one in enumerate(times)
        if number < len(times[one])
    ]
    settings = list(dict.fromkeys([*times, *(record.setting for record in records)]))
    usual = {"video": video(), "machine": machine(), "plan": plan(settings), "version": "0.1.0", "started": BEGUN}
    return add(Results(**{**usual, **fields}), *runs, *records)


def plan(settings: Sequence[Named] = (), **fields: Any) -> Plan:
    """What was asked for where just these settings were measured."""
    asked = [setting(named) for named in settings] or [Setting(REFERENCE, 1, 2.0)]
    counts: dict[str, dict[int, None]] = {}
    for one in asked:
        counts.setdefault(one.strategy, {})[one.workers] = None
    usual = {
        "fps": tuple(dict.fromkeys(one.fps for one in asked)),
        "strategies": tuple(counts),
        "workers": {name: tuple(each) for name, each in counts.items()},
        "ffmpeg_threads": tuple(dict.fromkeys(one.ffmpeg_threads for one in asked)),
        "repeats": 3,
        "budget_seconds": None,
        "warmup": 0,
        "seek_mode": "approximate",
        "truth": True,
        "trace": False,
        "memory": False,
        "seed": 0,
        "control": False,
    }
    return Plan(**{**usual, **fields})


def video(**fields: Any) -> VideoFacts:
    """48 seconds of 640x360 H.264."""
    usual = {"path": "/videos/talk.mp4", "codec": "h264", "width": 640, "height": 360, "average_fps": 25.0}
    return VideoFacts(**{**usual, "num_frames": 1200, "duration_seconds": 48.0, **fields})


def machine(**fields: Any) -> MachineFacts:
    """A laptop that allows 2 of its 4 CPUs."""
    usual = {"hostname": "laptop", "cpus_allowed": 2, "cpus_total": 4, "versions": {"torch": "2.14.1"}}
    return MachineFacts(**{**usual, **fields})


def strategies(*names: str, source: str = "") -> dict[str, StrategyFacts]:
    """What results say of strategies, by name; each is called as it is named, with a capital."""
    return {name: StrategyFacts(name.capitalize(), source) for name in names}


def by_the_law(
    counts: Sequence[int], contention: float = 0.05, coherency: float = 0.01, noise: Sequence[float] = (1.0, 1.02, 0.99)
) -> Results:
    """Results of 16 CPUs where `threads` scales by the Universal Scalability Law; a round for every factor of noise."""
    speedups = {f"threads x{count}": float(usl(count, contention, coherency)) for count in counts}
    seconds = {name: [10 * factor / speedup for factor in noise] for name, speedup in speedups.items()}
    return results({"sequential": [10 * factor for factor in noise], **seconds}, machine=machine(cpus_allowed=16))


def noisy(rng: np.random.Generator, rounds: int, settings: int) -> np.ndarray:
    """Seconds by round and setting: whole rounds 20 % up or down, single runs 5 %, one in twenty far too slow."""
    common, own = rng.normal(0, 0.20, (rounds, 1)), rng.normal(0, 0.05, (rounds, settings))
    slow = np.where(rng.random((rounds, settings)) < 0.05, rng.uniform(1.5, 3, (rounds, settings)), 1)
    return np.exp(common + own) * slow


def tiny_videos(folder: Path, count: int) -> Path:
    """A folder with so many videos of 25 frames, and one that is broken."""
    for number in range(count):
        clips.make(folder / f"{number}.mp4", width=64, height=48, seconds=1, gop=5, seed=number)
    (folder / "broken.mp4").write_bytes((folder / "0.mp4").read_bytes()[:500])
    return folder
