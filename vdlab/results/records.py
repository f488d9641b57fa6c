"""Records of a sweep, as plain values that nest: what was planned, and what is known of every setting.

A results file follows these records, and is validated by them: see `vdlab.results.store`.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import exp, log, nan
from pathlib import Path
from statistics import median, stdev
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from vdlab.errors import harmless
from vdlab.machine.describe import MachineFacts
from vdlab.machine.files import written_whole
from vdlab.notebook import facts
from vdlab.results.statistics import Ratio, paired_ratio
from vdlab.strategies.registry import NAME
from vdlab.tracing.spans import Doing
from vdlab.video.video import VideoFacts

if TYPE_CHECKING:
    import pandas as pd

    from vdlab.results.judgement import Standing

REFERENCES = REFERENCE, REFERENCE_LOADER = "sequential", "one-by-one"
"""What speedups are relative to, of strategies and of loaders."""

PRACTICAL = 0.05
"""The difference that counts unless somebody says otherwise: nobody would choose by less."""

Phase = Literal["warmup", "timed", "control", "disturbed"]
Frames = Literal["stay", "small", "whole"]
"""What becomes of a collection's frames: they stay where they are decoded, where an embedding is made of them or a file
written, and only a few numbers come back; they come back at 224 pixels; or they come back whole."""
SMALL = 224
"""Pixels of the shorter side of frames that come back small: what most models of pictures take."""

CASES: dict[Frames, str] = {
    "stay": "frames stay where they are decoded",
    "small": f"frames come back at {SMALL} pixels",
    "whole": "frames come back whole",
}
Verdict = Literal["identical", "close", "differs", "failed"]
VERDICTS: tuple[Verdict, ...] = ("identical", "close", "differs", "failed")  # from best to worst
RIGHT = ("identical", "close")

# Wider than anything that is measured, and narrow enough that a file from anyone can be drawn, and takes little memory.
MANY = 1000
LONGEST_STACK = 4000
MOST_NUMBERS = 10  # of a list that is shown in a line
Count = Annotated[int, Meta(ge=0, le=2**53)]
Positive = Annotated[int, Meta(ge=1, le=2**53)]
Workers = Annotated[int, Meta(ge=1, le=2**20)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Rate = Annotated[float, Meta(ge=1e-9, le=1e12)]
Took = Annotated[float, Meta(ge=1e-9, le=1e9)]
Name = Annotated[str, Meta(pattern=rf"^{NAME}\Z")]
Picture = Annotated[bytes, Meta(max_length=500_000)]
Moment = Annotated[
    str,
    Meta(pattern=r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})\Z"),
]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is measured: a strategy with its number of workers, at one sampling rate.

    Attributes:
        strategy: its name.
        workers: how many it may use; 1 for strategies to which the number means nothing.
        fps: the sampling, as a target rate in frames per second of video.
        ffmpeg_threads: threads FFmpeg may use in each decoder; 1 for strategies that do not take it.
        frames: what becomes of a collection's frames; empty for one video. Of a collection, the strategy is a loader.
    """

    strategy: Name
    workers: Workers
    fps: Rate
    ffmpeg_threads: Workers = 1
    frames: Frames | Literal[""] = ""

    def __str__(self) -> str:
        return f"{self.strategy} x{self.counts}"

    @property
    def at(self) -> str:
        """With the sampling rate, where settings of several are beside each other."""
        return f"{self} at {self.fps:g} fps"

    @property
    def condition(self) -> "Condition":
        """What settings that are compared have in common."""
        return self.fps, self.frames

    @property
    def counts(self) -> str:
        """The number of workers, and that of FFmpeg threads in each where there is more than one."""
        return f"{self.workers}x{self.ffmpeg_threads}" if self.ffmpeg_threads > 1 else f"{self.workers}"


Condition = tuple[float, Frames | Literal[""]]
"""A sampling rate; of a collection, also what becomes of its frames."""


def baseline(fps: float, frames: Frames | Literal[""] = "") -> Setting:
    """The setting that speedups are relative to: of a video sequential, of a collection one video after the other."""
    return Setting(REFERENCE_LOADER if frames else REFERENCE, 1, fps, 1, frames)


