"""Speedup against workers."""

from vdlab import charts
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, apart, empty, page


def speedup() -> Tab:
    """Curves with the ideal line, interval bands and the CPU count."""
    return page("Speedup", render)


def render(view: View) -> str:
    """The page."""
    table = view.results.summary()
    if not (table["speedup"].notna() & (table["fps"] == view.fps) & (table["strategy"] != "sequential")).any():
        return empty("A speedup needs a timed run of the sequential strategy and one of another.")
    return themed(charts.speedup(view.results, fps=view.fps, behind=view.behind)) + apart(view)
