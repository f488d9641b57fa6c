"""`vdlab.decode` beside bare TorchCodec and every other strategy, opening included, and whether the goals are reached.

Run as `python benchmarks/decoding.py --only short,tiny,long --rounds 5`; README.md says how to read what it prints.
"""

import os
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import geometric_mean, median
from subprocess import CalledProcessError
from typing import Annotated

import vdlab  # isort: skip, for it has to come before TorchCodec, which needs the FFmpeg that it finds

import typer
from measuring import BARE, Measured, calls, is_peer, measure
from platformdirs import user_cache_path
from python_lock import lock_table
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sources import LOCK_VIDEO, MEAN, MEAN_OF, Case, Goal, Source, cases, find_or_make

from vdlab.machine.describe import describe
from vdlab.results.statistics import Ratio, paired_ratio
from vdlab.strategies import offered

FOLDER = user_cache_path("vdlab") / "benchmarks"

Results = dict[Case, dict[str, Measured]]


def figure(goal: Goal, rows: dict[str, Measured]) -> Ratio | None:
    """What a goal is about, in the median round with its 95 % interval; None where it lacks a figure."""
    right = {name: row for name, row in rows.items() if row.frames == "same" and row.seconds}
    auto, bare = right.pop("auto", None), rows[BARE]
    if goal.of == "threads":
        right = {name: row for name, row in right.items() if name == "threads"}
    if auto is None or not right:
        return None
    if goal.of == "time":
        return paired_ratio(auto.seconds, bare.seconds)
    if goal.of == "cpu":
        return paired_ratio(auto.cpu_seconds, bare.cpu_seconds)
    fastest = min(right.values(), key=lambda row: median(row.seconds))
    return paired_ratio(fastest.seconds, auto.seconds)


def verdict(goal: Goal, ratio: Ratio | None) -> Text:
    """A goal with its figure, green where it is reached."""
    if ratio is None:
        return Text(f"not measured: {goal}", "yellow")
    reached = goal.reached(ratio.value)
    return Text(f"{'yes' if reached else 'NO'}: {ratio} {goal}", "green" if reached else "bold red")


def cells(name: str, row: Measured, bare: Measured) -> list[str | Text]:
    """A setting's figures as the table shows them."""
    frames = Text(row.frames, "" if row.frames == "same" else "bold red")
    if not row.seconds:
        return [name, "-", "-", "-", "-", frames]
    ratio = paired_ratio(row.seconds, bare.seconds)
    return [
        name,
        f"{median(row.seconds):.3f} ({min(row.seconds):.3f} to {max(row.seconds):.3f})",
        str(ratio),
        f"{median(row.cpu_seconds):.3f}",
        f"{paired_ratio(row.cpu_seconds, bare.cpu_seconds).value:.2f}",
        frames,
    ]


def results_table(results: Results) -> Table:
    """One row a setting; the goals stand beside auto."""
    table = Table("Video", "W", "Setting", title=machine_line(), title_justify="left", header_style="bold")
    for heading in ("Seconds (least to most)", "/ bare [95 %]", "CPU s", "/ bare"):
        table.add_column(heading, justify="right")
    table.add_column("Frames")
    table.add_column("Goals of auto")
    for case, rows in results.items():
        goals = Text("\n").join(verdict(goal, figure(goal, rows)) for goal in case.goals)
        for name, row in rows.items():
            mine = name == "auto"
            shown = cells(name, row, rows[BARE])
            table.add_row(case.source.name, str(case.workers), *shown, goals if mine else "", style="bold" * mine)
        table.add_section()
    return table


def machine_line() -> str:
    """What was measured on and with."""
    facts = describe()
    versions = ", ".join(f"{name} {facts.versions[name]}" for name in ("torch", "torchcodec", "av"))
    ffmpeg = f"FFmpeg {facts.ffmpeg.version} ({facts.ffmpeg.source})" if facts.ffmpeg else "no FFmpeg"
    return (
        f"{facts.cpus_allowed} of {facts.cpus_total} CPUs, {facts.cpu_model}; Python {facts.python}, {versions}, "
        f"{ffmpeg}; load {os.getloadavg()[0]:.1f}"
    )


def mean_figure(results: Results) -> Ratio | None:
    """The geometric mean over the long videos that are judged together; None where one was not measured."""
    ratios = {case.source.name: figure(MEAN, rows) for case, rows in results.items()}
    values = [ratio.value for name in MEAN_OF if (ratio := ratios.get(name))]
    return Ratio(geometric_mean(values), None, None) if len(values) == len(MEAN_OF) else None