@dataclass(frozen=True)
class Plan:
    """What a sweep measures, as it was asked for; see `vdlab.sweep` for what each field means.

    Attributes:
        fps, strategies, ffmpeg_threads: without repetitions, in the order asked for; the reference is a strategy too.
        workers: the worker counts of every strategy, by name.
        budget_seconds: None where the number of repeats is given.
        seed: of the order of settings within each round.
        control: whether the leader is entered a second time in every round, see `Results.noise`.
        practical: the difference that counts, as a fraction: 0.05 for 5 %.
        looks: for how many looks at them the intervals are wide enough: 1, or with `repeats="auto"` as many as the
            sweep may take, and fewer once it is the budget that has ended it.
        frames: of a collection, in what cases it is measured, see `vdlab.sweep_collection`; empty for one video.
        using_seconds: of a collection, how long whoever uses the frames takes for each video, in the runs that show how
            long he waits for the next one; None for no such runs.
    """

    fps: Annotated[tuple[Rate, ...], Meta(min_length=1, max_length=MANY)]
    strategies: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MANY)]
    workers: Annotated[dict[Name, Annotated[tuple[Workers, ...], Meta(max_length=MANY)]], Meta(max_length=MANY)]
    ffmpeg_threads: Annotated[tuple[Workers, ...], Meta(min_length=1, max_length=MANY)]
    repeats: Positive | Literal["auto"]
    budget_seconds: Took | None
    warmup: Count
    seek_mode: Literal["approximate", "exact"]
    truth: bool | Count | None
    trace: bool
    memory: bool
    seed: Count
    control: bool
    practical: Annotated[float, Meta(ge=1e-3, le=1)] = PRACTICAL
    looks: Annotated[int, Meta(ge=1, le=1000)] = 1
    frames: Annotated[tuple[Frames, ...], Meta(max_length=3)] = ()
    using_seconds: Seconds | None = None

    def baseline(self, fps: float) -> Setting:
        """The setting that speedups are relative to at a sampling rate, of a collection in the first of its cases."""
        return baseline(fps, *self.frames[:1])


@dataclass(frozen=True)
class StrategyFacts:
    """A strategy as it was when it ran.

    Attributes:
        title: what it is called where people read.
        source: its source code; empty where that is not known.
        origin: where it came from: `built in`, a `cell` of a notebook, or a `file`.
    """

    title: str
    source: str = ""
    origin: Literal["built in", "cell", "file"] = "built in"


@dataclass(frozen=True, slots=True)
class Loading:
    """What only a run of a loader over a collection has.

    Attributes:
        videos: how many were asked for.
        failures: how many of them came as errors.
        returned_bytes: of frames that came back.
        first_seconds: until the first video came.
        clip_seconds: how long a worker took for a video, from the end of its last one: the shortest, the longest and
            evenly spaced quantiles between them. Empty where nobody can say, because frames came back.
    """

    videos: Positive
    failures: Count
    returned_bytes: Count
    first_seconds: Seconds
    clip_seconds: Annotated[tuple[Seconds, ...], Meta(max_length=101)] = ()

    def quantile(self, fraction: float) -> float:
        """How long a video takes that is longer than this fraction of them; NaN where nobody can say."""
        return self.clip_seconds[round(fraction * (len(self.clip_seconds) - 1))] if self.clip_seconds else nan


