"""How much memory every strategy takes at its peak."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, axes, colour, first_rate, footnotes, not_measured, nothing, rows, title
from vdlab.results.wording import size

if TYPE_CHECKING:
    from vdlab.results.records import Peak, Results


def memory(results: "Results", ax: Axes | None = None, fps: float | None = None) -> Axes:
    """Bars as long as the peak memory of all processes of each setting, beyond what they had when idle.

    The full part is the result itself, the decoded frames, which no strategy can do without; the pale part is what
    the strategy takes besides: copies on their way, and decoders with the frames they keep.

    Args:
        results: what was measured.
        ax: where to draw; a figure of its own if None.
        fps: the sampling rate to draw; the first one measured if None.
    """
    fps = first_rate(results, fps)
    peaks = peaks_of(results, fps)
    reason = no_memory(results, fps)
    ax = axes(ax, height=1.8 if reason else 1.9 + 0.36 * max(3, len(peaks)))
    title(ax, "Memory at the peak, all processes together", results, fps)
    if reason:
        return nothing(ax, reason)
    longest = max(peak.peak_bytes for peak in peaks)
    for row, peak in enumerate(peaks):
        tone, inside = colour(peak.strategy), min(peak.result_bytes, peak.peak_bytes)
        ax.barh(row, inside / 1e6, 0.68, color=tone, alpha=0.85, linewidth=0)
        ax.barh(row, (peak.peak_bytes - inside) / 1e6, 0.68, inside / 1e6, color=tone, alpha=0.4, linewidth=0)
        label = f"{size(peak.peak_bytes)}, {peak.peak_bytes / peak.result_bytes:.1f}x the frames"
        ax.text((peak.peak_bytes + 0.015 * longest) / 1e6, row, label, va="center", fontsize=9)
    frames = peaks[0].result_bytes
    ax.axvline(frames / 1e6, linestyle="--", color=MUTED, linewidth=1)
    rows(ax, [peak.setting for peak in peaks])
    ax.set_xlim(0, max(longest, frames) * 1.3 / 1e6)
    ax.xaxis.set_major_formatter(lambda value, _: size(value * 1e6))
    ax.set_xlabel(f"full colour: the frames themselves, {size(frames)}; pale: beyond them", color=MUTED, fontsize=9)
    footnotes(ax, results, fps)
    return ax


def peaks_of(results: "Results", fps: float) -> "list[Peak]":
    return [peak for peak in results.peaks if peak.fps == fps]


def no_memory(results: "Results", fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    return "" if peaks_of(results, fps) else not_measured(results, fps, "memory was measured", "memory", "Memory")
