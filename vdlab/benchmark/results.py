"""Results: every single run of a sweep, and the machine, video and settings they came from."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import nan
from pathlib import Path
from statistics import median, stdev
from typing import Any, Literal

import pandas as pd

from vdlab.benchmark.statistics import paired_ratio
from vdlab.errors import VDLabError
from vdlab.files import written_whole
from vdlab.spans import Doing

SCHEMA = 4  # 2 added sources and titles, 3 traces, peaks and work, 4 references and times; what is lacking is empty
REFERENCE = "sequential"

Phase = Literal["warmup", "timed"]
Verdict = Literal["identical", "close", "differs", "failed"]
VERDICTS: tuple[Verdict, ...] = ("identical", "close", "differs", "failed")  # from best to worst


@dataclass(frozen=True)
class Setting:
    """One thing that is measured: a strategy with its number of workers, at one sampling rate.

    Attributes:
        strategy: its name.
        workers: how many it may use; 1 for strategies to which the number means nothing.
        fps: target sampling rate, in frames per second of video.
        ffmpeg_threads: threads FFmpeg may use in each decoder; 1 for strategies that do not take it.
    """

    strategy: str
    workers: int
    fps: float
    ffmpeg_threads: int = 1

    def __str__(self) -> str:
        threads = f"x{self.ffmpeg_threads}" if self.ffmpeg_threads > 1 else ""
        return f"{self.strategy} x{self.workers}{threads}"


@dataclass(frozen=True)
class Run:
    """One call of one strategy.

    Warm-up round 1 is the cold start, as cold as it gets without root: worker processes start inside it, the index of
    the video's packets is made anew, and the system was asked to drop the file from its cache.

    Attributes:
        strategy, workers, fps, ffmpeg_threads: the setting.
        round: 1, 2, 3 ...; warm-up rounds are counted on their own.
        phase: `warmup` or `timed`.
        frames: how many frames were asked for.
        verdict: `identical` to the reference; `close`, where only colours differ and by no more than the strategy
            is allowed; `differs`, also where a frame carries another time than the frame asked for; or `failed`.
        seconds: wall-clock time; None where it failed.
        cpu_seconds: user and system time of this process and its workers; None where it failed.
        detail: for a difference, which frames; for a failure, why. Empty where identical.
        differing: how many frames differ; None where it failed.
        first_differing: index of the first frame that differs; None where none does.
        largest_difference: between two pixel values, 0 to 255; None where it failed.
        notes: what the strategy said of this run, such as that it fell back to another way, and why.
        times_checked: how many frames were held against the packet index by their times; 0 where the file keeps no
            times or the strategy gives none of its own, None where it failed.
        wrong_times: how many of them carry another time than the frame asked for: they come from the wrong place.
        first_wrong_time: the number of the first frame that was asked for and is another; None where there is none.
    """

    strategy: str
    workers: int
    fps: float
    round: int
    phase: Phase
    frames: int
    verdict: Verdict
    seconds: float | None = None
    cpu_seconds: float | None = None
    detail: str = ""
    differing: int | None = None
    first_differing: int | None = None
    largest_difference: int | None = None
    ffmpeg_threads: int = 1
    notes: str = ""
    times_checked: int | None = None
    wrong_times: int | None = None
    first_wrong_time: int | None = None

    @property
    def setting(self) -> Setting:
        return Setting(self.strategy, self.workers, self.fps, self.ffmpeg_threads)


@dataclass(frozen=True)
class Span:
    """A stretch of time in which one worker did one thing.

    Attributes:
        worker: 0, 1, 2 ... in the order in which workers began; the thread that called the strategy is one if it
            did something itself.
        doing: what it did. `starting`: opening a decoder or indexing packets. `seeking`: a new decoder's
            first frame, where that is not the video's first: jumping to a keyframe and decoding up to the frame.
            `decoding`: all other requests to the decoder. `copying`: frames into the result, or a process's result
            on its way back, pickled, sent and unpickled. `working`: what else a task does; for a strategy in which
            only the calling thread was seen, all of the rest.
        begin, end: seconds since the strategy was called, on the same clock in all processes.
        frames: how many frames were handed out or copied. Those of `seeking` and `decoding` together are the result's
            frames, unless the strategy decodes frames that it drops, as `linear` does. 0 where it means nothing.
    """

    worker: int
    doing: Doing
    begin: float
    end: float
    frames: int = 0


@dataclass(frozen=True)
class Trace:
    """What each worker did when, in one run of its own: tracing costs time, so no timed run is traced.

    Attributes:
        strategy, workers, fps, ffmpeg_threads: the setting.
        seconds: how long the traced run took.
        spans: by worker, then by time; a worker's spans do not overlap. Between them it waited. Where there were very
            many, short ones next to each other are put together by what was done: what each took, and its frames,
            stays right; the order within some thousandths of the run does not.
    """

    strategy: str
    workers: int
    fps: float
    ffmpeg_threads: int
    seconds: float
    spans: tuple[Span, ...]

    @property
    def setting(self) -> Setting:
        return Setting(self.strategy, self.workers, self.fps, self.ffmpeg_threads)


@dataclass(frozen=True)
class Peak:
    """The memory that a setting took, in a run of its own: looking slows what is looked at.

    Attributes:
        strategy, workers, fps, ffmpeg_threads: the setting.
        peak_bytes: the most that this process and all below it grew by, over what they had when warm and idle.
        result_bytes: the decoded frames with their pts and durations: what no strategy can do without.
    """

    strategy: str
    workers: int
    fps: float
    ffmpeg_threads: int
    peak_bytes: int
    result_bytes: int

    @property
    def setting(self) -> Setting:
        return Setting(self.strategy, self.workers, self.fps, self.ffmpeg_threads)


@dataclass(frozen=True)
class Decoded:
    """How many frames a setting decodes, counted in the video's packets; see `vdlab.gops.work`.

    Attributes:
        strategy, workers, ffmpeg_threads: the setting.
        frames: how many are decoded in all, repetitions included.
        again: how many of these had been decoded before.
        left_out: how many frames of the video are not decoded at all.
        marks: for each frame of `Work.kinds`, a digit: how often it is decoded, 9 for more; empty where that is.
    """

    strategy: str
    workers: int
    ffmpeg_threads: int
    frames: int
    again: int
    left_out: int
    marks: str = ""

    def __str__(self) -> str:
        return str(Setting(self.strategy, self.workers, 0, self.ffmpeg_threads))


@dataclass(frozen=True)
class Work:
    """What has to be decoded for the frames of one sampling rate, and a stretch of the video to show it on.

    Attributes:
        fps: the sampling rate; there are more of them here than were measured, from few frames to all.
        asked: how many frames are asked for.
        total: how many frames the video has; 0 where that can no longer be known.
        decoded: by setting; those settings of which it is known what they decode.
        exact: how many frames the sequential strategy would decode with exact seeking; None where that is not known.
        unknown: why some or all settings are missing, in words; empty where none is.
        first: the number of the first frame of the stretch.
        kinds: the frames of the stretch as they are shown, a letter each: `K` is a keyframe, `I`, `P` and `B` are
            others, in small letters where no other frame needs them, `?` where it is not known. Empty for no stretch.
        wanted: for each of them, `1` where it is asked for and `0` where it is not.
    """

    fps: float
    asked: int
    total: int
    decoded: tuple[Decoded, ...] = ()
    exact: int | None = None
    unknown: str = ""
    first: int = 0
    kinds: str = ""
    wanted: str = ""


@dataclass(frozen=True)
class Reference:
    """What the frames of every run are compared with, at one sampling rate.

    Attributes:
        fps: the sampling rate.
        strategy: that decoded it; empty where none could, and so nothing was measured.
        seek_mode: of that decode.
        because: why it is not the sequential strategy in the seek mode asked for; empty where it is.
    """

    fps: float
    strategy: str
    seek_mode: str
    because: str = ""

    @property
    def sentence(self) -> str:
        if not self.strategy:
            return f"nothing was measured, because no strategy gives a reference: {self.because}"
        how = f" with {self.seek_mode} seeking" if self.strategy == REFERENCE else ""
        return f"the reference is {self.strategy}{how}{', because ' if self.because else ''}{self.because}"


@dataclass(frozen=True)
class Truth:
    """Whether the reference itself is right, at one sampling rate, against a decode without any seek.

    Attributes:
        fps: the sampling rate.
        sentence: what was found and what to do about it.
        checked, sampled: how many of the sampled indices were checked, and how many there are.
        wrong: for how many of them seeking returned another frame.
        first: the first such index; None where there is none.
        error: why the check ended early; empty where it did not.
    """

    fps: float
    sentence: str
    checked: int
    sampled: int
    wrong: int
    first: int | None
    error: str = ""

    @property
    def right(self) -> bool:
        """Whether everything that was to be checked was, and was right."""
        return not self.wrong and not self.error


@dataclass(frozen=True)
class Caution:
    """Something that weakens the numbers: a code, a sentence that says what to do, and the setting it touches."""

    code: str
    message: str
    about: str = ""


@dataclass
class Results:
    """The measurements of one sweep, and what is needed to understand and repeat it.

    Attributes:
        video, machine, settings: plain, JSON-ready facts.
        version: of VDLab, when the sweep ran.
        started, finished: ISO 8601 times; `finished` is None where the sweep was cut short.
        runs: every run in the order in which it ended, warm-ups and failures included.
        references: what the frames are compared with, one entry a sampling rate.
        truths: whether the reference is right, one entry a sampling rate that was checked.
        warnings: what weakens the numbers.
        sources: the source code of each strategy, by name, as it was when it ran.
        titles: what each strategy is called where people read, by name.
        traces: what each worker did when, one entry a setting that was traced.
        peaks: the memory each setting took, one entry a setting for which it was measured.
        work: what has to be decoded, one entry a sampling rate, the measured ones first.
    """

    video: dict[str, Any]
    machine: dict[str, Any]
    settings: dict[str, Any]
    version: str
    started: str
    finished: str | None = None
    runs: list[Run] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    warnings: list[Caution] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    traces: list[Trace] = field(default_factory=list)
    peaks: list[Peak] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    @property
    def frame(self) -> pd.DataFrame:
        """Tidy: one row a run, in the order in which they ended; columns as in `Run`, and the seek mode."""
        columns = list(Run.__dataclass_fields__)
        table = pd.DataFrame([asdict(run) for run in self.runs], columns=columns)
        table.insert(3, "seek_mode", self.settings["seek_mode"])
        return table

    def summary(self) -> pd.DataFrame:
        """One row a setting: median, spread, speedup over sequential and whether the frames are the same.

        Columns: strategy, workers, fps, ffmpeg_threads, setting (the four as text), runs; median, std, min, max
        (seconds); speedup (of the median round) with its 95 % interval speedup_low to speedup_high; efficiency
        (speedup / threads or processes); frames_per_second; cpu_seconds (median); verdict, detail,
        largest_difference, notes, times_checked, wrong_times and first_wrong_time of the worst of the setting's runs.
        What was not measured is NaN, and so is every speedup where sequential failed.
        """
        # Reports and charts ask for this again and again: each run is looked at once, however many settings there are.
        runs: dict[Setting, list[Run]] = {}
        for run in self.runs:
            runs.setdefault(run.setting, []).append(run)
        rows = [
            _summarised(setting, own, runs.get(Setting(REFERENCE, 1, setting.fps), []), self.looks)
            for setting, own in runs.items()
        ]
        return pd.DataFrame(rows, columns=SUMMARY)

    def seconds(self, setting: Setting) -> list[float]:
        """A setting's timed runs, in seconds, in the order of rounds."""
        return [
            run.seconds
            for run in self.runs
            if run.setting == setting and run.phase == "timed" and run.seconds is not None
        ]

    def pairs(self, setting: Setting, other: Setting) -> list[tuple[float, float]]:
        """The seconds of both in every round in which both were timed."""
        return _pairs(*([run for run in self.runs if run.setting == one] for one in (setting, other)))

    @property
    def looks(self) -> int:
        """How often the sweep could look at its intervals and stop: 1, or more with `repeats="auto"`."""
        return self.settings.get("looks", 1)

    @property
    def agrees(self) -> bool:
        """Whether every run of every strategy returned the reference's frames, each with the time it should have."""
        return all(run.verdict in ("identical", "close") for run in self.runs)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything to one JSON file, whole or not at all.

        Raises:
            VDLabError: it cannot be written there.
        """
        with written_whole(path) as aside:
            aside.write_text(json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1), encoding="utf-8")
        return Path(path)

    def save_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write `frame` as CSV, whole or not at all.

        Raises:
            VDLabError: it cannot be written there.
        """
        with written_whole(path) as aside:
            self.frame.to_csv(aside, index=False)
        return Path(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Results":
        """The very object that `save` wrote; what an older version did not write is empty.

        Raises:
            VDLabError: the file is missing, damaged, or written by a later version.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise VDLabError(f"{path}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise VDLabError(f"{path}: is damaged, or not a results file: {error}") from error
        if not isinstance(content, dict) or "schema" not in content:
            raise VDLabError(f"{path}: is not a results file of VDLab")
        if content["schema"] not in range(1, SCHEMA + 1):
            raise VDLabError(
                f"{path}: was written by VDLab {content.get('version', 'unknown')} in format {content['schema']}; "
                f"this version reads formats 1 to {SCHEMA}"
            )
        try:
            del content["schema"]
            content["runs"] = [Run(**run) for run in content["runs"]]
            content["truths"] = [Truth(**truth) for truth in content["truths"]]
            content["warnings"] = [Caution(**caution) for caution in content["warnings"]]
            content["traces"] = [_trace(trace) for trace in content.get("traces", [])]
            content["peaks"] = [Peak(**peak) for peak in content.get("peaks", [])]
            content["work"] = [_work(work) for work in content.get("work", [])]
            content["references"] = [Reference(**one) for one in content.get("references", [])]
            return cls(**content)
        except (KeyError, TypeError) as error:
            raise VDLabError(f"{path}: is damaged, or not a results file: {error}") from error

    @staticmethod
    def concat(results: "Sequence[Results]") -> pd.DataFrame:
        """Every run of every results, one row a run: `frame`, after the columns `machine`, `started` and `video`."""
        tables = []
        for one in results:
            table = one.frame
            table.insert(0, "machine", one.machine.get("hostname"))
            table.insert(1, "started", one.started)
            table.insert(2, "video", Path(one.video["path"]).name)
            tables.append(table)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _pairs(runs: list[Run], others: list[Run]) -> list[tuple[float, float]]:
    """The seconds of two settings, given by their runs, in every round in which both were timed."""
    first, second = (
        {run.round: run.seconds for run in some if run.phase == "timed" and run.seconds} for some in (runs, others)
    )
    return [(first[number], second[number]) for number in first if number in second]


def _summarised(setting: Setting, runs: list[Run], reference: list[Run], looks: int) -> dict[str, Any]:
    """A setting's row of the summary, from its runs and the reference's."""
    worst = max(runs, key=lambda run: (VERDICTS.index(run.verdict), run.wrong_times or 0))
    row = {**vars(setting), "setting": str(setting)} | {name: getattr(worst, name) for name in WORST}
    timed = [run for run in runs if run.phase == "timed" and run.seconds is not None]
    if not timed:
        return {**row, "runs": 0}
    times = [run.seconds for run in timed]
    cpu = [run.cpu_seconds for run in timed if run.cpu_seconds is not None]
    row |= {
        "runs": len(times),
        "median": median(times),
        "std": stdev(times) if len(times) > 1 else nan,
        "min": min(times),
        "max": max(times),
        "frames_per_second": runs[0].frames / median(times),
        "cpu_seconds": median(cpu) if cpu else nan,
    }
    pairs = _pairs(reference, runs)
    if pairs:
        speedup = paired_ratio(*zip(*pairs, strict=True), looks)
        row |= {
            "speedup": speedup.value,
            "speedup_low": speedup.low,
            "speedup_high": speedup.high,
            "efficiency": speedup.value / (setting.workers * setting.ffmpeg_threads),
        }
    return row


def _trace(content: dict[str, Any]) -> Trace:
    return Trace(**{**content, "spans": tuple(Span(**span) for span in content["spans"])})


def _work(content: dict[str, Any]) -> Work:
    return Work(**{**content, "decoded": tuple(Decoded(**decoded) for decoded in content["decoded"])})


WORST = ["verdict", "detail", "largest_difference", "notes", "times_checked", "wrong_times", "first_wrong_time"]
"""Columns of the summary that are those of a setting's worst run."""

SUMMARY = [
    "strategy",
    "workers",
    "fps",
    "ffmpeg_threads",
    "setting",
    "runs",
    "median",
    "std",
    "min",
    "max",
    "speedup",
    "speedup_low",
    "speedup_high",
    "efficiency",
    "frames_per_second",
    "cpu_seconds",
    *WORST,
]