@dataclass(frozen=True, slots=True)
class Run:
    """One call of one strategy.

    Warm-up round 1 is the cold start, as cold as it gets without root: worker processes start inside it, the index of
    the video's packets is made anew, and the system was asked to drop the file from its cache.

    Attributes:
        setting: what was run.
        round: 1, 2, 3 ...; warm-up rounds are counted on their own.
        phase: `warmup` or `timed`; `control` for the second run in a round of the setting that leads, which takes no
            part in its median; `disturbed` for a timed or control run that a neighbour hit and that was repeated.
        began: seconds after the sweep began.
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
        others: how many CPUs all other processes of the machine used meanwhile, on average; None where it failed, or
            the machine does not tell.
        loading: what only runs over a collection have; None for one video.
        stack: where in a user's own strategy it failed; empty where it did not, and for those that come with VDLab.
    """

    setting: Setting
    round: Positive
    phase: Phase
    frames: Count
    verdict: Verdict
    began: Seconds = 0.0
    seconds: Took | None = None
    cpu_seconds: Seconds | None = None
    detail: str = ""
    differing: Count | None = None
    first_differing: Count | None = None
    largest_difference: Annotated[int, Meta(ge=0, le=255)] | None = None
    notes: str = ""
    times_checked: Count | None = None
    wrong_times: Count | None = None
    first_wrong_time: Count | None = None
    others: Annotated[float, Meta(ge=0, le=1e6)] | None = None
    loading: Loading | None = None
    stack: Annotated[str, Meta(max_length=LONGEST_STACK)] = ""

    def __repr__(self) -> str:
        took = f"{self.seconds:.3f} s, " if self.seconds else ""
        return f"<Run of {self.setting.at}, {self.phase} round {self.round}: {took}{self.verdict}>"

    @property
    def right(self) -> bool:
        """Whether it returned the frames that were asked for."""
        return self.verdict in RIGHT


@dataclass(frozen=True, slots=True)
class Span:
    """When one worker did one thing.

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

    worker: Count
    doing: Doing
    begin: Seconds
    end: Seconds
    frames: Count = 0

    def __post_init__(self) -> None:
        """Refuse what no clock says.

        Raises:
            ValueError: it ends before it begins.
        """
        if self.end < self.begin:
            raise ValueError(f"worker {self.worker} was {self.doing} until {self.end:g} s from {self.begin:g} s on")


@dataclass(frozen=True)
class Trace:
    """What each worker did when, in one run of its own: tracing costs time, so no timed run is traced.

    Attributes:
        setting: what was run.
        seconds: how long the traced run took.
        spans: by worker, then by time; a worker's spans do not overlap. Between them it waited. Where there were very
            many, short ones next to each other are put together by what was done: what each took, and its frames,
            stays right; the order within some thousandths of the run does not.
    """

    setting: Setting
    seconds: Seconds
    spans: Annotated[tuple[Span, ...], Meta(max_length=10_000)]

    def __repr__(self) -> str:
        return f"<Trace of {self.setting.at}: {len(self.spans)} spans in {self.seconds:.3f} s>"


@dataclass(frozen=True)
class Peak:
    """The memory that a setting took, in a run of its own: looking slows what is looked at.

    Attributes:
        setting: what was run.
        peak_bytes: the most that this process and all below it grew by, over what they had when warm and waiting.
        result_bytes: the decoded frames with their pts and durations: what no strategy can do without.
    """

    setting: Setting
    peak_bytes: Count
    result_bytes: Positive

    @property
    def beyond_result_bytes(self) -> int:
        """What it took besides the result."""
        return self.peak_bytes - self.result_bytes


@dataclass(frozen=True)
class Waited:
    """How long whoever uses frames waits for them, in a run of its own.

    Attributes:
        setting: what was run.
        using_seconds: how long he takes for each video.
        videos: how many there were.
        seconds: from the beginning to when he was done with the last one.
        waited_seconds: how long he had nothing to do in it.
    """

    setting: Setting
    using_seconds: Seconds
    videos: Positive
    seconds: Took
    waited_seconds: Seconds


@dataclass(frozen=True)
class Spent:
    """What a video's time goes into, in seconds; each was timed by itself, in one thread."""

    opening: Seconds
    scanning: Seconds
    decoding: Seconds
    converting: Seconds
    moving: Seconds


@dataclass(frozen=True)
class Stratum:
    """Videos of a collection that are alike: of one codec, of like size and length.

    Attributes:
        codec: FFmpeg's name of it.
        size, length: in words, such as `up to 360p` and `up to 10 s`.
        found: how many there are among those that were looked at.
        sampled: how many of these are measured.
        spent: what the time of a video of this kind goes into, in the median; None where that was not timed.
    """

    codec: str
    size: str
    length: str
    found: Count
    sampled: Count
    spent: Spent | None = None

    def __str__(self) -> str:
        return f"{self.codec}, {self.size}, {self.length}"


