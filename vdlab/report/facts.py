"""What every report says, whatever its format: a row a setting, and the video and the machine in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from vdlab.charts.catalogue import CHARTS, Chart
from vdlab.results.records import Measurement, Results
from vdlab.results.statistics import Ratio
from vdlab.results.verdict import Said, fastest, words_of_frames
from vdlab.results.wording import interval, number, size, spread

Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """What a report says of a setting.

    Attributes:
        measurement: all that is known of it.
        speedup: over sequential; None where there is none.
        best: whether it is the fastest with the right frames.
        cells: the text of each column by its heading, the same headings in every row of a sampling rate.
    """

    measurement: Measurement
    speedup: Ratio | None
    best: bool
    cells: dict[str, str]


@dataclass(frozen=True)
class Section:
    """What a report says of one sampling rate.

    Attributes:
        fps, frames: the rate, and how many frames it asks for.
        rows: one a setting.
        rounds: in how many each was timed, in words.
        notes: what was wrong or special with runs, a sentence each.
        said_of_frames: whether they are the right ones.
        words: what the charts say in sentences that no earlier section had.
    """

    fps: float
    frames: int
    rows: list[Row]
    rounds: str
    notes: list[str]
    said_of_frames: list[Said]
    words: list[str]

    @property
    def best(self) -> Row | None:
        """The fastest with the right frames."""
        return next((row for row in self.rows if row.best), None)

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
    """One a sampling rate at which anything ran, in the order of the plan."""
    found: list[Section] = []
    for fps in results.plan.fps:
        measured = results.at(fps)
        if measured:
            heard = {sentence for section in found for sentence in section.words}
            words = [said for chart in CHARTS for said in sentences(chart, results, fps) if said not in heard]
            notes = [
                f"{one.setting}: {said}" for one in measured for said in (one.worst.detail, one.worst.notes) if said
            ]
            found.append(
                Section(
                    fps=fps,
                    frames=results.frames(fps),
                    rows=rows(results, fps),
                    rounds=rounds(measured),
                    notes=notes,
                    said_of_frames=words_of_frames(results, fps),
                    words=list(dict.fromkeys(words)),
                )
            )
    return found


def sentences(chart: Chart, results: Results, fps: float) -> list[str]:
    """What a chart says in words at a sampling rate that was measured."""
    if chart.says is None or fps not in results.rates or chart.lacking(results, fps):
        return []
    return chart.says(results, fps)


def rows(results: Results, fps: float) -> list[Row]:
    """One a setting that ran at a sampling rate: the same figures in a terminal, a page and Markdown."""
    best, measured = fastest(results, fps), results.at(fps)
    memory = any(one.peak for one in measured)
    found = []
    for one in measured:
        speedup, rate = results.speedup(one), one.frames_per_second
        cells = {
            "Strategy": one.setting.strategy,
            "Workers": one.setting.counts,
            "Median ± std [s]": spread(one.median, one.std),
            "Speedup [95 %]": interval(speedup.value, speedup.low, speedup.high) if speedup else "-",
            "Efficiency": number(one.efficiency(speedup), ".0%"),
            "Frames/s": number(rate, ",.0f" if rate >= 10 else ".1f"),
            "CPU [s]": number(one.median_cpu, ".2f"),
            **({"Peak memory": size(one.peak.peak_bytes) if one.peak else "-"} if memory else {}),
            "Verdict": one.worst.verdict,
        }
        found.append(Row(one, speedup, one is best, cells))
    return found


def rounds(measured: Sequence[Measurement]) -> str:
    """In how many rounds settings were timed: one that failed has fewer, and with `repeats="auto"` nobody said."""
    counts = sorted({len(one.timed) for one in measured if one.timed}) or [0]
    return f"{counts[0]} to {counts[-1]} rounds" if len(counts) > 1 else f"{counts[0]} round{'s' * (counts[0] != 1)}"


def video_facts(results: Results) -> Facts:
    """What was decoded. The file's name only: its folder names the person and tells nobody else anything."""
    video = results.video
    found = [
        ("File", video.name),
        ("Picture", f"{video.width} x {video.height} pixels"),
        ("Codec", video.codec),
        ("Length", video.duration_seconds and f"{video.duration_seconds:,.1f} s"),
        ("Frames", f"{video.num_frames:,}"),
        ("Frame rate", video.average_fps and f"{video.average_fps:g} fps"),
        ("Bit rate", video.bit_rate and f"{video.bit_rate / 1000:,.0f} kbit/s"),
        ("Seeking", results.plan.seek_mode),
    ]
    return [(label, str(value)) for label, value in found if value]


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
