"""The answer: the verdict in a sentence, bars with every run, and what weakens the numbers."""

from vdlab import charts
from vdlab.lab.markup import sentence
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, apart, empty, page
from vdlab.results.records import Caution
from vdlab.results.verdict import verdict

FEW = 2


def overview() -> Tab:
    """Bars with spread, and speedups."""
    return page("Overview", render)


def render(view: View) -> str:
    """The page."""
    if not any(run.phase == "timed" and run.fps == view.fps for run in view.results.runs):
        return empty("Warming up: untimed runs come first, the first bars follow.")
    lines = "<br>".join(sentence(line) for line in verdict(view.results).splitlines())
    drawn = themed(charts.time(view.results, fps=view.fps, behind=view.behind))
    return f'<p class="vdlab-verdict">{lines}</p>{drawn}{apart(view)}{cautions(view.results.cautions)}'


def cautions(found: list[Caution]) -> str:
    """What weakens the numbers; more than a few are folded away under how many they are."""
    if not found:
        return ""
    lines = "".join(f"<li>{sentence(caution.message)}</li>" for caution in found)
    state = "open" if len(found) <= FEW else ""
    summary = f"{len(found)} {'thing weakens' if len(found) == 1 else 'things weaken'} these numbers"
    return f'<details class="vdlab-cautions" {state}><summary>{summary}</summary><ul>{lines}</ul></details>'
