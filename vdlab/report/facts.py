"""What every report says, whatever its format: a row a setting, and the video and the machine in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from vdlab.charts.catalogue import Chart, charts_of
from vdlab.results.judgement import Standing, standing
from vdlab.results.records import Measurement, Results
from vdlab.results.tables import cells
from vdlab.results.verdict import Said, words_of_frames, words_of_speed
from vdlab.results.wording import enumerated, rate

Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """What a report says of a setting.

    Attributes:
        measurement: all that is known of it.
        best: whether it is known to be the fastest with the right frames, or one that cannot be told from it.
        cells: the text of each column by its heading, the same headings in every row of a sampling rate.
    """

    measurement: Measurement
    best: bool
    cells: dict[str, str]


@dataclass(frozen=True)
class Section:
    """What a report says of one sampling rate, of a collection in one case of what becomes of frames.

    Attributes:
        results: of that case.
        fps, frames: the rate, and how many frames it asks for.
        standing: who is fastest.
        rows: one a setting.
        rounds: in how many each was timed, in words.
        said_of_speed: what can be told of strategies against each other, and how much is noise.
        notes: what was wrong or special with runs, a sentence each.
        said_of_frames: whether they are the right ones.
        words: what the charts say in sentences that no earlier section had.
    """

    results: Results
    fps: float
    frames: int
    standing: Standing
    rows: list[Row]
    rounds: str
    said_of_speed: list[str]
    notes: list[str]
    said_of_frames: list[Said]
    words: list[str]

    @property
    def title(self) -> str:
        """What was measured here."""
        asked = f"{self.fps:g} fps: {self.frames:,} of {self.results.video.num_frames:,} frames"
        return f"{asked}, {self.results.case}" if self.results.case else asked

    @property
    def counts(self) -> list[str]:
        """Every number of workers, and of FFmpeg threads in each, from the least to the most."""
        settings = [row.measurement.setting for row in self.rows]
        settings.sort(key=lambda setting: (setting.workers, setting.ffmpeg_threads))
        return list(dict.fromkeys(setting.counts for setting in settings))

    @property
    def verdicts(self) -> dict[str, dict[str, str]]:
        """The worst verdict of each strategy by its counts."""
        found: dict[str, dict[str, str]] = {}
        for row in self.rows:
            setting = row.measurement.setting
            found.setdefault(setting.strategy, {})[setting.counts] = row.measurement.worst.verdict
        return found


def sections(results: Results) -> list[Section]:
    """One a case and sampling rate at which anything ran, in the order of the plan."""
    found: list[Section] = []
    for case in results.cases:
        for fps in case.plan.fps:
            if case.at(fps):
                found.append(section(case, fps, {sentence for earlier in found for sentence in earlier.words}))
    return found


def section(results: Results, fps: float, heard: set[str]) -> Section:
    """What is said of a sampling rate at which something ran, without sentences of charts that others have said."""
    measured = results.at(fps)
    words = [said for chart in charts_of(results) for said in sentences(chart, results, fps) if said not in heard]
    return Section(
        results=results,
        fps=fps,
        frames=results.frames(fps),
        standing=standing(results, fps),
        rows=rows(results, fps),
        rounds=rounds(measured),
        said_of_speed=words_of_speed(results, fps),
        notes=[f"{one.setting}: {said}" for one in measured for said in (one.worst.detail, one.worst.notes) if said],
        said_of_frames=words_of_frames(results, fps),
        words=list(dict.fromkeys(words)),
    )


def sentences(chart: Chart, results: Results, fps: float) -> list[str]:
    """What a chart says in words at a sampling rate that was measured."""
    if chart.says is None or fps not in results.rates or chart.lacking(results, fps):
        return []
    return chart.says(results, fps)


def rows(results: Results, fps: float) -> list[Row]:
    """One a setting that ran at a sampling rate: the same figures in a terminal, a page and Markdown."""
    found, measured = standing(results, fps), results.at(fps)
    best = {one.setting for one in found.tied if found.told}
    memory = any(one.peak for one in measured)
    return [Row(one, one.setting in best, cells(results, one, memory)) for one in measured]


def tiles(results: Results, found: Standing) -> Facts:
    """The standing as a few large words and figures, each over what it means; the figures are of the choice."""
    choice, over = found.choice, found.over_sequential
    if choice is None:
        return []
    names = enumerated([str(one.setting) for one in found.tied], "or")
    workers = f", {choice.setting.workers} workers" if choice.setting.workers > 1 else ""
    if not found.told:
        written = [("Cannot tell yet", f"which is the fastest; the figures are of {choice.setting}")]
    elif len(found.tied) > 1:
        written = [("Too close to call", f"{names}; the figures are of {choice.setting}, the simplest")]
    else:
        written = [(results.title(choice.setting.strategy), f"fastest with the right frames{workers}")]
    if over and not over.ratio.wide:
        low, high = over.ratio.low, over.ratio.high
        written.append((f"{over.ratio.value:.2f}x", f"as fast as {over.other.strategy}, {low:.2f} to {high:.2f}"))
    beside = f", where {over.other.strategy} takes {results.over(choice.setting).median:.2f} s" if over else ""
    written.append((f"{choice.median:.2f} s", f"to decode {results.frames(choice.setting.fps):,} frames{beside}"))
    return [*written, (rate(choice.frames_per_second), "frames a second")]


def rounds(measured: Sequence[Measurement]) -> str:
    """In how many rounds settings were timed: one that failed has fewer, and with `repeats="auto"` nobody said."""
    counts = sorted({len(one.timed) for one in measured if one.timed}) or [0]
    return f"{counts[0]} to {counts[-1]} rounds" if len(counts) > 1 else f"{counts[0]} round{'s' * (counts[0] != 1)}"


def video_facts(results: Results) -> Facts:
    """What was decoded. The file's name only: its folder names the person and tells nobody else anything."""
    if results.collection is None:
        return [*results.video.facts.items(), ("Seeking", results.plan.seek_mode)]
    kinds = [(str(one), f"{one.sampled:,} of {one.found:,} looked at") for one in results.collection.strata]
    return [("Folder", results.video.name), ("Measured", results.collection.sentence), *kinds]


def machine_facts(results: Results) -> Facts:
    """Where it was measured, and with which software; what is not known is left out."""
    machine = results.machine
    gpu, ffmpeg = machine.gpu, machine.ffmpeg
    memory = machine.memory_limit_bytes or machine.memory_bytes
    # Both share their machine with others.
    around = [name for name, there in (("a container", machine.container), ("a CI job", machine.ci)) if there]
    found = [
        ("Name", machine.hostname),
        ("Processor", machine.cpu_model),
        ("CPUs", f"{machine.cpus_allowed} allowed" + (f" of {machine.cpus_total}" if machine.cpus_total else "")),
        ("Memory", memory and f"{memory / 2**30:.1f} GiB"),
        ("GPU", gpu and f"{gpu.name}, driver {gpu.driver}, CUDA {gpu.cuda}"),
        ("System", machine.os),
        ("Surroundings", ", ".join(around)),
        ("Busy before", machine.load and f"{machine.load[0]:.2f} threads, mean over a minute"),
        ("Python", machine.python),
        ("FFmpeg", ffmpeg and f"{ffmpeg.version}, {'of the system' if ffmpeg.source == 'system' else 'of PyAV'}"),
        *((package, version) for package, version in machine.versions.items() if package != "vdlab"),
        ("VDLab", results.version),
    ]
    return [(label, str(value)) for label, value in found if value]
