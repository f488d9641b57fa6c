"""Every run, as numbers."""

import pandas as pd

from vdlab.lab.tabs.tab import Tab, View, page

COLUMNS = [
    "strategy",
    "workers",
    "ffmpeg_threads",
    "fps",
    "phase",
    "round",
    "seconds",
    "cpu_seconds",
    "verdict",
    "frames",
    "detail",
    "notes",
]


def table() -> Tab:
    """The tidy frame, the latest run first."""
    return page("Table", render)


def render(view: View) -> str:
    """The page. Columns that say nothing are left out."""
    frame = view.results.frame[COLUMNS].iloc[::-1]
    if (frame["ffmpeg_threads"] == 1).all():
        frame = frame.drop(columns="ffmpeg_threads")
    frame = frame.loc[:, [name for name in frame if frame[name].notna().any() and not frame[name].eq("").all()]]
    body = frame.to_html(index=False, border=0, classes="vdlab-grid", float_format=number, na_rep="-")
    return f'<p class="vdlab-note">{len(frame)} runs, the latest first: <code>lab.results.frame</code></p>' + (
        f'<div class="vdlab-scroll">{body}</div>'
    )


def number(value: float) -> str:
    """Seconds to the millisecond; a rate without superfluous noughts."""
    return "-" if pd.isna(value) else f"{value:.3f}".rstrip("0").rstrip(".")
