"""A sweep in a sentence, and in a few more whether its frames are the right ones."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from vdlab.benchmark.comparison import judgements
from vdlab.benchmark.numbers import enumerated
from vdlab.benchmark.results import REFERENCE, Results


def verdict(results: Results) -> str:
    """Which strategy is fastest, by how much, and whether all return the same frames; a line a sampling rate."""
    table = results.summary()
    if table.empty:
        return "nothing was measured"
    return "\n".join(_verdicts(results, table))


def fastest(results: Results, fps: float) -> pd.Series | None:
    """The summary's row with the smallest median among those with the reference's frames; None if there is none."""
    table = results.summary()
    right = table[(table["fps"] == fps) & table["verdict"].isin(["identical", "close"]) & (table["runs"] > 0)]
    return None if right.empty else right.loc[right["median"].idxmin()]


def comparisons(results: Results) -> list[str]:
    """A sentence for each strategy against sequential and for the fastest two, a sampling rate after the other."""
    rates = results.settings["fps"]
    return [
        f"at {rate:g} fps, {judgement}" if len(rates) > 1 else str(judgement)
        for rate in rates
        for judgement in judgements(results, rate)
    ]


class Said(NamedTuple):
    """A sentence on the frames of a sampling rate, and whether it is good news."""

    sentence: str
    good: bool


def words_of_frames(results: Results, fps: float) -> list[Said]:
    """What frames were compared with, whether their times are those asked for, and what the truth says."""
    said = [Said(one.sentence, not one.because) for one in results.references if one.fps == fps]
    said += _words_of_times(results, fps)
    return said + [Said(truth.sentence, truth.right) for truth in results.truths if truth.fps == fps]


def _words_of_times(results: Results, fps: float) -> list[Said]:
    runs = [run for run in results.runs if run.fps == fps and run.times_checked is not None]
    checked = {str(run.setting): run.times_checked for run in runs if run.times_checked}
    if not runs:
        return []
    if not checked:
        return [Said("no frame could be held against the time it should be shown at", False)]
    wrong = list(dict.fromkeys(str(run.setting) for run in runs if run.wrong_times))
    frames = f"all {max(checked.values()):,} frames carry the times of the frames asked for"
    without = sorted({run.strategy for run in runs if not run.times_checked})
    silent = f"; {enumerated(without)} give{'s' * (len(without) == 1)} no times" if without else ""
    if not wrong:
        return [Said(f"{frames}{', whoever decoded them' if len(checked) > 1 else ''}{silent}", True)]
    if len(wrong) == len(checked):
        return [Said(f"frames from the wrong place in every setting{silent}", False)]
    return [Said(f"{frames}, but for those of {enumerated(wrong)}{silent}", False)]


def _verdicts(results: Results, table: pd.DataFrame) -> Iterator[str]:
    rates = [rate for rate in results.settings["fps"] if (table["fps"] == rate).any()]
    for rate in rates:
        rows = table[table["fps"] == rate]
        prefix = f"at {rate:g} fps, " if len(rates) > 1 else ""
        yield f"{prefix}{_speed(results, rate)}; {_agreement(rows)}"


def _speed(results: Results, rate: float) -> str:
    best = fastest(results, rate)
    if best is None:
        return "no strategy was timed"
    name = best["setting"]
    if best["strategy"] == REFERENCE:
        return "nothing was faster than sequential"
    if pd.isna(best["speedup"]):
        return f"{name} was the fastest; without a sequential time there is no speedup"
    factor = f"{best['speedup']:.2f}x"
    if pd.isna(best["speedup_low"]):
        return f"{name} is {factor} as fast as sequential, from one round only"
    return f"{name} is {factor} [{best['speedup_low']:.2f}, {best['speedup_high']:.2f}] as fast as sequential"


def _agreement(rows: pd.DataFrame) -> str:
    wrong = rows[~rows["verdict"].isin(["identical", "close"])]
    count = rows["strategy"].nunique()
    if wrong.empty and count == 1:
        return "only one strategy was run"
    if wrong.empty:
        close = sorted(set(rows.loc[rows["verdict"] == "close", "strategy"]))
        but = f", but for the colours of {', '.join(close)}" if close else ""
        return f"all {count} strategies return identical frames{but}"
    return "; ".join(f"{row.setting} {row.verdict}" for row in wrong.itertuples())
