"""Figures as text, the same in a terminal, in a report and in Markdown."""

from collections.abc import Sequence

import pandas as pd


def number(value: float | None, form: str) -> str:
    """A figure, or a dash where nothing was measured."""
    return "-" if pd.isna(value) else format(value, form)


def spread(median: float, std: float) -> str:
    """A median with the standard deviation, where there was more than one run."""
    return number(median, ".3f") if pd.isna(std) else f"{median:.3f} ± {std:.3f}"


def rate(value: float) -> str:
    """So many a second: a place behind the point where that says something."""
    return number(value, ",.0f" if value >= 10 else ".1f")


def enumerated(values: Sequence[object], joined: str = "and") -> str:
    """Several things in a sentence: 1, 2 and 4; or with another word than `and`."""
    *most, last = map(str, values)
    return f"{', '.join(most)} {joined} {last}" if most else last


def size(value: float) -> str:
    """A number of bytes in MB or GB."""
    return f"{value / 1e6:,.0f} MB" if value < 1e9 else f"{value / 1e9:.1f} GB"
