"""What the commands have in common: the video they work on, what they print to, and bars that move."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from vdlab.errors import SettingsError, harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from vdlab.benchmark.sweep import Progress
    from vdlab.video import SeekMode, Video

MUCH = 1000  # columns, more than any table has
VideoArgument = Annotated[
    Path | None, typer.Argument(readable=False, help="A video; the embedded clip, repeated, if left out.")
]
FullOption = Annotated[
    bool, typer.Option("--full/--quick", help="Without VIDEO: the clip 50 times, or 10 times (the default).")
]
SeekModeOption = Annotated[Literal["approximate", "exact"], typer.Option(help="How decoders find frames.")]


def open_video(video: Path | None, full: bool, seek_mode: "SeekMode") -> "Video":
    """Open the video that was named, or the embedded clip repeated 50 times (`full`) or 10 times.

    Raises:
        SettingsError: `full` was asked for together with a video, whose length is what it is.
        VideoError: it cannot be used as a video.
    """
    from vdlab.clips import FULL_REPEATS, QUICK_REPEATS, long_video
    from vdlab.video import Video

    if video is not None and full:
        raise SettingsError("--full makes the embedded clip long; leave it out to use all of your own video")
    return Video.open(video or long_video(FULL_REPEATS if full else QUICK_REPEATS), seek_mode)


def option(name: str, text: str, wanted: Any) -> Any:
    """What was given as the option of a setting.

    Raises:
        SettingsError: it cannot be read as one, or there is nothing in it.
    """
    from vdlab.benchmark.plan import read

    said = f"--{name.replace('_', '-')} {text}"
    found = read(name, text, wanted, said)
    if found == ():
        raise SettingsError(f"{said.rstrip()} names nothing; leave it out, or name something")
    return found


def console(stderr: bool = False) -> "Console":
    """Standard output or error, where names and sentences of strangers are shown and never acted on.

    Where standard output is a pipe or a file, it is wide enough for every column.
    """
    from rich.console import Console
    from rich.segment import Segment

    class Screen(Console):
        def render(self, *arguments: Any, **options: Any) -> "Iterator[Segment]":
            for segment in super().render(*arguments, **options):
                # Rich's own movements of the cursor are marked as such.
                yield segment if segment.control else Segment(harmless(segment.text), segment.style)

    screen = Screen(stderr=stderr, highlight=False)
    return screen if screen.is_terminal or stderr else Screen(highlight=False, width=140)


def print_header(video: "Video", rates: Iterable[float]) -> None:
    """The video, and how many of its frames are asked for at each rate."""
    from rich.text import Text

    from vdlab.video.sampling import sample

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


def print_fitting(make: "Callable[[Sequence[str]], Table]", spare: Sequence[str]) -> None:
    """Print a table that fits: where it is too wide, without as many of its columns as must go.

    Args:
        make: the table without the columns of these headings.
        spare: headings, first those that are missed least.
    """
    from rich.measure import Measurement

    out = console()
    for count in range(len(spare) + 1):
        table = make(spare[:count])
        if Measurement.get(out, out.options.update(max_width=MUCH), table).maximum <= out.width:
            break
    out.print(table)
    if count:
        out.print(f"too narrow for {', '.join(spare[:count])}: see the report", style="dim", markup=False)


def print_notes(notes: Iterable[str]) -> None:
    """What was noted on the way."""
    from rich.text import Text

    for sentence in notes:
        console().print(Text(f"note: {sentence}", style="yellow"))


def print_files(paths: Iterable[Path]) -> None:
    """Where everything was written."""
    from rich.text import Text

    out = console()
    for path in paths:
        out.print(Text(f"wrote {path}", style="dim"), soft_wrap=True)


@contextmanager
def bar(what: str, amount: str = "frames") -> Iterator[Callable[[int, int | None], None]]:
    """A bar on standard error with the time left, which goes away when done; yields what moves it: `(done, total)`.

    Args:
        what: is done, in a word.
        amount: what is counted: `frames` or `bytes`.
    """
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    counted = DownloadColumn() if amount == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), counted, TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def fraction(text: str, option: str) -> float:
    """The fraction that `5%` or `0.05` is.

    Raises:
        SettingsError: it is neither, or not from 0 to 1.
    """
    number, percent, rest = text.strip().partition("%")
    with suppress(ValueError):
        found = float(number) / (100 if percent else 1)
        if 0 <= found <= 1 and not rest:
            return found
    raise SettingsError(f"{option} {text}: is no difference such as 5% or 0.05")


@contextmanager
def sweep_bar() -> Iterator[Callable[["Progress"], None]]:
    """What runs now, how much is done and how long the rest takes; yields the function that a sweep reports to."""
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class TimeLeft(ProgressColumn):
        """The estimate of the last report, counted down between reports."""

        def render(self, task: Task) -> Text:
            deadline = task.fields["deadline"]
            if deadline is None:
                return Text("-:--:-- left", style="dim")
            return Text(f"{timedelta(seconds=max(0, round(deadline - monotonic())))} left", style="cyan")

    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeLeft(),
        TextColumn("{task.description}", markup=False),
    )
    with Bars(*columns, console=console(stderr=True), transient=True) as bars:
        task = bars.add_task("starting", total=None, deadline=None)

        def report(progress: "Progress") -> None:
            left = progress.seconds_left
            bars.update(
                task,
                completed=progress.done,
                total=progress.total,
                description=progress.running or "done",
                deadline=None if left is None else monotonic() + left,
            )

        yield report
