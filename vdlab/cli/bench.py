"""`vdlab bench`: measure, print the table, leave charts and results behind."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from vdlab.cli import terminal
from vdlab.cli.terminal import FullOption, SeekModeOption, VideoArgument
from vdlab.errors import SettingsError, VDLabError

if TYPE_CHECKING:
    from rich.table import Table

    from vdlab.charts.chart import Chart
    from vdlab.report.facts import Section
    from vdlab.results.records import Results, Verdict

Number = TypeVar("Number", int, float)

STYLES: "dict[Verdict, str]" = {"identical": "green", "close": "yellow", "differs": "bold red", "failed": "bold red"}


FpsOption = Annotated[str, typer.Option(help="Frames to sample a second of video; several with commas.")]
WorkersOption = Annotated[
    list[str] | None,
    typer.Option(help="Worker counts with commas; 1, 2, 4 ... CPUs if left out. For one strategy: threads=1,2."),
]
ThreadsOption = Annotated[
    str, typer.Option(help="Threads of each decoder with commas, for strategies that take both numbers.")
]
StrategiesOption = Annotated[
    str | None, typer.Option(help="Names with commas; the tutorial's four and pruned-threads if left out.")
]
RepeatsOption = Annotated[str, typer.Option(help="Timed rounds; auto goes on until the verdicts are settled.")]
TruthOption = Annotated[
    bool | None,
    typer.Option(
        "--truth/--no-truth",
        help="Check the reference against a slow decode without seeking; left out, where the file leaves a doubt.",
    ),
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
    video: VideoArgument = None,
    fps: FpsOption = "2",
    workers: WorkersOption = None,
    ffmpeg_threads: ThreadsOption = "1,2",
    strategies: StrategiesOption = None,
    repeats: RepeatsOption = "3",
    budget: Annotated[float, typer.Option(help="Seconds that --repeats auto may take.")] = 120,
    warmup: Annotated[int, typer.Option(help="Untimed rounds before them.")] = 1,
    seek_mode: SeekModeOption = "approximate",
    full: FullOption = False,
    truth: TruthOption = None,
    trace: TraceOption = True,
    memory: MemoryOption = True,
    charts: ChartsOption = None,
    out: OutOption = None,
    code: Annotated[bool, typer.Option("--code", help="Also print the fastest way as a script.")] = False,
) -> None:
    """Time every strategy, check that all return the same frames, and write results, charts and a report."""
    from vdlab.benchmark.plan import USUAL
    from vdlab.benchmark.sweep import sweep
    from vdlab.notes import collected
    from vdlab.results.earlier import new_folder

    rates = numbers(fps, float, "--fps", "2 or 0.5,2")
    inner = numbers(ffmpeg_threads, int, "--ffmpeg-threads", "1,2")
    names = USUAL if strategies is None else terminal.names_in(strategies)
    counts, rounds = worker_counts(workers or [], names), rounds_asked(repeats)
    wanted = charts_asked(charts)
    source = terminal.open_video(video, full, seek_mode)
    terminal.print_header(source, rates)
    folder = out or new_folder(Path("results"), source.path)
    with removed_if_empty(folder, out is None), collected() as notes, terminal.sweep_bar() as progress:
        results = sweep(
            source,
            fps=rates,
            strategies=names,
            workers=counts,
            ffmpeg_threads=inner,
            repeats=rounds,
            budget_seconds=budget,
            warmup=warmup,
            seek_mode=seek_mode,
            truth=truth,
            trace=trace,
            memory=memory,
            save=folder,
            progress=progress,
        )
    print_results(results)
    terminal.print_notes(notes)
    try:
        write(results, wanted, folder, code)
    except VDLabError as error:
        raise VDLabError(f"{error}; {rescued(results, folder)}") from error
    if results.finished is None:
        raise KeyboardInterrupt
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


def rescued(results: "Results", folder: Path) -> str:
    """Where all runs are although something could not be written to the folder: there, or where temporary files go."""
    for find in (lambda: folder, lambda: Path(mkdtemp(prefix="vdlab-"))):
        with suppress(VDLabError, OSError):
            path = results.save(find() / "results.json")
            return f"all {len(results.runs)} runs are in {path}, of which vdlab report makes the rest"
    return "what was measured is in the table above, and nowhere else"


def charts_asked(text: str | None) -> "list[Chart] | None":
    """The charts of these names; None where none were named.

    Raises:
        SettingsError: there is no chart of a name.
    """
    from vdlab.charts.catalogue import chart

    return None if text is None else [chart(name) for name in terminal.names_in(text)]


def print_results(results: "Results") -> None:
    """A table a sampling rate, the verdict in a sentence, and everything that weakens it."""
    from rich.text import Text

    from vdlab.report.facts import sections
    from vdlab.results.verdict import comparisons, verdict

    out = terminal.console()
    found = sections(results)
    for section in found:
        out.print(table(section))
    out.print(Text(verdict(results), style="bold"))
    for sentence in comparisons(results):
        out.print(Text(sentence))
    for one in results.measurements:
        if one.runs and one.worst.detail:
            out.print(Text(f"{one.setting}: {one.worst.detail}", style=STYLES[one.worst.verdict]))
        if one.runs and one.worst.notes:
            out.print(Text(f"{one.setting}: {one.worst.notes}", style="cyan"))
    for section in found:
        at = f"at {section.fps:g} fps, " if len(results.plan.fps) > 1 else ""
        for sentence, good in section.said_of_frames:
            out.print(Text(f"frames: {at}{sentence}", style="dim" if good else "bold yellow"))
    for caution in results.cautions:
        out.print(Text(f"warning: {caution.message}", style="yellow"))


def table(section: "Section") -> "Table":
    """One row a setting, the fastest in bold."""
    from rich.table import Table
    from rich.text import Text

    found = Table(title=f"Sampling at {section.fps:g} fps", title_justify="left", header_style="bold")
    for heading in section.rows[0].cells:
        text = heading in ("Strategy", "Verdict")
        found.add_column(Text(heading), justify="left" if text else "right")  # as text: [s] would be taken for markup
    for row in section.rows:
        *cells, verdict = map(Text, row.cells.values())
        verdict.stylize(STYLES[row.measurement.worst.verdict])
        found.add_row(*cells, verdict, style="bold" if row.best else None)
    return found


def write(results: "Results", charts: "list[Chart] | None", folder: Path, code: bool) -> None:
    """Write the charts that have something to show at the first sampling rate, all if None, and the reports."""
    from vdlab import report
    from vdlab.charts.canvas import save
    from vdlab.charts.catalogue import CHARTS
    from vdlab.results.verdict import fastest

    results.save(folder / "results.json")
    fps, pictures = results.first_rate(), []
    for chart in CHARTS if charts is None else charts:
        lacking = chart.lacking(results, fps)
        if not lacking:
            pictures.append(save(chart.draw(results), folder / f"{chart.name}.png"))
        elif charts is not None:
            terminal.console().print(f"{chart.name} is not drawn: {lacking}", markup=False)
    reports = [report.write(results, folder / name) for name in ("report.html", "report.md")]
    terminal.print_files([folder / "results.json", folder / "results.csv", *pictures, *reports])
    if code and fastest(results, fps) is not None:
        print(report.code(results), end="")


def numbers(text: str, kind: Callable[[str], Number], option: str, example: str) -> list[Number]:
    """The numbers in a list with commas.

    Raises:
        SettingsError: something in it is not a number of that kind.
    """
    try:
        return [kind(number) for number in text.split(",")]
    except ValueError as error:
        raise SettingsError(f"{option} {text}: is not a list of numbers such as {example}") from error


def worker_counts(words: Sequence[str], names: Sequence[str]) -> dict[str, list[int]] | None:
    """The worker counts of each strategy, by name; None for all, or no entry for one, where nothing was said.

    Args:
        words: such as `1,2,4` for all strategies, or `threads=1,2` for one.
        names: of the strategies.

    Raises:
        SettingsError: a word is neither.
    """
    own = {}
    common = None
    for word in words:
        name, equals, counts = word.rpartition("=")
        if equals:
            own[name.strip()] = numbers(counts, int, f"--workers {name}", "threads=1,2")
        else:
            common = numbers(counts, int, "--workers", "1,2,4")
    return ({name: common for name in names} if common else {}) | own or None


def rounds_asked(text: str) -> int | Literal["auto"]:
    """How many timed rounds, or auto.

    Raises:
        SettingsError: it is neither a whole number nor auto.
    """
    if text == "auto":
        return "auto"
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError(f"--repeats {text}: is neither a whole number such as 3 nor auto") from error
