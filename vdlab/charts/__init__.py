"""Pictures of results. Each function takes results and an optional `ax`, and returns the matplotlib Axes."""

from vdlab.charts.canvas import save
from vdlab.charts.laws import karp_flatt, laws
from vdlab.charts.speedup import speedup
from vdlab.charts.time import time

__all__ = ["karp_flatt", "laws", "save", "speedup", "time"]