@dataclass(frozen=True)
class CollectionFacts:
    """What a report says of a collection.

    Attributes:
        listed: how many videos it has.
        looked_at: how many of them, drawn at random, were opened to see what there is.
        unreadable: how many of these could not be opened.
        sampled: how many are measured.
        strata: what there is, the most frequent first.
    """

    listed: Positive
    looked_at: Positive
    unreadable: Count
    sampled: Positive
    strata: Annotated[tuple[Stratum, ...], Meta(max_length=MANY)]

    @property
    def sentence(self) -> str:
        """Which of the videos were measured."""
        if self.sampled == self.listed:
            return f"all {self.listed:,} videos are measured"
        drawn = "" if self.looked_at == self.listed else f"{self.looked_at:,} were drawn at random and opened; "
        broken = f"; {self.unreadable:,} of these could not be opened" if self.unreadable else ""
        return (
            f"{self.sampled:,} of {self.listed:,} videos are measured: {drawn}each codec, size and length has its "
            f"due number of them{broken}"
        )


@dataclass(frozen=True)
class Difference:
    """The first frame of a setting that is not the reference's, in small pictures: what is decoded is not kept.

    Attributes:
        setting: whose frame it is.
        index, seconds: its number in the video, and when the reference shows it.
        largest: difference between two pixel values, 1 to 255.
        size: width and height of the whole frame, in pixels.
        corner: left and top of the square that is kept as it is, around the largest difference.
        reference, result: what should have been returned and what was, JPEG.
        difference: PNG; white is the largest difference, black is none.
        reference_crop, result_crop: the square of both, PNG.
    """

    setting: Setting
    index: Count
    seconds: Annotated[float, Meta(ge=-1e9, le=1e9)]
    largest: Annotated[int, Meta(ge=1, le=255)]
    size: tuple[Positive, Positive]
    corner: tuple[Count, Count]
    reference: Picture
    result: Picture
    difference: Picture
    reference_crop: Picture
    result_crop: Picture

    def __repr__(self) -> str:
        return f"<Difference of {self.setting.at}: frame {self.index}, by up to {self.largest} of 255>"


@dataclass(frozen=True)
class Decoded:
    """How many frames a setting decodes, counted in the video's packets; see `vdlab.gops.counts`.

    Attributes:
        setting: whose frames were counted.
        frames: how many are decoded in all, repetitions included.
        again: how many of these had been decoded before.
        left_out: how many frames of the video are not decoded at all.
        marks: for each frame of `Work.frame_types`, a digit: how often it is decoded, 9 for more; empty where that is.
    """

    setting: Setting
    frames: Count
    again: Count
    left_out: Count
    marks: Annotated[str, Meta(pattern=r"^[0-9]*\Z", max_length=MANY)] = ""


@dataclass(frozen=True)
class Work:
    """What has to be decoded for the frames of one sampling rate, and an excerpt of the video to show it on.

    Attributes:
        fps: the sampling rate; there are more of them here than were measured, from few frames to all.
        asked: how many frames are asked for.
        total: how many frames the video has; 0 where that can no longer be known.
        decoded: what settings would decode at a rate that was not measured; of those that were, see `Measurement.work`.
        exact: how many frames the sequential strategy would decode with exact seeking; None where that is not known.
        unknown: why some or all settings are missing, in words; empty where none is.
        first: the number of the excerpt's first frame.
        frame_types: the frames of the excerpt as they are shown, a letter each: `K` is a keyframe, `I`, `P` and `B`
            are others, in small letters where no other frame needs them, `?` where it is not known. Empty for no
            excerpt.
        wanted: for each of them, `1` where it is asked for and `0` where it is not.
    """

    fps: Rate
    asked: Count
    total: Count
    decoded: Annotated[tuple[Decoded, ...], Meta(max_length=MANY)] = ()
    exact: Count | None = None
    unknown: str = ""
    first: Count = 0
    frame_types: Annotated[str, Meta(pattern=r"^[KIPBipb?]*\Z", max_length=MANY)] = ""
    wanted: Annotated[str, Meta(pattern=r"^[01]*\Z", max_length=MANY)] = ""


