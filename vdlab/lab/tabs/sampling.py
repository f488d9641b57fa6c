"""Time against the sampling rate."""

from vdlab import charts
from vdlab.lab.markup import text
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, empty, page
from vdlab.results.decoded import where_seeking_ends


def sampling() -> Tab:
    """One line a setting, and how many frames are decoded at which rate."""
    return page("Sampling", render)


def render(view: View) -> str:
    """The page."""
    timed = {run.fps for run in view.results.runs if run.phase == "timed"}
    said = where_seeking_ends(view.results)
    if len(timed) < 2 and not said:
        return empty("Measure several sampling rates (left, under Sampling) to see time against the rate.")
    words = "".join(f"<li>{text(sentence)}.</li>" for sentence in said)
    return f'<ul class="vdlab-says">{words}</ul>{themed(charts.sampling(view.results))}'
