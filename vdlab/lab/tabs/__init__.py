"""The right column: one file a tab. Each is made once, and drawn from the results whenever it is looked at."""

from vdlab.lab.tabs.correctness import correctness
from vdlab.lab.tabs.cost import cost
from vdlab.lab.tabs.earlier import earlier
from vdlab.lab.tabs.export import export
from vdlab.lab.tabs.frames import frames
from vdlab.lab.tabs.gops import gops
from vdlab.lab.tabs.laws import laws
from vdlab.lab.tabs.overview import overview
from vdlab.lab.tabs.sampling import sampling
from vdlab.lab.tabs.speedup import speedup
from vdlab.lab.tabs.tab import Tab, View
from vdlab.lab.tabs.table import table
from vdlab.lab.tabs.timeline import timeline

TABS = (overview, speedup, timeline, gops, laws, cost, sampling, frames, correctness, table, export)

__all__ = ["TABS", "Tab", "View", "earlier"]
