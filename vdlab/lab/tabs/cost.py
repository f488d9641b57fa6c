"""What speed costs: CPU time, memory, where the time goes, and the first call."""

from vdlab import charts
from vdlab.charts.breakdown import no_breakdown
from vdlab.charts.cold import no_cold
from vdlab.charts.cpu import no_cpu
from vdlab.charts.memory import no_memory
from vdlab.lab.markup import text
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, page

CHARTS = {charts.cpu: no_cpu, charts.breakdown: no_breakdown, charts.memory: no_memory, charts.cold: no_cold}


def cost() -> Tab:
    """Four charts, one below the other."""
    return page("Cost", render)


def render(view: View) -> str:
    """The page: each chart, or why it is not there."""
    return "".join(
        f'<p class="vdlab-note">{text(reason)}.</p>'
        if (reason := lacking(view.results, view.fps))
        else themed(draw(view.results, fps=view.fps))
        for draw, lacking in CHARTS.items()
    )
