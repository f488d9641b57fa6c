"""`vdlab memory`: how much memory every strategy takes at its peak."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from vdlab.cli import table
from vdlab.cli.source import FullOption, SeekModeOption, VideoArgument, open_source
from vdlab.errors import SettingsError


def memory(
    video: VideoArgument = None,
    fps: Annotated[float, typer.Option(help="Frames to sample a second of video.")] = 2,
    workers: Annotated[int | None, typer.Option(help="Workers; the CPUs allowed if left out.")] = None,
    strategies: Annotated[str | None, typer.Option(help="Names with commas; all that can run if left out.")] = None,
    seek_mode: SeekModeOption = "approximate",
    full: FullOption = False,
) -> None:
    """Measure each strategy's peak memory: how much all its processes grow by, what they share counted once."""
    from joblib import cpu_count

    from vdlab.benchmark.memory import measure_memory
    from vdlab.errors import one_line
    from vdlab.notes import collected
    from vdlab.strategies import find, offered
    from vdlab.video.sampling import sample

    count = cpu_count() if workers is None else workers
    if count < 1:
        raise SettingsError(f"{count} workers cannot decode anything; ask for at least 1")
    names = list(offered()) if strategies is None else [name.strip() for name in strategies.split(",")]
    for name in names:
        find(name)
    source = open_source(video, full, seek_mode)
    indices = sample(source, fps)

    out = table.console()
    table.print_header(source, [fps])
    rows = Table(title=f"Peak memory, {count} workers", title_justify="left", header_style="bold")
    rows.add_column("Strategy")
    for heading in ("Peak [MB]", "Result [MB]", "Beyond it [MB]"):
        rows.add_column(heading, justify="right")
    failures, said, stopped = [], [], None
    with out.status("measuring") as status:
        for done, name in enumerate(names):
            status.update(f"measuring {name}, {done} of {len(names)} done")
            try:
                with collected() as notes:
                    found = measure_memory(source, indices, name, count)
            except KeyboardInterrupt as interrupt:
                stopped = interrupt  # what has been measured is printed all the same
                break
            except Exception as error:
                failures.append(f"{name}: {type(error).__name__}: {one_line(error)}")
                continue
            sizes = (found.peak_bytes, found.result_bytes, found.beyond_result_bytes)
            rows.add_row(name, *(f"{size / 1e6:,.0f}" for size in sizes))
            said += [f"{name}: {note}" for note in notes[-1:]]
    out.print(rows)
    for sentence in said:
        out.print(Text(sentence, style="cyan"))
    for failure in failures:
        out.print(Text(failure, style="bold red"))
    if stopped is not None:
        raise stopped
    raise typer.Exit(1 if failures else 0)
