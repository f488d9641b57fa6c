"""Results in a terminal."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vdlab.results.records import Results
from vdlab.results.verdict import comparisons, fastest, verdict, words_of_frames
from vdlab.results.wording import interval, number, spread
from vdlab.video import Video
from vdlab.video.sampling import sample

STYLES = {"identical": "green", "close": "yellow", "differs": "bold red", "failed": "bold red"}


def console() -> Console:
    """Standard output; where that is a pipe or a file, wide enough for every column."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=140)


def print_header(video: Video, rates: Iterable[float]) -> None:
    """The video, and how many of its frames are asked for at each rate."""
    out = console()
    out.print(
        Text(
            f"{video.path.name}: {video.width}x{video.height} {video.codec}, {video.num_frames:,} frames, "
            f"{video.duration_seconds:.1f} s at {video.average_fps:g} fps, {video.seek_mode} seeking",
            style="bold",
        )
    )
    for rate in rates:
        frames = len(sample(video, rate))
        size = frames * video.frame_bytes / 1e6
        note = f"; the video has only {video.average_fps:g} fps, so every frame" if rate > video.average_fps else ""
        out.print(f"at {rate:g} fps: {frames:,} of {video.num_frames:,} frames, {size:,.0f} MB decoded{note}")


def print_results(results: Results) -> None:
    """A table a sampling rate, the verdict in a sentence, and everything that weakens it."""
    out = console()
    summary = results.summary()
    for rate in results.plan.fps:
        rows = summary[summary["fps"] == rate]
        if not rows.empty:
            out.print(results_table(rows, fastest(results, rate), rate))
    out.print(Text(verdict(results), style="bold"))
    for sentence in comparisons(results):
        out.print(Text(sentence))
    for row in summary.itertuples():
        if row.detail:
            out.print(Text(f"{row.setting}: {row.detail}", style=STYLES[row.verdict]))
        if row.notes:
            out.print(Text(f"{row.setting}: {row.notes}", style="cyan"))
    rates = results.plan.fps
    for rate in rates:
        at = f"at {rate:g} fps, " if len(rates) > 1 else ""
        for sentence, good in words_of_frames(results, rate):
            out.print(Text(f"frames: {at}{sentence}", style="dim" if good else "bold yellow"))
    for caution in results.cautions:
        out.print(Text(f"warning: {caution.message}", style="yellow"))


def results_table(rows: pd.DataFrame, best: pd.Series | None, rate: float) -> Table:
    """One row a setting, the fastest in bold."""
    table = Table(title=f"Sampling at {rate:g} fps", title_justify="left", header_style="bold")
    table.add_column("Strategy")
    for heading in ("Workers", "Median ± std [s]", "Speedup [95 %]", "Efficiency", "Frames/s", "CPU [s]"):
        table.add_column(Text(heading), justify="right")  # as text: [s] would be taken for markup
    table.add_column("Verdict")
    for row in rows.itertuples():
        table.add_row(
            row.strategy,
            f"{row.workers}x{row.ffmpeg_threads}" if row.ffmpeg_threads > 1 else str(row.workers),
            spread(row.median, row.std),
            interval(row.speedup, row.speedup_low, row.speedup_high),
            number(row.efficiency, ".0%"),
            number(row.frames_per_second, ",.0f"),
            number(row.cpu_seconds, ".2f"),
            Text(row.verdict, style=STYLES[row.verdict]),
            style="bold" if best is not None and row.Index == best.name else None,
        )
    return table


def print_files(paths: Iterable[Path]) -> None:
    """Where everything was written."""
    out = console()
    for path in paths:
        out.print(Text(f"wrote {path}", style="dim"), soft_wrap=True)