@dataclass(frozen=True)
class Reference:
    """What the frames of every run are compared with, at one sampling rate.

    Attributes:
        fps: the sampling rate.
        strategy: that decoded it; empty where none could, and so nothing was measured.
        seek_mode: of that decode.
        because: why it is not the sequential strategy in the seek mode asked for; empty where it is.
    """

    fps: Rate
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

    fps: Rate
    sentence: Annotated[str, Meta(min_length=1)]
    checked: Count
    sampled: Count
    wrong: Count
    first: Count | None
    error: str = ""

    @property
    def right(self) -> bool:
        """Whether everything that was to be checked was, and was right."""
        return not self.wrong and not self.error


@dataclass(frozen=True)
class Remedy:
    """What to do about something, said to those at the command line, in the lab, and in code."""

    command: str = ""
    lab: str = ""
    code: str = ""


@dataclass(frozen=True)
class Caution:
    """What a reader must know before trusting a number, and what to do about it.

    Attributes:
        code: which kind it is, in a word.
        what: what was found, in words.
        about: the setting it was found in; empty where it concerns all.
        remedy: what to do about it.
    """

    code: str
    what: str
    about: str = ""
    remedy: Remedy = Remedy()

    def sentence(self, do: str) -> str:
        """What was found where, and what to do: one of the remedy's three, or nothing."""
        about = f"{self.about}: " if self.about else ""
        return f"{about}{self.what}{'; ' if do else ''}{do}"

    @property
    def message(self) -> str:
        """The whole sentence, for those at the command line."""
        return self.sentence(self.remedy.command)


@dataclass
class Measurement:
    """All that is known of a setting; whatever can be derived is derived.

    Attributes:
        setting: what was measured.
        runs: in the order in which they ended, warm-ups and failures included.
        trace: what each worker did when; None where that was not recorded.
        peak: the memory it took; None where that was not watched.
        work: how many frames it decodes; None where that is not known.
        difference: a frame of it that is not the reference's; None where all are, where sizes differ, and where
            another setting of the same strategy has one.
        waited: how long whoever uses the frames of a collection waits for them; None where nobody looked.
    """

    setting: Setting
    runs: Annotated[list[Run], Meta(max_length=10 * MANY)] = field(default_factory=list)
    trace: Trace | None = None
    peak: Peak | None = None
    work: Decoded | None = None
    difference: Difference | None = None
    waited: Waited | None = None

    @property
    def timed(self) -> list[Run]:
        """The timed runs that did not fail."""
        return self.in_phase("timed")

    def in_phase(self, phase: Phase) -> list[Run]:
        """The runs of a phase that did not fail."""
        return [run for run in self.runs if run.phase == phase and run.seconds is not None]

    @property
    def seconds(self) -> list[float]:
        """Wall-clock seconds of each timed run."""
        return [run.seconds for run in self.timed if run.seconds is not None]

    @property
    def cpu_seconds(self) -> list[float]:
        """CPU seconds of each timed run."""
        return [run.cpu_seconds for run in self.timed if run.cpu_seconds is not None]

    @property
    def median(self) -> float:
        """Seconds of the middle timed run; NaN where none was timed."""
        return median(self.seconds) if self.seconds else nan

    @property
    def std(self) -> float:
        """Seconds by which timed runs differ, as a standard deviation; NaN for fewer than two."""
        return stdev(self.seconds) if len(self.timed) > 1 else nan

    @property
    def median_cpu(self) -> float:
        """CPU seconds of the middle timed run; NaN where none was counted."""
        return median(self.cpu_seconds) if self.cpu_seconds else nan

    @property
    def frames_per_second(self) -> float:
        """Frames that were asked for / median seconds; NaN where nothing was timed."""
        return self.runs[0].frames / self.median

    @property
    def cold(self) -> float | None:
        """Seconds of the cold start, the first warm-up run; None where there was none."""
        return next((run.seconds for run in self.runs if (run.phase, run.round) == ("warmup", 1)), None)

    @property
    def worst(self) -> Run:
        """The run whose frames are farthest from what they should be."""
        return max(self.runs, key=lambda run: (VERDICTS.index(run.verdict), run.wrong_times or 0))

    @property
    def right(self) -> bool:
        """Whether every run returned the frames that were asked for."""
        return all(run.right for run in self.runs)

    def __repr__(self) -> str:
        if not self.runs:
            return f"<Measurement of {self.setting.at}: nothing yet>"
        took = f"{self.median:.3f} s, median of {len(self.timed)}" if self.timed else "not timed"
        return f"<Measurement of {self.setting.at}: {took}, {self.worst.verdict}>"

    def _repr_html_(self) -> str:
        known = {
            "Median": self.timed and f"{self.median:.3f} s",
            "Runs": ", ".join(f"{seconds:.3f} s" for seconds in self.seconds[:MOST_NUMBERS]),
            "CPU time": self.cpu_seconds and f"{self.median_cpu:.2f} s",
            "Cold start": self.cold and f"{self.cold:.3f} s",
            "Verdict": self.runs and self.worst.verdict,
            "Detail": self.runs and self.worst.detail,
        }
        return facts(self.setting.at, known)

    def pairs(self, other: "Measurement") -> list[tuple[float, float]]:
        """The seconds of `other` and of this one in every round in which both were timed."""
        theirs, mine = ({run.round: run.seconds for run in one.timed if run.seconds} for one in (other, self))
        return [(theirs[number], mine[number]) for number in theirs if number in mine]

    def speedup(self, over: "Measurement", tests: int = 1) -> Ratio | None:
        """How many times as fast as `over`, with its interval; None where they have no round in common.

        Args:
            tests: how many such intervals are looked at before one is chosen, see `paired_ratio`.
        """
        pairs = self.pairs(over)
        return paired_ratio([theirs for theirs, _ in pairs], [mine for _, mine in pairs], tests) if pairs else None

    def efficiency(self, speedup: Ratio | None) -> float:
        """A speedup of this setting / its threads or processes; NaN where there is none."""
        return nan if speedup is None else speedup.value / (self.setting.workers * self.setting.ffmpeg_threads)


