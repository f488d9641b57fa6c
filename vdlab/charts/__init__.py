"""Pictures of results. Each function takes results and an optional `ax`, and returns the matplotlib Axes."""

from vdlab.charts.canvas import save
from vdlab.charts.catalogue import *  # noqa: F403  the functions of all charts, which are named there and nowhere else
from vdlab.charts.catalogue import CHARTS, chart
from vdlab.charts.compare import compare
from vdlab.charts.timeline import timeline

__all__ = [*(one.name for one in CHARTS), "CHARTS", "chart", "compare", "save", "timeline"]
