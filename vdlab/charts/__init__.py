"""Pictures of results. Each function takes results and an optional `ax`, and returns the matplotlib Axes."""

from vdlab.charts.canvas import save
from vdlab.charts.compare import compare
from vdlab.charts.hybrid import hybrid
from vdlab.charts.laws import karp_flatt, laws
from vdlab.charts.sampling import sampling
from vdlab.charts.speedup import speedup
from vdlab.charts.time import time

__all__ = ["compare", "hybrid", "karp_flatt", "laws", "sampling", "save", "speedup", "time"]
