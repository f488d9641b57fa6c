"""Threads that each have FFmpeg threads: which pair of numbers is best."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, axes, first_rate, footnotes, title

if TYPE_CHECKING:
    from vdlab.results.records import Results


def hybrid(results: "Results", ax: Axes | None = None, fps: float | None = None) -> Axes:
    """Speedup over sequential for every number of workers and every number of FFmpeg threads in each.

    A row is a number of workers, a column a number of FFmpeg threads. Along a diagonal the threads in all are the
    same: there the chart shows which kind is the better use of them. The best pair has a frame.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
    """
    fps = first_rate(results, fps)
    table = results.summary()
    table = table[(table["strategy"] == "hybrid") & (table["fps"] == fps) & table["speedup"].notna()]
    cells = table.pivot(index="workers", columns="ffmpeg_threads", values="speedup").astype(float)
    ax = axes(ax, width=2.5 + 1.3 * max(3, cells.shape[1]), height=2.2 + 0.7 * max(2, cells.shape[0]))
    title(ax, "Speedup of threads x FFmpeg threads", results, fps)
    ax.set_xticks(range(cells.shape[1]), [str(count) for count in cells.columns])
    ax.set_yticks(range(cells.shape[0]), [str(count) for count in cells.index])
    if cells.empty:
        ax.text(0.5, 0.5, "hybrid was not measured", transform=ax.transAxes, ha="center", color=MUTED)
        return ax
    values = cells.to_numpy()
    best = cells.stack().max()
    ax.imshow(values, cmap="viridis", vmin=0, vmax=best, aspect="auto")
    for row, column in zip(*(~cells.isna().to_numpy()).nonzero(), strict=True):
        value = values[row, column]
        frame = {"boxstyle": "round", "facecolor": "none", "edgecolor": "black"} if value == best else None
        shade = "black" if value > 0.6 * best else "white"
        ax.text(column, row, f"{value:.2f}x", ha="center", va="center", color=shade, fontweight="bold", bbox=frame)
    ax.set_xlabel("FFmpeg threads in each decoder", color=MUTED)
    ax.set_ylabel("workers", color=MUTED)
    ax.tick_params(length=0)
    footnotes(ax, results, fps)
    return ax
