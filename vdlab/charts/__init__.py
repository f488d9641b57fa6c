"""Pictures of results. Each function takes results and an optional `ax`, and returns the matplotlib Axes."""

from vdlab.charts.breakdown import breakdown
from vdlab.charts.canvas import save
from vdlab.charts.cold import cold
from vdlab.charts.compare import compare
from vdlab.charts.cpu import cpu
from vdlab.charts.gop_map import gop_map
from vdlab.charts.hybrid import hybrid
from vdlab.charts.laws import karp_flatt, laws
from vdlab.charts.memory import memory
from vdlab.charts.sampling import sampling
from vdlab.charts.speedup import speedup
from vdlab.charts.time import time
from vdlab.charts.timeline import timeline, timelines

__all__ = [
    "breakdown",
    "cold",
    "compare",
    "cpu",
    "gop_map",
    "hybrid",
    "karp_flatt",
    "laws",
    "memory",
    "sampling",
    "save",
    "speedup",
    "time",
    "timeline",
    "timelines",
]