@dataclass(frozen=True)
class Noise:
    """What one setting that was entered twice says of the machine: by how much the same differs from the same.

    Attributes:
        setting: that was entered twice.
        ratio: of the twins, with its 95 % interval: 1 but for noise.
        rounds: in how many both ran.
        floor: the factor, such as 1.04, below which no difference between two settings is called one.
    """

    setting: Setting
    ratio: Ratio
    rounds: int
    floor: float


@dataclass
class Results:
    """The measurements of one sweep, and what is needed to understand and repeat it.

    Attributes:
        video: what was decoded.
        machine: where; plain, JSON-ready facts.
        plan: what was to be measured.
        version: of VDLab, when the sweep ran.
        started, finished: ISO 8601 times; `finished` is None where the sweep was cut short.
        measurements: one a setting, in the order of the plan.
        references: what the frames are compared with, one entry a sampling rate.
        truths: whether the reference is right, one entry a sampling rate that was checked.
        cautions: what weakens the numbers.
        strategies: the strategies as they were when they ran, by name.
        work: what has to be decoded, one entry a sampling rate, the measured ones first.
        collection: what there is of videos, where it is a collection; then `video` says of all together what it can.
    """

    video: VideoFacts
    machine: MachineFacts
    plan: Plan
    version: str
    started: Moment
    finished: Moment | None = None
    measurements: Annotated[list[Measurement], Meta(max_length=10 * MANY)] = field(default_factory=list)
    references: Annotated[list[Reference], Meta(max_length=MANY)] = field(default_factory=list)
    truths: Annotated[list[Truth], Meta(max_length=MANY)] = field(default_factory=list)
    cautions: Annotated[list[Caution], Meta(max_length=10 * MANY)] = field(default_factory=list)
    strategies: Annotated[dict[Name, StrategyFacts], Meta(max_length=MANY)] = field(default_factory=dict)
    work: Annotated[list[Work], Meta(max_length=MANY)] = field(default_factory=list)
    collection: CollectionFacts | None = None

    def __post_init__(self) -> None:
        """Refuse what no sweep leaves behind.

        Raises:
            ValueError: in a line, what contradicts what.
        """
        for moment in filter(None, (self.started, self.finished)):
            datetime.fromisoformat(moment).astimezone()  # raises the error itself, for the 30th of February
        if len(set(self.plan.fps)) < len(self.plan.fps):
            raise ValueError("a sampling rate is planned twice")
        settings = [one.setting for one in self.measurements]
        if len(set(settings)) < len(settings):
            raise ValueError("a setting has more than one measurement")
        for one in self.measurements:
            held = [*one.runs, one.trace, one.peak, one.work, one.difference, one.waited]
            if any(record is not None and record.setting != one.setting for record in held):
                raise ValueError(f"the measurement of {one.setting} holds a record of another setting")
            if one.setting.fps not in self.plan.fps:
                raise ValueError(f"{one.setting} was measured at {one.setting.fps:g} fps, which was not planned")

    @property
    def case(self) -> str:
        """What becomes of the frames of a collection, in words, where all settings do the same; else empty."""
        return CASES[self.plan.frames[0]] if len(self.plan.frames) == 1 else ""

    @property
    def cases(self) -> "tuple[Results, ...]":
        """What can be compared with one another: of a collection, a view for each case of what becomes of frames."""
        return tuple(map(self.only, self.plan.frames)) if len(self.plan.frames) > 1 else (self,)

    def only(self, frames: Frames) -> "Results":
        """One case of a collection, for whoever takes the results of one: the very measurements, without the others."""
        measured = [one for one in self.measurements if one.setting.frames == frames]
        return replace(self, plan=replace(self.plan, frames=(frames,)), measurements=measured)

    def __repr__(self) -> str:
        from vdlab.results.shown import in_short

        return f"<{in_short(self, 240)}>"

    def _repr_html_(self) -> str:
        from vdlab.results.shown import as_html

        return as_html(self)

    def find(self, setting: Setting) -> Measurement | None:
        """The measurement of a setting; None where there is none."""
        return next((one for one in self.measurements if one.setting == setting), None)

    def of(self, setting: Setting) -> Measurement:
        """The measurement of a setting; one that knows nothing yet, and joins the others, where there was none."""
        found = self.find(setting)
        if found is None:
            found = Measurement(setting)
            self.measurements.append(found)
        return found

    def at(self, fps: float) -> list[Measurement]:
        """The measurements at a sampling rate that have runs."""
        return [one for one in self.measurements if one.setting.fps == fps and one.runs]

    def over(self, setting: Setting) -> Measurement:
        """What a setting's speedup is relative to: sequential at the same rate; without runs where it has none."""
        return self.find(baseline(*setting.condition)) or Measurement(setting)

    def speedup(self, one: Measurement) -> Ratio | None:
        """How many times as fast as sequential a setting is: `ratio`."""
        return self.ratio(one, self.over(one.setting))

    def tests(self, fps: float) -> int:
        """How many intervals hold together, see `paired_ratio`: of all pairs of settings, at every look and rate."""
        settings = sum(1 for one in self.at(fps) if one.timed)
        return self.plan.looks * len(self.plan.fps) * max(1, settings * (settings - 1) // 2)

    def ratio(self, one: Measurement, other: Measurement) -> Ratio | None:
        """How many times as fast as `other` a setting is, with the one interval that every reader is shown."""
        return one.speedup(other, self.tests(one.setting.fps))

    def standing(self, fps: float) -> "Standing":
        """Which setting is fastest at a sampling rate, and how surely: see `Standing`."""
        from vdlab.results.judgement import standing

        return standing(self, fps)

    def noise(self, fps: float) -> Noise | None:
        """What the setting that was entered twice says of noise at a sampling rate.

        None without a control, and before it and its twin have run in two rounds.
        """
        one = max(self.at(fps), key=lambda one: len(one.in_phase("control")), default=None)
        if one is None:
            return None
        twin = Measurement(one.setting, [replace(run, phase="timed") for run in one.in_phase("control")])
        ratio = twin.speedup(one)
        if ratio is None or ratio.low is None or ratio.high is None:
            return None
        return Noise(one.setting, ratio, len(twin.pairs(one)), exp(max(-log(ratio.low), log(ratio.high))))

    def decoded(self, work: Work) -> list[Decoded]:
        """What settings decode at the sampling rate of `work`, measured there or not."""
        return [*work.decoded, *(one.work for one in self.measurements if one.work and one.setting.fps == work.fps)]

    @property
    def runs(self) -> list[Run]:
        """Every run in the order in which they began."""
        return sorted((run for one in self.measurements for run in one.runs), key=lambda run: run.began)

    @property
    def traces(self) -> list[Trace]:
        """Every trace there is."""
        return [one.trace for one in self.measurements if one.trace]

    @property
    def peaks(self) -> list[Peak]:
        """Every memory peak there is."""
        return [one.peak for one in self.measurements if one.peak]

    @property
    def rates(self) -> list[float]:
        """The sampling rates at which something was timed, in the order of the plan."""
        return [fps for fps in self.plan.fps if any(one.timed for one in self.at(fps))]

    @property
    def label(self) -> str:
        """Which machine, and when it began: what tells the runs of one machine apart."""
        return f"{harmless(self.machine.hostname or 'unnamed')}, {self.started[:19].replace('T', ' ')}"

    @property
    def agrees(self) -> bool:
        """Whether every run of every strategy returned the reference's frames, each with the time it should have."""
        return all(one.right for one in self.measurements)

    def first_rate(self, fps: float | None = None) -> float:
        """The sampling rate to look at: the one asked for, or the first of the plan."""
        return self.plan.fps[0] if fps is None else fps

    def title(self, strategy: str) -> str:
        """What a strategy is called where people read."""
        return self.strategies[strategy].title if strategy in self.strategies else strategy

    def frames(self, fps: float) -> int:
        """How many frames are asked for at a sampling rate; 0 where nothing was run."""
        return next((run.frames for one in self.at(fps) for run in one.runs), 0)

    def difference(self, strategy: str, fps: float) -> Difference | None:
        """The frame of a strategy that is not the reference's, whichever setting it is of; None where there is none."""
        same = (one for one in self.measurements if one.setting.strategy == strategy and one.setting.fps == fps)
        return next((one.difference for one in same if one.difference), None)

    def seconds(self, setting: Setting) -> list[float]:
        """A setting's timed runs, in seconds, in the order of rounds."""
        found = self.find(setting)
        return found.seconds if found else []

    @property
    def frame(self) -> "pd.DataFrame":
        """Tidy: one row a run, in the order in which they began; columns of `Setting` and `Run`, and the seek mode."""
        from vdlab.results.tables import frame

        return frame(self)

    def summary(self) -> "pd.DataFrame":
        """One row a setting: median, spread, speedup over sequential and whether the frames are the same.

        Columns: strategy, workers, fps, ffmpeg_threads, setting (the four as text), runs; median, std, min, max
        (seconds); speedup (of the median round) with its 95 % interval speedup_low to speedup_high; efficiency
        (speedup / threads or processes); frames_per_second; cpu_seconds (median); verdict, detail,
        largest_difference, notes, times_checked, wrong_times and first_wrong_time of the worst of the setting's runs.
        What was not measured is NaN, and so is every speedup where sequential failed.

        Of a collection also: case (what becomes of frames), videos, failures, returned_bytes, first_seconds (until the
        first video came), videos_per_second, cpu_seconds_per_video, clip_p50 and clip_p95 (seconds of a worker for a
        video), and waited: what fraction of the time somebody who uses the frames waits for them.
        """
        from vdlab.results.tables import summary

        return summary(self)

    @staticmethod
    def concat(results: "Sequence[Results]") -> "pd.DataFrame":
        """Every run of every results, one row a run: `frame`, after the columns `machine`, `started` and `video`."""
        from vdlab.results.tables import concat

        return concat(results)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything to one JSON file, whole or not at all.

        Raises:
            VDLabError: it cannot be written there.
        """
        from vdlab.results.store import save

        return save(self, path)

    def save_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write `frame` as CSV, whole or not at all; cells that begin like a formula get an apostrophe in front.

        Raises:
            VDLabError: it cannot be written there.
        """
        from vdlab.results.tables import as_csv

        with written_whole(path) as aside:
            aside.write_text(as_csv(self), encoding="utf-8")
        return Path(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Results":
        """The very object that `save` wrote.

        Raises:
            VDLabError: the file is missing, damaged, or written by another version: in a line, which field and why.
        """
        from vdlab.results.store import load

        return load(path)
