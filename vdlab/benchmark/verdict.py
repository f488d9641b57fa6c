"""A sweep in a sentence."""

from collections.abc import Iterator

import pandas as pd

from vdlab.benchmark.comparison import judgements
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
        return f"{name} was the fastest"
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
