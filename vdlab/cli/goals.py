"""`vdlab goals`: measure what VDLab promises of its strategies, and say whether this machine keeps it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from vdlab.cli.progress import sweep_progress
from vdlab.cli.table import console, interval

if TYPE_CHECKING:
    from vdlab.results.records import Results

REACHED = {True: Text("yes", "green"), False: Text("no", "bold red")}


def goals(
    workers: Annotated[int, typer.Option(help="How many each strategy may use; the goals are for two CPUs.")] = 2,
    repeats: Annotated[int, typer.Option(help="Timed rounds.")] = 5,
    warmup: Annotated[int, typer.Option(help="Untimed rounds before them.")] = 1,
    long: Annotated[bool, typer.Option("--long", help="Stream a video of ten hours instead; some minutes.")] = False,
) -> None:
    """Time strategies against each other in interleaved rounds, check every frame, and compare with the goals.

    The videos are made on the first run and kept. Takes some minutes; close other programs.
    """
    if long:
        raise typer.Exit(0 if stream_ten_hours() else 1)
    from vdlab.benchmark.goals import COURSES, GOALS, ratio, strategies_on
    from vdlab.benchmark.sweep import sweep

    results = {}
    for name, course in COURSES.items():
        video = make(course.title, course.video)
        Console(stderr=True).print(Text(f"timing on {course.title}", style="dim"))
        with sweep_progress() as progress:
            results[name] = sweep(
                video,
                fps=course.fps,
                strategies=strategies_on(name),
                workers=[workers],
                repeats=repeats,
                warmup=warmup,
                seek_mode=course.seek_mode,
                trace=False,
                memory=False,
                progress=progress,
            )
        if results[name].finished is None:
            raise KeyboardInterrupt

    outcomes = [(goal, ratio(results[goal.course], goal.strategy, goal.against)) for goal in GOALS]
    table = Table(title=f"Ratios in the median round, {workers} workers", title_justify="left", header_style="bold")
    for heading in ("On", "Strategy", "Against"):
        table.add_column(heading)
    for heading in ("Goal", "Ratio [95 %]"):
        table.add_column(heading, justify="right")
    table.add_column("Reached")
    for goal, outcome in outcomes:
        against, measured = outcome or (" or ".join(goal.against), None)
        table.add_row(
            COURSES[goal.course].title,
            goal.strategy,
            against,
            f"{goal.at_least:.2f}x",
            interval(measured.value, measured.low, measured.high) if measured else "-",
            REACHED[goal.reached(measured)] if measured else Text("not measured", "yellow"),
        )
    console().print(table)
    for name, result in results.items():
        print_doubts(COURSES[name].title, result)
    right = all(result.agrees for result in results.values())
    reached = all(goal.reached(outcome[1]) for goal, outcome in outcomes if outcome)
    raise typer.Exit(0 if right and reached else 1)


def print_doubts(title: str, results: "Results") -> None:
    """Strategies that failed or returned other frames, and what weakens the numbers."""
    for row in results.summary().itertuples():
        if row.verdict in ("differs", "failed"):
            console().print(Text(f"{title}: {row.setting} {row.verdict}: {row.detail}", style="bold red"))
    for caution in results.cautions:
        console().print(Text(f"{title}: warning: {caution.message}", style="yellow"))


def stream_ten_hours() -> bool:
    """Stream a very long video, say what it took, and whether that is what is promised."""
    from vdlab.benchmark.long_stream import FIRST_BATCH_SECONDS, FPS, MEMORY_BYTES, measure_stream, ten_hours

    path = make("ten hours of video", ten_hours)
    with bar("streaming it") as update:
        found = measure_stream(path, update)
    table = Table(title=f"Ten hours of video, streamed at {FPS} fps", title_justify="left", header_style="bold")
    for heading in ("Figure", "Goal", "Measured"):
        table.add_column(heading)
    table.add_row("first batch", f"under {FIRST_BATCH_SECONDS:g} s", f"{found.first_seconds:.2f} s")
    table.add_row(
        "memory at its peak, all in all", f"under {MEMORY_BYTES / 1e6:,.0f} MB", f"{found.peak_bytes / 1e6:,.0f} MB"
    )
    table.add_row("frames", f"{found.expected:,}", f"{found.frames:,} in {found.seconds:.0f} s")
    console().print(table)
    return found.kept


def make(title: str, video: Callable[[Callable[[int, int], None]], Path]) -> Path:
    """A video, with a bar while it is being made."""
    with bar(f"making {title}") as update:
        return video(update)


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error that is gone afterwards; yields what moves it: `(done, total)`."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=30), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
