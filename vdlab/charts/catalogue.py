"""Every chart there is, in reading order; a new one is a file of this folder and its name here."""

from vdlab.charts.breakdown import breakdown
from vdlab.charts.chart import DESCRIBED
from vdlab.charts.chart import Chart as Chart  # for those who read the catalogue
from vdlab.charts.cold import cold
from vdlab.charts.collection import grid, inside, latency, throughput
from vdlab.charts.cpu import cpu
from vdlab.charts.difference import difference
from vdlab.charts.gop_map import gop_map
from vdlab.charts.hybrid import hybrid
from vdlab.charts.laws import karp_flatt, laws
from vdlab.charts.memory import memory
from vdlab.charts.sampling import sampling
from vdlab.charts.speedup import speedup
from vdlab.charts.time import time
from vdlab.charts.timeline import timelines
from vdlab.errors import SettingsError, near
from vdlab.results.records import Results

CHARTS: tuple[Chart, ...] = tuple(
    DESCRIBED[draw.__name__]
    for draw in (
        *(time, speedup, difference, timelines, gop_map, laws, karp_flatt),
        *(cpu, memory, breakdown, cold, sampling, hybrid),
        *(throughput, latency, inside, grid),
    )
)


def charts_of(results: Results) -> tuple[Chart, ...]:
    """Those that are for one video, or those for a collection, whichever was measured."""
    other = "video" if results.collection else "collection"
    return tuple(one for one in CHARTS if one.of != other)


def chart(name: str) -> Chart:
    """The chart of a name.

    Raises:
        SettingsError: there is none: which names are near.
    """
    names = [one.name for one in CHARTS]
    if name not in names:
        raise SettingsError(f"unknown chart {name!r}; {near(name, names, lambda: names)}")
    return DESCRIBED[name]
