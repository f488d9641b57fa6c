"""A progress bar for sweeps: what runs now, how much is done, and how long the rest will take."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text

if TYPE_CHECKING:
    from vdlab.benchmark.sweep import Progress


@contextmanager
def sweep_progress() -> Iterator[Callable[["Progress"], None]]:
    """Show a bar while the block runs; yields the function that a sweep reports to."""
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeLeft(),
        TextColumn("{task.description}", markup=False),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
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


class TimeLeft(ProgressColumn):
    """The estimate of the last report, counted down between reports."""

    def render(self, task: Task) -> Text:
        deadline = task.fields["deadline"]
        if deadline is None:
            return Text("-:--:-- left", style="dim")
        return Text(f"{timedelta(seconds=max(0, round(deadline - monotonic())))} left", style="cyan")
