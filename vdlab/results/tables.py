"""Results as tables: one row a run, or one row a setting."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pandas as pd

from vdlab.errors import harmless
from vdlab.results.records import Measurement, Results, Run, Setting
from vdlab.results.statistics import Ratio

SETTING = [field.name for field in fields(Setting)]
RUN = [field.name for field in fields(Run) if field.name != "setting"]
WORST = ["verdict", "detail", "largest_difference", "notes", "times_checked", "wrong_times", "first_wrong_time"]
"""Columns of the summary that are those of a setting's worst run."""

TIMES = ["runs", "median", "std", "min", "max"]
RATIOS = ["speedup", "speedup_low", "speedup_high", "efficiency", "frames_per_second", "cpu_seconds"]
FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
"""What a cell begins with that spreadsheets compute: a file's name or a failure's message can come from anyone."""

SUMMARY = [*SETTING, "setting", *TIMES, *RATIOS, *WORST]


def values(record: Setting | Run, names: Sequence[str]) -> dict[str, Any]:
    """Some fields of a record by their names."""
    return {name: getattr(record, name) for name in names}


def frame(results: Results) -> pd.DataFrame:
    """One row a run, in the order in which they began; columns as in `Setting` and `Run`, and the seek mode."""
    rows = [
        {**values(run.setting, SETTING), **values(run, RUN), "seek_mode": results.plan.seek_mode}
        for run in results.runs
    ]
    return pd.DataFrame(rows, columns=[*SETTING, "seek_mode", *RUN])


def summary(results: Results) -> pd.DataFrame:
    """One row a setting, see `Results.summary`."""
    rows = [summarised(one, results.speedup(one)) for one in results.measurements if one.runs]
    return pd.DataFrame(rows, columns=SUMMARY)


def summarised(one: Measurement, speedup: Ratio | None) -> dict[str, Any]:
    """A setting's row of the summary."""
    row = {**values(one.setting, SETTING), "setting": str(one.setting), "runs": len(one.timed)}
    row |= values(one.worst, WORST)
    if not one.timed:
        return row
    row |= {
        "median": one.median,
        "std": one.std,
        "min": min(one.seconds),
        "max": max(one.seconds),
        "frames_per_second": one.frames_per_second,
        "cpu_seconds": one.median_cpu,
        "efficiency": one.efficiency(speedup),
    }
    if speedup:
        row |= {"speedup": speedup.value, "speedup_low": speedup.low, "speedup_high": speedup.high}
    return row


def as_csv(results: Results) -> str:
    """`frame` as CSV. A cell that a spreadsheet would take for a formula begins with an apostrophe."""

    def shown(cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        return f"'{harmless(cell)}" if cell.startswith(FORMULA) else harmless(cell)

    return frame(results).map(shown).to_csv(index=False)


def concat(results: Sequence[Results]) -> pd.DataFrame:
    """Every run of every results, one row a run: `frame`, after the columns `machine`, `started` and `video`."""
    tables = []
    for one in results:
        table = frame(one)
        table.insert(0, "machine", one.machine.hostname)
        table.insert(1, "started", one.started)
        table.insert(2, "video", one.video.name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
