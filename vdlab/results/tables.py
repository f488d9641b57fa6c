"""Results as tables: one row a run, or one row a setting."""

from collections.abc import Sequence
from dataclasses import fields
from statistics import median
from typing import Any

import pandas as pd

from vdlab.errors import harmless
from vdlab.results.records import Loading, Measurement, Plan, Results, Run, Setting
from vdlab.results.statistics import Ratio
from vdlab.results.wording import number, rate, size, spread

SETTING = [field.name for field in fields(Setting) if field.name != "frames"]
RUN = [field.name for field in fields(Run) if field.name not in ("setting", "stack", "loading")]
LOADING = [field.name for field in fields(Loading) if field.name != "clip_seconds"]
WORST = ["verdict", "detail", "largest_difference", "notes", "times_checked", "wrong_times", "first_wrong_time"]
"""Columns of the summary that are those of a setting's worst run."""

TIMES = ["runs", "median", "std", "min", "max"]
RATIOS = ["speedup", "speedup_low", "speedup_high", "efficiency", "frames_per_second", "cpu_seconds"]
FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
"""What a cell begins with that spreadsheets compute: a file's name or a failure's message can come from anyone."""

SUMMARY = [*SETTING, "setting", *TIMES, *RATIOS, *WORST]

COLLECTION = ["case", *LOADING, "videos_per_second", "cpu_seconds_per_video", "clip_p50", "clip_p95", "waited"]
"""Further columns of the summary of a collection."""


def values(record: Setting | Run | Loading, names: Sequence[str]) -> dict[str, Any]:
    """Some fields of a record by their names."""
    return {name: getattr(record, name) for name in names}


def frame(results: Results) -> pd.DataFrame:
    """One row a run, in the order in which they began; columns as in `Setting` and `Run`, and the seek mode."""
    rows = [
        {
            **values(run.setting, SETTING),
            **values(run, RUN),
            **({"case": run.setting.frames, **values(run.loading, LOADING)} if run.loading else {}),
            "seek_mode": results.plan.seek_mode,
        }
        for run in results.runs
    ]
    return pd.DataFrame(
        rows, columns=[*SETTING, "seek_mode", *RUN, *(["case", *LOADING] if results.plan.frames else [])]
    )


def summary(results: Results) -> pd.DataFrame:
    """One row a setting, see `Results.summary`."""
    rows = [summarised(one, results.speedup(one)) for one in results.measurements if one.runs]
    return pd.DataFrame(rows, columns=[*SUMMARY, *(COLLECTION if results.plan.frames else [])])


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
    return row | loading_figures(one)


def loading_figures(one: Measurement) -> dict[str, Any]:
    """What only the timed runs of a loader have, each figure in the median: columns `COLLECTION`."""
    runs = [run.loading for run in one.timed if run.loading]
    if not runs:
        return {}
    videos = runs[0].videos
    return {
        "case": one.setting.frames,
        **{name: median(getattr(loading, name) for loading in runs) for name in LOADING},
        "videos_per_second": videos / one.median,
        "cpu_seconds_per_video": one.median_cpu / videos,
        "clip_p50": median(loading.quantile(0.5) for loading in runs),
        "clip_p95": median(loading.quantile(0.95) for loading in runs),
        "waited": one.waited.waited_seconds / one.waited.seconds if one.waited else None,
    }


def cells(results: Results, one: Measurement, memory: bool = False) -> dict[str, str]:
    """What people read of a setting that ran, by column; with its peak memory, if that is wanted."""
    speedup, loader, figures = results.speedup(one), bool(results.plan.frames), loading_figures(one)
    return {
        "Loader" if loader else "Strategy": one.setting.strategy,
        "Workers": one.setting.counts,
        "Median ± std [s]": spread(one.median, one.std),
        "Speedup [95 %]": "1.00x" if one is results.over(one.setting) else str(speedup or "-"),
        **(loader_cells(results.plan, one, figures) if loader else strategy_cells(one, speedup)),
        **({"Peak memory": size(one.peak.peak_bytes) if one.peak else "-"} if memory else {}),
        **({"Failures": shown(figures, "failures", ".0f")} if loader else {}),
        "Verdict": one.worst.verdict,
    }


def strategy_cells(one: Measurement, speedup: Ratio | None) -> dict[str, str]:
    """The columns that only strategies have."""
    return {
        "Efficiency": number(one.efficiency(speedup), ".0%"),
        "Frames/s": rate(one.frames_per_second),
        "CPU [s]": number(one.median_cpu, ".2f"),
    }


def loader_cells(plan: Plan, one: Measurement, figures: dict[str, Any]) -> dict[str, str]:
    """The columns that only loaders have."""
    quantiles = {f"p{percent} [ms]": shown(figures, f"clip_p{percent}", ",.0f", 1000) for percent in (50, 95)}
    known = plan.frames[0] == "stay"
    return {
        "Videos/s": shown(figures, "videos_per_second", ".1f"),
        "Frames/s": number(one.frames_per_second, ",.0f"),
        "CPU/video [ms]": shown(figures, "cpu_seconds_per_video", ",.0f", 1000),
        **(quantiles if known else {}),
        "First [s]": shown(figures, "first_seconds", ".2f"),
        **({} if known else {"Returned": size(int(figures.get("returned_bytes", 0)))}),
        **({"Waiting": shown(figures, "waited", ".0%")} if plan.using_seconds is not None else {}),
    }


def shown(figures: dict[str, Any], name: str, form: str, factor: float = 1) -> str:
    """A figure of a loader, times a factor; a dash where nobody knows it."""
    value = figures.get(name)
    return "-" if value is None else number(factor * value, form)


def as_csv(results: Results) -> str:
    """`frame` as CSV. A cell that a spreadsheet would take for a formula begins with an apostrophe."""

    def safe(cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        return f"'{harmless(cell)}" if cell.startswith(FORMULA) else harmless(cell)

    return frame(results).map(safe).to_csv(index=False)


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
