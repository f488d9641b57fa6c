"""`vdlab bench`: measure, print the table, leave charts and results behind."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from vdlab.cli import terminal
from vdlab.cli.terminal import FullOption, SeekModeOption
from vdlab.errors import VDLabError

if TYPE_CHECKING:
    from rich.table import Table

    from vdlab.charts.chart import Chart
    from vdlab.report.facts import Section
    from vdlab.results.records import Results, Verdict

Sample = int | Literal["auto", "all"]

SPARE = ("Efficiency", "CPU [s]", "Frames/s", "First [s]", "p50 [ms]", "Peak memory", "CPU/video [ms]", "Returned")
"""Columns that a narrow terminal can do without, first those that are missed least."""

STYLES: "dict[Verdict, str]" = {"identical": "green", "close": "yellow", "differs": "bold red", "failed": "bold red"}


VideosArgument = Annotated[
    Path | None,
    typer.Argument(
        readable=False,
        help="A video; the embedded clip, repeated, if left out. Or many: a folder, a pattern, a CSV list.",
    ),
]
FpsOption = Annotated[str, typer.Option(help="Frames to sample a second of video; several with commas.")]
WorkersOption = Annotated[
    list[str] | None,
    typer.Option(help="Worker counts with commas; 1, 2, 4 ... CPUs if left out. For one strategy: threads=1,2."),
]
ThreadsOption = Annotated[
    str | None,
    typer.Option(help="Threads of each decoder with commas, for what takes both numbers; 1,2, of a folder 1."),
]
FramesOption = Annotated[
    str,
    typer.Option(help="Of a folder: what becomes of frames, with commas; stay where they are, come small or whole."),
]
SampleOption = Annotated[
    str,
    typer.Option(help="Of a folder: how many videos are measured, or all; auto takes what the budget has room for."),
]
UsingOption = Annotated[
    float | None,
    typer.Option(help="Of a folder: seconds that a training step takes for each video, to see how long it waits."),
]
StrategiesOption = Annotated[
    str | None, typer.Option(help="Names with commas; the tutorial's four and pruned-threads if left out.")
]
RepeatsOption = Annotated[
    str, typer.Option(help="Timed rounds; auto goes on until the verdicts are settled or the budget is spent.")
]
TruthOption = Annotated[
    bool | None,
    typer.Option(
        "--truth/--no-truth",
        help="Check the reference against a slow decode without seeking; left out, where the file leaves a doubt.",
    ),
]
SeedOption = Annotated[int | None, typer.Option(help="Of the order within each round; drawn if left out.")]
ControlOption = Annotated[
    bool, typer.Option("--control/--no-control", help="Enter the fastest twice in each round, to see what is noise.")
]
PracticalOption = Annotated[
    str, typer.Option(help="The difference that counts: 5% or 0.05. What differs by less is called as fast.")
]
TraceOption = Annotated[
    bool, typer.Option("--trace/--no-trace", help="Record what each worker does when, in runs of their own.")
]
MemoryOption = Annotated[bool, typer.Option("--memory/--no-memory", help="Measure peak memory, in runs of their own.")]
ChartsOption = Annotated[
    str | None,
    typer.Option(help="Names with commas, such as time,speedup; all that have something to show if left out."),
]
OutOption = Annotated[Path | None, typer.Option(help="Folder for results and charts; a new one if left out.")]


def bench(
    video: VideosArgument = None,
    fps: FpsOption = "2",
    workers: WorkersOption = None,
    ffmpeg_threads: ThreadsOption = None,
    strategies: StrategiesOption = None,
    repeats: RepeatsOption = "auto",
    budget: Annotated[float, typer.Option(help="Seconds that --repeats auto may take.")] = 120,
    warmup: Annotated[int, typer.Option(help="Untimed rounds before them.")] = 1,
    seek_mode: SeekModeOption = "approximate",
    full: FullOption = False,
    truth: TruthOption = None,
    trace: TraceOption = True,
    memory: MemoryOption = True,
    seed: SeedOption = None,
    control: ControlOption = True,
    practical: PracticalOption = "5%",
    frames: FramesOption = "stay,small,whole",
    sample: SampleOption = "auto",
    using: UsingOption = None,
    charts: ChartsOption = None,
    out: OutOption = None,
    code: Annotated[bool, typer.Option("--code", help="Also print the verdict as a script.")] = False,
) -> None:
    """Time every strategy, or of a folder every loader, check their frames, and write results, charts and a report."""
    from vdlab.benchmark.plan import USUAL, USUAL_LOADERS, worker_counts
    from vdlab.benchmark.sweep import sweep
    from vdlab.notes import collected
    from vdlab.results.earlier import new_folder
    from vdlab.video.collection import is_collection

    many = video is not None and is_collection(video)
    usual, inner = (USUAL_LOADERS, "1") if many else (USUAL, "1,2")
    names = names_asked(strategies, usual)
    common, own = worker_counts(workers, "--workers {}")
    wanted = charts_asked(charts)
    asked: dict[str, Any] = {
        "fps": terminal.option("fps", fps, tuple[float, ...]),
        "workers": ({name: common for name in names} if common is not None else {}) | own or None,
        "ffmpeg_threads": terminal.option("ffmpeg_threads", ffmpeg_threads or inner, tuple[int, ...]),
        "repeats": terminal.option("repeats", repeats, int | Literal["auto"]),
        "budget_seconds": budget,
        "warmup": warmup,
        "memory": memory,
        "seed": seed,
        "control": control,
        "practical": terminal.fraction(practical, "--practical"),
    }
    if many and video is not None:
        run, path = loading(video, names, frames, sample, using), video
    else:
        source = terminal.open_video(video, full, seek_mode)
        terminal.print_header(source, asked["fps"])
        asked |= {"seek_mode": seek_mode, "truth": truth, "trace": trace}
        run, path = partial(sweep, source, strategies=names), source.path
    folder = out or new_folder(Path("results"), path)
    with removed_if_empty(folder, out is None), collected() as notes, terminal.sweep_bar() as progress:
        results = run(**asked, save=folder, progress=progress)
    finish(results, notes, wanted, folder, code)


def loading(
    videos: Path, names: Sequence[str], frames: str, sample: str, using: float | None
) -> "Callable[..., Results]":
    """The sweep of a collection, as far as it is not asked like that of one video.

    Raises:
        SettingsError: what becomes of frames, or how many videos, cannot be read.
    """
    from vdlab.benchmark.collection import sweep_collection
    from vdlab.results.records import Frames

    cases, count = terminal.option("frames", frames, tuple[Frames, ...]), terminal.option("sample", sample, Sample)
    return partial(sweep_collection, videos, loaders=names, frames=cases, sample=count, using_seconds=using)


def finish(results: "Results", notes: list[str], wanted: "list[Chart] | None", folder: Path, code: bool) -> NoReturn:
    """Print and write what there is; the exit status says whether all frames were right.

    Raises:
        KeyboardInterrupt: the sweep was cut short by it.
        VDLabError: something could not be written: where all runs are all the same.
    """
    print_results(results)
    terminal.print_notes(notes)
    if results.finished is None:
        terminal.console().print(what_is_left(results, folder), markup=False, soft_wrap=True)
        raise KeyboardInterrupt
    try:
        write(results, wanted, folder, code)
    except VDLabError as error:
        raise VDLabError(f"{error}; {rescued(results, folder)}") from error
    raise typer.Exit(0 if results.agrees else 1)


@contextmanager
def removed_if_empty(folder: Path, own: bool) -> Iterator[None]:
    """Where nothing can be measured, take a folder away that was made for it."""
    try:
        yield
    finally:
        with suppress(OSError):  # it is not empty
            if own:
                folder.rmdir()


def what_is_left(results: "Results", folder: Path) -> str:
    """After Ctrl-C: what had ended until then, and how to have its report, which would only keep people waiting now."""
    path = folder / "results.json"
    if not results.runs:
        return "interrupted before any run had ended"
    return f"interrupted: {len(results.runs)} runs had ended, and are in {path}; vdlab report {path} --to report.html"


def rescued(results: "Results", folder: Path) -> str:
    """Where all runs are although something could not be written to the folder: there, or where temporary files go."""
    for find in (lambda: folder, lambda: Path(mkdtemp(prefix="vdlab-"))):
        with suppress(VDLabError, OSError):
            path = results.save(find() / "results.json")
            return f"all {len(results.runs)} runs are in {path}, of which vdlab report makes the rest"
    return "what was measured is in the table above, and nowhere else"


def names_asked(text: str | None, usual: Sequence[str]) -> Sequence[str]:
    """What is measured: these names, or the usual ones where none were given."""
    return usual if text is None else terminal.option("strategies", text, tuple[str, ...])


def charts_asked(text: str | None) -> "list[Chart] | None":
    """The charts of these names; None where none were named.

    Raises:
        SettingsError: there is no chart of a name.
    """
    from vdlab.charts.catalogue import chart

    return None if text is None else [chart(name) for name in terminal.option("charts", text, tuple[str, ...])]


def print_results(results: "Results") -> None:
    """A table a sampling rate, of a folder a case too, the verdict in a sentence, and everything that weakens it."""
    from rich.text import Text

    from vdlab.report.facts import sections
    from vdlab.results.verdict import verdict, words_of_cautions

    out = terminal.console()
    found = sections(results)
    for section in found:
        terminal.print_fitting(partial(table, section), [one for one in SPARE if one in section.rows[0].cells])
    out.print(Text(verdict(results), style="bold"))
    if results.collection:
        out.print(Text(results.collection.sentence))
    for section in found:
        at = where(results, section)
        for sentence in section.said_of_speed:
            out.print(Text(f"{at}{sentence}"))
    for one in results.measurements:
        if one.runs and one.worst.detail:
            out.print(Text(f"{one.setting}: {one.worst.detail}", style=STYLES[one.worst.verdict]))
        if one.runs and one.worst.notes:
            out.print(Text(f"{one.setting}: {one.worst.notes}", style="cyan"))
    for section in found:
        at = where(results, section)
        for sentence, good in section.said_of_frames:
            out.print(Text(f"frames: {at}{sentence}", style="dim" if good else "bold yellow"))
    for caution in words_of_cautions(results.cautions, "command"):
        out.print(Text(f"warning: {caution.sentence}", style="yellow"))


def where(results: "Results", section: "Section") -> str:
    """How a sentence on a section begins where there are several."""
    at = f"at {section.fps:g} fps, " if len(results.plan.fps) > 1 else ""
    return f"{at}{section.results.case}: " if len(results.cases) > 1 else at


def table(section: "Section", without: Sequence[str] = ()) -> "Table":
    """One row a setting, in bold the fastest and what cannot be told from it; without some of the columns."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    title = f"Sampling at {section.title if section.results.collection else f'{section.fps:g} fps'}"
    found = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    headings = [heading for heading in section.rows[0].cells if heading not in without]
    for heading in headings:
        text = heading in ("Strategy", "Loader", "Verdict")
        # As text: [s] would be taken for markup.
        lines = Text(heading.replace(" [", "\n[").replace(" memory", "\nmemory"))
        found.add_column(
            lines, justify="left" if text else "right", vertical="bottom", overflow="fold", no_wrap=not text
        )
    for row in section.rows:
        *cells, verdict = (Text(row.cells[heading]) for heading in headings)
        verdict.stylize(STYLES[row.measurement.worst.verdict])
        found.add_row(*cells, verdict, style="bold" if row.best else None)
    return found


def write(results: "Results", charts: "list[Chart] | None", folder: Path, code: bool) -> None:
    """Write the charts that have something to show at the first sampling rate, all if None, and the reports."""
    from vdlab import report
    from vdlab.charts.canvas import save
    from vdlab.charts.catalogue import charts_of
    from vdlab.results.judgement import standing

    results.save(folder / "results.json")
    fps, pictures, case = results.first_rate(), [], results.cases[0]
    for chart in charts_of(results) if charts is None else charts:
        lacking = chart.lacking(case, fps)
        if not lacking:
            pictures.append(save(chart.draw(case), folder / f"{chart.name}.png"))
        elif charts is not None:
            terminal.console().print(f"{chart.name} is not drawn: {lacking}", markup=False)
    reports = [report.write(results, folder / name) for name in ("report.html", "report.md")]
    terminal.print_files([folder / "results.json", folder / "results.csv", *pictures, *reports])
    if code and standing(case, fps).choice is not None:
        print(report.code(results), end="")
