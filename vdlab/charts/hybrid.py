"""Threads that each have FFmpeg threads: which pair of numbers is best."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from vdlab.charts.canvas import MUTED, colour
from vdlab.charts.chart import describe, single
from vdlab.charts.speedup import curves
from vdlab.results.records import Results

HYBRID = "hybrid"


def pairs_of(results: Results, fps: float) -> dict[tuple[int, int], float]:
    """Speedups over sequential by the number of workers and of FFmpeg threads in each."""
    lines = {inner: line for (strategy, inner), line in curves(results, fps).items() if strategy == HYBRID}
    return {(workers, inner): ratio.value for inner, line in lines.items() for workers, ratio in line.items()}


def no_hybrid(results: Results, fps: float) -> str:
    """Why there is nothing to draw; empty where there is."""
    found = pairs_of(results, fps)
    if not found:
        return f"{HYBRID} was not measured at {fps:g} fps beside sequential"
    return single(found, lambda pair: f"{HYBRID} x{pair[0]}x{pair[1]} is {found[pair]:.2f}x as fast as sequential")


def size_of(results: Results, fps: float) -> tuple[float, float]:
    """Room for a column a number of FFmpeg threads, and a row a number of workers."""
    rows, columns = (len({pair[place] for pair in pairs_of(results, fps)}) for place in (0, 1))
    return max(8.0, 2.5 + 1.3 * columns), 2.2 + 0.7 * max(2, rows)


@describe(
    "Hybrid",
    "How many threads, with how many FFmpeg threads in each?",
    shows="speedup over sequential by workers and by FFmpeg threads in each; the numbers are in the table above",
    caption="Along a diagonal the threads in all are the same: there the numbers say which of the two uses them "
    "better. The best pair has a frame.",
    lacking=no_hybrid,
    of="video",
    size=size_of,
)
def hybrid(ax: Axes, results: Results, fps: float) -> None:
    """Speedup over sequential for every number of workers and every number of FFmpeg threads in each.

    A row is a number of workers, a column a number of FFmpeg threads. Along a diagonal the threads in all are the
    same: there the chart shows which of the two uses them better. The best pair has a frame.
    """
    found = pairs_of(results, fps)
    counts = sorted({workers for workers, _ in found})
    inner = sorted({threads for _, threads in found})
    best = max(found.values())
    cells = [[found.get((workers, threads), float("nan")) for threads in inner] for workers in counts]
    shades = LinearSegmentedColormap.from_list(HYBRID, ["white", colour(HYBRID)])
    ax.imshow(cells, cmap=shades, vmin=0, vmax=best, aspect="auto")
    for (workers, threads), value in sorted(found.items()):
        frame = {"boxstyle": "round", "facecolor": "none", "edgecolor": "white"} if value == best else None
        look: dict[str, Any] = {
            "color": "white" if value > 0.6 * best else "black",
            "fontweight": "bold",
            "bbox": frame,
        }
        ax.text(inner.index(threads), counts.index(workers), f"{value:.2f}x", ha="center", va="center", **look)
    ax.set_xticks(range(len(inner)), [str(count) for count in inner])
    ax.set_yticks(range(len(counts)), [str(count) for count in counts])
    ax.set_xlabel("FFmpeg threads in each decoder", color=MUTED)
    ax.set_ylabel("workers", color=MUTED)
    ax.tick_params(length=0)
