"""What is chosen in the lab, as data."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from joblib import cpu_count

from vdlab.benchmark.plan import USUAL
from vdlab.strategies import Strategy, find
from vdlab.video import SeekMode

Family = Literal["threads", "processes", "ffmpeg_threads"]


@dataclass(frozen=True)
class Settings:
    """One sweep, as chosen. What `vdlab.sweep` takes is named as there, and means the same.

    Attributes:
        video: the file.
        threads, processes: worker counts of strategies that work with threads, and with processes.
        ffmpeg_threads: besides, the worker counts of `ffmpeg-threads`.
        truth: False leaves it to the sweep whether the reference has to be checked.
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

    def asked(self) -> dict[str, Any]:
        """The keyword arguments of `vdlab.sweep` that say the same.

        Raises:
            SettingsError: a strategy of that name does not exist.
        """
        fields = {name: value for name, value in vars(self).items() if name not in ("video", "threads", "processes")}
        chosen = [find(name) for name in self.strategies]
        workers = {one.name: getattr(self, family(one)) for one in chosen if one.parallel}
        return {**fields, "workers": workers, "truth": self.truth or None}


def family(strategy: Strategy) -> Family:
    """Whose number of workers a strategy goes by.

    What has workers to bring up before a timed run works with processes.
    """
    if strategy.name == "ffmpeg-threads":
        return "ffmpeg_threads"
    return "processes" if strategy.prepare else "threads"
