"""The answer: the verdict in a sentence, bars with every run, and what weakens the numbers."""

from vdlab import charts
from vdlab.benchmark.verdict import verdict
from vdlab.lab.markup import sentence
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, empty, page


def overview() -> Tab:
    """Bars with spread, and speedups."""
    return page("Overview", render)


def render(view: View) -> str:
    """The page."""
    if not any(run.phase == "timed" and run.fps == view.fps for run in view.results.runs):
        return empty("Warming up: untimed runs come first, the first bars follow.")
    lines = "<br>".join(sentence(line) for line in verdict(view.results).splitlines())
    cautions = "".join(f"<li>{sentence(caution.message)}</li>" for caution in view.results.warnings)
    below = f'<ul class="vdlab-cautions">{cautions}</ul>' if cautions else ""
    return f'<p class="vdlab-verdict">{lines}</p>{themed(charts.time(view.results, fps=view.fps))}{below}'