def waited(results: Results) -> float:
    """How long bare TorchCodec's one thread waited for a CPU, at the worst, in relation to its CPU time."""
    bare = [rows[BARE] for rows in results.values()]
    return max(0.0, *(median(row.seconds) / median(row.cpu_seconds) - 1 for row in bare))


def notes(results: Results) -> list[str]:
    """What strategies had to say, such as why they fell back to `linear`."""
    return [
        f"{case.source.name}, {case.workers} workers, {name}: {note}"
        for case, rows in results.items()
        for name, row in rows.items()
        for note in row.notes
    ]


def all_good(results: Results) -> bool:
    """Whether all frames are bare TorchCodec's, peers' aside, and no goal is missed that was measured."""
    rows = [row for found in results.values() for name, row in found.items() if not is_peer(name)]
    figures = [(goal, figure(goal, found)) for case, found in results.items() for goal in case.goals]
    figures.append((MEAN, mean_figure(results)))
    return all(row.frames == "same" for row in rows) and all(
        goal.reached(ratio.value) for goal, ratio in figures if ratio
    )


def make_all(sources: Iterable[Source], folder: Path, screen: Console) -> dict[str, Path]:
    """The videos' paths by name, made where they are missing; one that cannot be made is left out, and said to be."""
    paths = {}
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        try:
            with screen.status(f"making {source.name}"):
                paths[source.name] = find_or_make(source, folder)
        except (vdlab.VDLabError, OSError, CalledProcessError) as error:
            screen.print(f"{source.name} is left out: {error}", style="yellow")
    return paths


def measure_all(
    chosen: Iterable[Case], paths: dict[str, Path], strategies: Sequence[str], rounds: int, seed: int, screen: Console
) -> Results:
    """Measure case after case; Ctrl-C ends it early with what was measured until then."""
    results: Results = {}
    order = random.Random(seed)
    try:
        for case in chosen:
            with screen.status(f"{case.source.name}, {case.workers} workers"):
                names = ["auto"] if case.only_auto else strategies
                settings = calls(paths[case.source.name], case.workers, names)
                results[case] = measure(settings, case.workers, rounds, order)
    except KeyboardInterrupt:
        screen.print("interrupted; what follows was measured before", style="yellow")
    return results


def main(
    rounds: Annotated[int, typer.Option(help="Timed rounds; three times as many where bare takes under 0.2 s.")] = 5,
    only: Annotated[str, typer.Option(help="Groups of videos.")] = "short,tiny,long",
    files: Annotated[str, typer.Option(help="Names of videos; all of the groups if empty.")] = "",
    strategies: Annotated[str, typer.Option(help="Strategies beside bare TorchCodec; all if empty.")] = "",
    peers: Annotated[bool, typer.Option("--peers", help="PyAV, OpenCV and others, too.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the videos are.")] = FOLDER,
    make: Annotated[bool, typer.Option("--make", help="Make the videos that are missing, and stop.")] = False,
    seed: Annotated[int, typer.Option(help="Of the order in which settings take turns.")] = 0,
) -> None:
    """Time `vdlab.decode(path, fps=2)` against bare TorchCodec and all strategies; exit with 1 if a goal is missed."""
    screen = Console(stderr=True, highlight=False)
    chosen = cases(only.split(","), files.split(",") if files else [])
    if not chosen:
        raise typer.BadParameter(f"no such video; they are listed in {Path(__file__).with_name('sources.py')}")
    paths = make_all(dict.fromkeys(case.source for case in chosen), folder, screen)
    if make:
        return
    mine = ["auto", *(name for name in offered() if peers or not is_peer(name))]
    results = measure_all(
        [case for case in chosen if case.source.name in paths],
        paths,
        strategies.split(",") if strategies else mine,
        rounds,
        seed,
        screen,
    )
    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=190)
    if results:
        out.print(results_table(results))
        if mean := mean_figure(results):
            out.print(f"{', '.join(MEAN_OF)}, geometric mean:", verdict(MEAN, mean))
        out.print(
            f"waiting for a CPU cost bare TorchCodec at most {waited(results):.0%}; well above 5 %, something else ran"
        )
        for note in notes(results):
            out.print(note, style="dim")
    if LOCK_VIDEO in paths:
        out.print(lock_table(paths[LOCK_VIDEO], rounds))
    raise typer.Exit(0 if results and all_good(results) else 1)


if __name__ == "__main__":
    typer.run(main)
