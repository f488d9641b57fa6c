"""Time against the sampling rate."""

from vdlab import charts
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, empty, page


def sampling() -> Tab:
    """One line a setting, where several rates were measured."""
    return page("Sampling", render)


def render(view: View) -> str:
    """The page."""
    timed = {run.fps for run in view.results.runs if run.phase == "timed"}
    if len(timed) < 2:
        return empty("Measure several sampling rates (left, under Sampling) to see time against the rate.")
    return themed(charts.sampling(view.results))
