"""What `vdlab.decode_many` takes on many videos, beside every other loader: all of them mixed, and each kind alone.

Run as `python benchmarks/collection.py [--clips 200] [--rounds 5]`; README.md says more.
"""

import vdlab  # isort: skip, for it has to come before TorchCodec, which needs the FFmpeg that it finds

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text
from sources import by_program, encoded, size

from vdlab import clips
from vdlab.loaders import LOADERS
from vdlab.results.records import CASES, Frames, Measurement, Results
from vdlab.results.statistics import Ratio
from vdlab.results.wording import size as bytes_in_words

Make = Callable[[Path], object]

VP9 = {"cpu-used": "5"}
FAST_SVT = {"preset": "10"}
"""Whose frames refer to fewer others than those of slower presets, of which nearly all frames are needed."""
LIBAOM = ("-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "32")

KINDS: dict[str, Callable[[int], Make]] = {
    "x264-720p-g250.mp4": lambda seed: encoded(**size(720), gop=250, seed=seed),
    "x264-720p-g30.mp4": lambda seed: encoded(**size(720), gop=30, seed=seed),
    "x264-360p-g30.mp4": lambda seed: encoded(**size(360), gop=30, seed=seed),
    "x264-360p-g12-no-b.mp4": lambda seed: encoded(**size(360), gop=12, bframes=0, seed=seed),
    "x264-180p-g60.mp4": lambda seed: encoded(**size(180), gop=60, seed=seed),
    "x265-720p.mp4": lambda seed: encoded(**size(720), codec="libx265", seed=seed),
    "x265-360p-g50.mp4": lambda seed: encoded(**size(360), codec="libx265", gop=50, seed=seed),
    "svtav1-720p-preset10.mp4": lambda seed: encoded(**size(720), codec="libsvtav1", options=FAST_SVT, seed=seed),
    "svtav1-360p.mp4": lambda seed: encoded(**size(360), codec="libsvtav1", seed=seed),
    "libaom-360p.mkv": lambda seed: by_program(*LIBAOM, **size(360), seed=seed),
    "vp9-720p.webm": lambda seed: encoded(**size(720), codec="libvpx-vp9", options=VP9, seed=seed),
    "vp9-360p.webm": lambda seed: encoded(**size(360), codec="libvpx-vp9", options=VP9, seed=seed),
}
"""Ten seconds each, and as encoders write them by default but for what the name says."""

DIFFERENT = 3
"""Clips of each kind are encoded; further ones are hard links to these."""

OURS, BASE, THREADS = "vdlab", "one-by-one", "threads"
DATALOADERS = ("dataloader", "dataloader-persistent")
ALONE = (BASE, THREADS, "processes", *DATALOADERS, "spdl", OURS)
"""What is timed on each kind alone: what runs on one machine."""


@dataclass(frozen=True)
class Goal:
    """How many times as fast as others vdlab is to be: as the fastest of them that were timed."""

    others: tuple[str, ...]
    at_least: float


MIXED = (Goal((THREADS,), 1.3), Goal(DATALOADERS, 1.6), Goal((BASE,), 2.6))
EACH = 0.97
"""Times as fast as the best other, on each kind alone."""

MEMORY_BYTES = 1_000_000_000
"""What vdlab may take at its peak, beside what the process has before, with two workers."""

OUT = Console(width=120)


def find_or_make(folder: Path) -> dict[str, list[Path]]:
    """A few clips of each kind, made on the first call; a kind that this machine cannot make is left out."""
    found: dict[str, list[Path]] = {}
    for kind, make in track(KINDS.items(), "making the clips", console=OUT):
        stem, _, suffix = kind.rpartition(".")
        try:
            found[stem] = []
            for seed in range(DIFFERENT):
                path = folder / f"{stem}-{seed}.{suffix}"
                if not path.is_file():
                    make(seed)(path)
                found[stem].append(path)
        except (FileNotFoundError, vdlab.VDLabError) as error:
            del found[stem]
            OUT.print(Text(f"{stem} is left out: {error}", "yellow"))
    return found


def broken(folder: Path, whole: Path) -> Iterator[Path]:
    """Clips as they are met: cut short, overwritten in the middle, empty."""
    data = whole.read_bytes()
    half = len(data) // 2
    contents = {
        "cut": data[:half],
        "overwritten": data[:half] + bytes(half // 4) + data[half + half // 4 :],
        "empty": b"",
    }
    for name, content in contents.items():
        path = folder / f"broken-{name}{whole.suffix}"
        path.write_bytes(content)
        yield path


def linked(folder: Path, originals: list[Path], number: int) -> list[Path]:
    """So many clips in a folder, as hard links to the originals in turn."""
    found = []
    for copy in islice(count(), number):
        original = originals[copy % len(originals)]
        path = folder / f"{copy:05d}-{original.name}"
        os.link(original, path)
        found.append(path)
    return found


def ratio(results: Results, others: tuple[str, ...]) -> tuple[str, Ratio] | None:
    """How many times as fast as the fastest of several loaders vdlab is; None where one of the two was not timed."""
    timed = {one.setting.strategy: one for one in results.measurements if one.timed}
    best = min((timed[name] for name in others if name in timed), key=lambda one: one.median, default=None)
    if best is None or OURS not in timed:
        return None
    found = results.ratio(timed[OURS], best)
    return None if found is None else (best.setting.strategy, found)


def print_table(title: str, results: Results) -> None:
    """A row a loader."""
    table = Table(title=title, title_justify="left")
    for heading in (
        "Loader",
        "Videos/s",
        "Median [s]",
        "CPU/video [ms]",
        "vs. one by one",
        "Peak memory",
        "Failures",
        "Frames",
    ):
        table.add_column(heading, justify="left" if heading in ("Loader", "Frames") else "right")
    for one in sorted(results.measurements, key=lambda one: one.median):
        table.add_row(*cells(results, one), style="bold" if one.setting.strategy == OURS else None)
    OUT.print(table)
    for one in results.measurements:
        if one.worst.detail:
            OUT.print(Text(f"{one.setting}: {one.worst.detail}", "red"))


def cells(results: Results, one: Measurement) -> list[str]:
    """What the table says of a loader."""
    name, loading = str(one.setting), one.runs[-1].loading
    if not one.timed or loading is None:
        return [name, "-", "-", "-", "-", "-", "-", one.worst.verdict]
    speedup = results.speedup(one)
    return [
        name,
        f"{loading.videos / one.median:.1f}",
        f"{one.median:.2f}",
        f"{1000 * one.median_cpu / loading.videos:.0f}",
        f"{speedup.value:.2f}x" if speedup else "-",
        bytes_in_words(one.peak.peak_bytes) if one.peak else "-",
        str(loading.failures),
        "same hashes" if one.right else one.worst.verdict,
    ]


def outcome(found: tuple[str, Ratio] | None, at_least: float, where: str) -> bool:
    """Print what came of a goal; whether it was reached, or could not be measured."""
    if found is None:
        OUT.print(Text(f"{where}: not measured", "yellow"))
        return True
    other, measured = found
    reached = measured.value >= at_least
    words = "reached" if reached else "missed"
    OUT.print(
        Text(f"{where}: {measured} as fast as {other}, {words} (at least {at_least:g}x)", "green" if reached else "red")
    )
    return reached


def measure(
    videos: list[Path], loaders: tuple[str, ...], rounds: int, workers: int, memory: bool, frames: Frames = "stay"
) -> Results:
    """Every loader on all of these videos."""
    return vdlab.sweep_collection(
        videos,
        loaders=[name for name in loaders if name in LOADERS.offered()],
        workers=[workers],
        frames=[frames],
        sample="all",
        repeats=rounds,
        memory=memory,
        progress=lambda progress: OUT.print(f"[dim]{progress.done} of {progress.total}: {progress.running}"),
    )


def main(
    clips_wanted: Annotated[
        int, typer.Option("--clips", help="Videos in the mixed collection, broken ones besides.")
    ] = 200,
    rounds: Annotated[int, typer.Option(help="Timed rounds, in which loaders take turns.")] = 5,
    workers: Annotated[int, typer.Option(help="How many each loader may use; the goals are for two CPUs.")] = 2,
    each: Annotated[int, typer.Option(help="Videos of each kind that are timed alone; 0 for not at all.")] = 20,
    loaders: Annotated[str, typer.Option(help="Names with commas; all that are installed if left out.")] = "",
    frames: Annotated[Frames, typer.Option(help="What becomes of the mixed collection's frames.")] = "stay",
    folder: Annotated[Path | None, typer.Option(help="Where the clips are; the user's cache if left out.")] = None,
) -> None:
    """Time all loaders on a mixed collection and on each kind of clip, compare hashes of all frames, and the goals."""
    home = folder or clips.folder_for_videos() / "collection"
    home.mkdir(parents=True, exist_ok=True)
    made = find_or_make(home)
    chosen = tuple(loaders.split(",")) if loaders else tuple(LOADERS.offered())
    with TemporaryDirectory(dir=home) as name:
        mixed = Path(name)
        in_turn = [path for same in zip(*made.values(), strict=True) for path in same]
        videos = [*linked(mixed, in_turn, clips_wanted), *broken(mixed, made["x264-360p-g30"][0])]
        results = measure(videos, chosen, rounds, workers, memory=True, frames=frames)
        print_table(f"{len(videos)} videos, {CASES[frames]}, {workers} workers, medians of {rounds} rounds", results)
        good = [outcome(ratio(results, goal.others), goal.at_least, "mixed") for goal in MIXED]
        peak = next((one.peak for one in results.measurements if one.setting.strategy == OURS), None)
        if peak is not None:
            good.append(peak.peak_bytes <= MEMORY_BYTES)
            OUT.print(f"memory of vdlab: {bytes_in_words(peak.peak_bytes)}, at most {bytes_in_words(MEMORY_BYTES)}")
        good.append(
            results.agrees or all(one.right for one in results.measurements if one.setting.strategy != "decord")
        )
        for kind, originals in made.items() if each else ():
            alone = mixed / kind
            alone.mkdir()
            some = tuple(name for name in ALONE if name in chosen)
            found = measure(linked(alone, originals, each), some, rounds, workers, memory=False)
            print_table(f"{kind}: {each} videos", found)
            others = tuple(name for name in some if name != OURS)
            good += [outcome(ratio(found, others), EACH, kind), found.agrees]
    raise typer.Exit(0 if all(good) else 1)


if __name__ == "__main__":
    typer.run(main)
