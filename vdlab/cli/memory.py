"""`vdlab memory`: how much memory every strategy takes at its peak."""

from typing import Annotated

import typer

from vdlab.cli import terminal
from vdlab.cli.terminal import FullOption, SeekModeOption, VideoArgument
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
    from joblib.externals.loky import cpu_count
    from rich.table import Table
    from rich.text import Text

    from vdlab.benchmark.rounds import Step
    from vdlab.benchmark.run import peak_once, reason
    from vdlab.notes import collected
    from vdlab.results.records import Setting
    from vdlab.strategies import find, offered
    from vdlab.tracing.backends import end_workers
    from vdlab.video.sampling import sample

    count = cpu_count() if workers is None else workers
    if count < 1:
        raise SettingsError(f"{count} workers cannot decode anything; ask for at least 1")
    names = list(offered()) if strategies is None else terminal.option("strategies", strategies, tuple[str, ...])
    for name in names:
        find(name)
    source = terminal.open_video(video, full, seek_mode)
    indices = sample(source, fps)

    out = terminal.console()
    terminal.print_header(source, [fps])
    rows = Table(title=f"Peak memory, {count} workers", title_justify="left", header_style="bold")
    rows.add_column("Strategy")
    for heading in ("Peak [MB]", "Result [MB]", "Beyond it [MB]"):
        rows.add_column(heading, justify="right")
    said, failed, stopped = [], False, None
    with out.status("measuring") as status:
        for done, name in enumerate(names):
            status.update(f"measuring {name}, {done} of {len(names)} done")
            end_workers()  # others would end some time, and take their memory off the count
            try:
                with collected() as notes:
                    peak = peak_once(Step("memory", Setting(name, count, fps)), source, indices)
            except KeyboardInterrupt as interrupt:
                stopped = interrupt  # what has been measured is printed all the same
                break
            except Exception as error:
                said.append(Text(f"{name}: {reason(error)}", style="bold red"))
                failed = True
                continue
            sizes = (peak.peak_bytes, peak.result_bytes, peak.beyond_result_bytes)
            rows.add_row(name, *(f"{size / 1e6:,.0f}" for size in sizes))
            said += [Text(f"{name}: {note}", style="cyan") for note in notes[-1:]]
    out.print(rows)
    for sentence in said:
        out.print(sentence)
    if stopped is not None:
        raise stopped
    raise typer.Exit(1 if failed else 0)
