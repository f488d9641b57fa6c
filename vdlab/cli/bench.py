"""`vdlab bench`: measure, print the table, leave charts and results behind."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer

from vdlab.cli import table
from vdlab.cli.progress import sweep_progress
from vdlab.cli.source import FullOption, SeekModeOption, VideoArgument, open_source
from vdlab.errors import SettingsError

Number = TypeVar("Number", int, float)


def bench(
    video: VideoArgument = None,
    fps: Annotated[str, typer.Option(help="Frames to sample a second of video; several with commas.")] = "2",
    workers: Annotated[
        list[str] | None,
        typer.Option(help="Worker counts with commas; 1, 2, 4 ... CPUs if left out. For one strategy: threads=1,2."),
    ] = None,
    ffmpeg_threads: Annotated[
        str, typer.Option(help="Threads of each decoder with commas, for strategies that take both numbers.")
    ] = "1,2",
    strategies: Annotated[
        str | None, typer.Option(help="Names with commas; the tutorial's four and pruned-threads if left out.")
    ] = None,
    repeats: Annotated[str, typer.Option(help="Timed rounds; auto goes on until the verdicts are settled.")] = "3",
    budget: Annotated[float, typer.Option(help="Seconds that --repeats auto may take.")] = 120,
    warmup: Annotated[int, typer.Option(help="Untimed rounds before them.")] = 1,
    seek_mode: SeekModeOption = "approximate",
    full: FullOption = False,
    truth: Annotated[
        bool | None,
        typer.Option(
            "--truth/--no-truth",
            help="Check the reference against a slow decode without seeking; left out, where the file leaves a doubt.",
        ),
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace/--no-trace", help="Record what each worker does when, in runs of their own.")
    ] = True,
    memory: Annotated[
        bool, typer.Option("--memory/--no-memory", help="Measure peak memory, in runs of their own.")
    ] = True,
    out: Annotated[Path | None, typer.Option(help="Folder for results and charts; a new one if left out.")] = None,
    code: Annotated[bool, typer.Option("--code", help="Also print the fastest way as a script.")] = False,
) -> None:
    """Time every strategy, check that all return the same frames, and write results, charts and a report."""
    from vdlab import charts, report
    from vdlab.benchmark.sweep import USUAL, sweep
    from vdlab.report.picture import CHARTS, measured_rates
    from vdlab.results.earlier import new_folder
    from vdlab.results.verdict import fastest

    rates = numbers(fps, float, "--fps", "2 or 0.5,2")
    inner = numbers(ffmpeg_threads, int, "--ffmpeg-threads", "1,2")
    names = USUAL if strategies is None else [name.strip() for name in strategies.split(",")]
    counts = worker_counts(workers or [], names)
    rounds = rounds_asked(repeats)
    source = open_source(video, full, seek_mode)
    folder = out or new_folder(Path("results"), source.path)

    table.print_header(source, rates)
    with sweep_progress() as progress:
        results = sweep(
            source,
            fps=rates,
            strategies=names,
            workers=counts,
            ffmpeg_threads=inner,
            repeats=rounds,
            budget_seconds=budget,
            warmup=warmup,
            seek_mode=source.seek_mode,
            truth=truth,
            trace=trace,
            memory=memory,
            save=folder,
            progress=progress,
        )
    table.print_results(results)
    pictures = []
    if rates[0] in measured_rates(results):
        drawn = [chart.draw for chart in CHARTS if not chart.lacking(results, rates[0])]
        drawn += [charts.hybrid] if "hybrid" in names else []
        drawn += [charts.sampling] if len(rates) > 1 or results.work else []
        pictures = [charts.save(draw(results), folder / f"{draw.__name__}.png") for draw in drawn]
    reports = [report.write(results, folder / name) for name in ("report.html", "report.md")]
    table.print_files([folder / "results.json", folder / "results.csv", *pictures, *reports])
    if code and fastest(results, rates[0]) is not None:
        print(report.code(results), end="")
    if results.finished is None:
        raise KeyboardInterrupt
    raise typer.Exit(0 if results.agrees else 1)


def numbers(text: str, kind: Callable[[str], Number], option: str, example: str) -> list[Number]:
    """The numbers in a list with commas.

    Raises:
        SettingsError: something in it is not a number of that kind.
    """
    try:
        return [kind(part) for part in text.split(",")]
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
