"""What is chosen in the lab, as data: read strictly, remembered, and written as code."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from inspect import signature
from pathlib import Path
from typing import Any, Literal, TypedDict, get_args, get_origin, get_type_hints

import msgspec
from joblib.externals.loky import cpu_count

from vdlab.benchmark.collection import sweep_collection
from vdlab.benchmark.plan import USUAL, USUAL_LOADERS, make_plan, read, worker_counts
from vdlab.benchmark.sweep import sweep
from vdlab.errors import SettingsError, VDLabError, near
from vdlab.loaders import LOADERS
from vdlab.loaders.registry import Loader
from vdlab.machine.files import make_folder, written_whole
from vdlab.results.earlier import folder_for_results
from vdlab.results.records import CASES, PRACTICAL, Frames, Plan
from vdlab.strategies import Strategy, find
from vdlab.video import SeekMode, Video
from vdlab.video.collection import is_collection

Family = Literal["threads", "processes", "ffmpeg_threads"]
FAMILIES: tuple[Family, ...] = get_args(Family)


@dataclass(frozen=True)
class Settings:
    """One sweep, as chosen. What `vdlab.sweep` and `vdlab.sweep_collection` take is named as there, and means the same.

    Attributes:
        video: the file; or many: a folder, a pattern or a manifest.
        loaders, frames, sample, using_seconds: of many videos, what loads them, what becomes of their frames, how many
            are measured, and how long somebody takes who uses them; `strategies` is for one.
        threads, processes: worker counts of strategies that work with threads, and with processes.
        ffmpeg_threads: besides, the worker counts of `ffmpeg-threads`.
        in_each: of many videos, FFmpeg threads in each decoder, for the loaders that take both numbers.
        budget_seconds: what a sweep with `repeats="auto"` may take.
    """

    video: Path
    fps: tuple[float, ...] = (2.0,)
    strategies: tuple[str, ...] = USUAL
    threads: tuple[int, ...] = field(default_factory=lambda: tuple(sorted({1, 2, cpu_count()})))
    processes: tuple[int, ...] = field(default_factory=lambda: (max(2, cpu_count()),))
    ffmpeg_threads: tuple[int, ...] = field(default_factory=lambda: (max(2, cpu_count()),))
    seek_mode: SeekMode = "approximate"
    repeats: int | Literal["auto"] = "auto"
    budget_seconds: float = 60
    warmup: int = 1
    truth: bool | None = None
    trace: bool = True
    memory: bool = True
    seed: int | None = None
    control: bool = True
    practical: float = PRACTICAL
    loaders: tuple[str, ...] = USUAL_LOADERS
    frames: tuple[Frames, ...] = tuple(CASES)
    sample: int | Literal["auto", "all"] = "auto"
    using_seconds: float | None = None
    in_each: tuple[int, ...] = (1,)

    @property
    def many(self) -> bool:
        """Whether it is many videos that are measured."""
        return is_collection(self.video)

    @property
    def ways(self) -> list[Strategy] | list[Loader]:
        """The strategies, or of many videos the loaders.

        Raises:
            SettingsError: one of that name does not exist.
        """
        return [LOADERS.find(name) for name in self.loaders] if self.many else [find(name) for name in self.strategies]

    def asked(self) -> dict[str, Any]:
        """The keyword arguments of `vdlab.sweep`, or of `vdlab.sweep_collection`, that say the same.

        Raises:
            SettingsError: a strategy or a loader of that name does not exist.
        """
        taken = signature(sweep_collection if self.many else sweep).parameters
        asked = {name: value for name, value in vars(self).items() if name in taken and name != "video"}
        if self.many:
            asked["ffmpeg_threads"] = self.in_each  # the row of that name is for strategies
        return asked | {"workers": {one.name: getattr(self, family(one)) for one in self.ways if one.parallel}}

    def plan(self, video: Video | None) -> Plan:
        """What is measured, of this video or of many.

        Raises:
            SettingsError: it makes no sense.
        """
        if video is not None:
            return make_plan(video, **self.asked())
        asked = self.asked()
        if not self.frames:
            raise SettingsError("choose at least one of what may become of frames")
        del asked["sample"]  # that is for whoever chooses the videos
        fixed: dict[str, Any] = {"seek_mode": "exact", "truth": False, "trace": False}
        return make_plan(None, strategies=asked.pop("loaders"), **asked, **fixed)

    @property
    def code(self) -> str:
        """Two lines of Python: a lab that opens with these settings, and the sweep that it runs."""
        usual = Settings(self.video)
        chosen = {name: value for name, value in vars(self).items() if value != getattr(usual, name)}
        function = sweep_collection if self.many else sweep
        parameters = signature(function).parameters
        asked = {name: value for name, value in self.asked().items() if value != parameters[name].default}
        if self.repeats != "auto":
            asked.pop("budget_seconds", None)
        video = str(self.video)
        return f"{call('vdlab.Lab', video, chosen)}\n{call(f'vdlab.{function.__name__}', video, asked)}"


class Choices(TypedDict, total=False):
    """What can be said of `Settings` in code: as it is typed at the command line, or as `vdlab.sweep` takes it.

    Several values are a list, or a text with commas. `workers` are counts for all strategies or, in a mapping or as
    in `threads=1,2`, for those that work as the one that is named.
    """

    fps: Sequence[float] | float | str
    strategies: Sequence[str] | str
    workers: Mapping[str, Sequence[int] | int | str] | Sequence[int] | int | str | None
    threads: Sequence[int] | int | str
    processes: Sequence[int] | int | str
    ffmpeg_threads: Sequence[int] | int | str
    seek_mode: SeekMode
    repeats: int | Literal["auto"] | str
    budget_seconds: float
    warmup: int
    truth: bool | None
    trace: bool
    memory: bool
    seed: int | None
    control: bool
    practical: float
    loaders: Sequence[str] | str
    frames: Sequence[Frames] | str
    sample: int | Literal["auto", "all"] | str
    using_seconds: float | None
    in_each: Sequence[int] | int | str


def chosen(before: Settings, choices: Mapping[str, Any]) -> Settings:
    """The settings of before, but for what was chosen.

    Raises:
        SettingsError: one of the choices is no setting of the lab, or cannot be read: which, and why.
    """
    names = [one.name for one in fields(Settings)]
    read: dict[str, Any] = {}
    for given, value in choices.items():
        name = "budget_seconds" if given == "budget" else given  # as at the command line
        if name == "workers":
            read.update(counts_by_family(value))
        elif name in names:
            read[name] = setting(name, value)
        else:
            raise SettingsError(f"the lab has no setting {name!r}; {near(name, [*names, 'workers'], lambda: names)}")
    for name in read.get("strategies", ()):
        find(name)
    for name in read.get("loaders", ()):
        LOADERS.find(name)
    return Settings(**{**vars(before), **read})


def setting(name: str, value: object) -> Any:
    """A value of the type that the setting has; numbers in order, and everything once.

    Raises:
        SettingsError: it cannot be read as one.
    """
    if name == "video":
        return file(value)
    wanted = get_type_hints(Settings)[name]
    found = read(name, value, wanted)
    if get_origin(wanted) is not tuple:
        return found
    return tuple(dict.fromkeys(sorted(found) if get_args(wanted)[0] in (int, float) else found))


def file(value: object) -> Path:
    """The path of a video, or of many.

    Raises:
        SettingsError: it is in memory, or no path.
    """
    if isinstance(value, Video):
        if value.source.data is not None:
            raise SettingsError("the lab measures files, and this video is in memory; write it to a file first")
        value = value.path
    if not isinstance(value, str | Path):
        raise SettingsError(f"video={value!r} will not do: it is the path of a file")
    return Path(value).expanduser().absolute()


def counts_by_family(workers: object) -> dict[str, tuple[int, ...]]:
    """Worker counts as `vdlab.sweep` and the command line take them, for the lab's rows.

    Raises:
        SettingsError: a strategy does not exist, a count cannot be read, or two of one row were given different ones.
    """
    common, own = worker_counts(workers)
    found: dict[str, tuple[int, ...]] = {}
    for name, given in own.items():
        row = name if name in FAMILIES else family(LOADERS[name] if name in LOADERS else find(name))
        counts = setting(row, given)
        if found.setdefault(row, counts) != counts:
            raise SettingsError(
                f"workers={workers!r} will not do: the lab has one row of counts for all strategies that work with "
                f"{row.replace('_', ' ')}; give {name} the same as those"
            )
    return ({row: setting(row, common) for row in FAMILIES} if common is not None else {}) | found


def family(way: Strategy | Loader) -> Family:
    """Whose number of workers a strategy or a loader goes by.

    What has workers to bring up before a timed run works with processes, and so does PyTorch's DataLoader.
    """
    if way.name == "ffmpeg-threads":
        return "ffmpeg_threads"
    return "processes" if way.prepare or way.name == "dataloader" else "threads"


def call(function: str, video: str, arguments: Mapping[str, Any]) -> str:
    """A line of code that calls a function."""
    return f"{function}({', '.join([repr(video), *(f'{name}={plain(value)!r}' for name, value in arguments.items())])})"


def plain(value: Any) -> Any:
    """A value as one would type it: a single one without its tuple, and a whole number without a point."""
    if isinstance(value, tuple):
        values = tuple(map(plain, value))
        return values[0] if len(values) == 1 and not isinstance(values[0], str) else values
    return int(value) if isinstance(value, float) and value.is_integer() else value


def memory_file() -> Path:
    """Where settings outlive a kernel: among the results, so that labs that store elsewhere have their own."""
    return folder_for_results() / ".lab-settings.json"


def remember(settings: Settings) -> None:
    """Write settings down, whole; where nobody can write, they are forgotten with the kernel."""
    with suppress(VDLabError):
        make_folder(memory_file().parent)
        with written_whole(memory_file()) as aside:
            aside.write_bytes(msgspec.json.encode(vars(settings), enc_hook=str))


def remembered() -> Settings | None:
    """The settings that were chosen last; None where there are none that can be read."""
    try:
        return msgspec.json.decode(memory_file().read_bytes(), type=Settings, dec_hook=lambda kind, value: kind(value))
    except (OSError, ValueError, VDLabError):  # every error of msgspec is a ValueError
        return None
