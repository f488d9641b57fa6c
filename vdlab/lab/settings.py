"""What is chosen in the lab, as data."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from joblib import cpu_count

from vdlab.benchmark.sweep import USUAL
from vdlab.strategies import Strategy, find
from vdlab.video import SeekMode

Family = Literal["threads", "processes", "ffmpeg_threads"]


@dataclass(frozen=True)
class Settings:
    """One sweep, as chosen.

    Attributes:
        video: the file.
        fps: target sampling rates, in frames per second of video.
        strategies: names; the sequential one is measured in any case.
        threads, processes: worker counts of strategies that work with threads, and with processes.
        ffmpeg_threads: threads inside each decoder, for the strategies that take a number of them.
        seek_mode: how decoders find frames.
        repeats: timed rounds; "auto" for as many as settle how the strategies compare.
        budget_seconds: for the whole sweep where repeats are "auto".
        warmup: untimed rounds.
        truth: whether the reference is checked against a slow decode without seeking even where nothing speaks for it.
        trace: whether what each worker does when is recorded.
        memory: whether peak memory is measured.
    """

    video: Path
    fps: tuple[float, ...] = (2.0,)
    strategies: tuple[str, ...] = USUAL
    threads: tuple[int, ...] = field(default_factory=lambda: tuple(sorted({1, 2, cpu_count()})))
    processes: tuple[int, ...] = field(default_factory=lambda: (max(2, cpu_count()),))
    ffmpeg_threads: tuple[int, ...] = field(default_factory=lambda: (max(2, cpu_count()),))
    seek_mode: SeekMode = "approximate"
    repeats: int | Literal["auto"] = 3
    budget_seconds: float = 120
    warmup: int = 1
    truth: bool = False
    trace: bool = True
    memory: bool = True


def family(strategy: Strategy) -> Family:
    """Whose number of workers a strategy goes by.

    What has workers to bring up before a timed run works with processes.
    """
    if strategy.name == "ffmpeg-threads":
        return "ffmpeg_threads"
    return "processes" if strategy.prepare else "threads"


def sweep_arguments(settings: Settings) -> dict[str, Any]:
    """The settings as keyword arguments of `sweep`, all but the video.

    Raises:
        SettingsError: a strategy of that name does not exist.
    """
    chosen = [find(name) for name in settings.strategies]
    return {
        "fps": list(settings.fps),
        "strategies": list(settings.strategies),
        "workers": {one.name: getattr(settings, family(one)) for one in chosen if one.parallel},
        "ffmpeg_threads": settings.ffmpeg_threads,
        "repeats": settings.repeats,
        "budget_seconds": settings.budget_seconds,
        "warmup": settings.warmup,
        "seek_mode": settings.seek_mode,
        "truth": settings.truth or None,
        "trace": settings.trace,
        "memory": settings.memory,
    }
