"""How much memory every strategy takes at its peak."""

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, colour, row_heights, rows
from vdlab.charts.chart import describe, not_measured, single
from vdlab.results.records import Peak, Results
from vdlab.results.wording import size


def peaks_at(results: Results, fps: float) -> list[Peak]:
    """The peaks that were measured at a sampling rate."""
    return [peak for peak in results.peaks if peak.setting.fps == fps]


def no_memory(results: Results, fps: float) -> str:
    """Why there is nothing to draw, and what to do; empty where there is."""
    peaks = peaks_at(results, fps)
    if not peaks:
        return not_measured(results, fps, "memory was measured", "memory", "Memory")
    return single(peaks, lambda peak: f"{peak.setting} takes {peak_in_words(peak)}")


def peak_in_words(peak: Peak) -> str:
    """A peak, and how many times the frames themselves that is."""
    return f"{size(peak.peak_bytes)}, {peak.peak_bytes / peak.result_bytes:.1f}x the frames"


@describe(
    "Memory",
    "How much memory does each setting take at its peak?",
    shows="peak memory of every setting; the numbers are in the table above",
    caption="Full colour is the decoded frames themselves; what is pale, a strategy takes besides.",
    lacking=no_memory,
    size=lambda results, fps: (8.0, 1.9 + row_heights(len(peaks_at(results, fps)))),
)
def memory(ax: Axes, results: Results, fps: float) -> None:
    """Bars as long as the peak memory of all processes of each setting, beyond what they had before the call.

    Full colour is the result itself, the decoded frames, which no strategy can do without; pale is what the strategy
    takes besides: frames on their way, and decoders with the frames they hold.
    """
    peaks = peaks_at(results, fps)
    longest = max(peak.peak_bytes for peak in peaks)
    for row, peak in enumerate(peaks):
        tone, inside = colour(peak.setting.strategy), min(peak.result_bytes, peak.peak_bytes)
        ax.barh(row, inside / 1e6, 0.68, color=tone, alpha=0.85, linewidth=0)
        ax.barh(row, (peak.peak_bytes - inside) / 1e6, 0.68, inside / 1e6, color=tone, alpha=0.4, linewidth=0)
        ax.text((peak.peak_bytes + 0.015 * longest) / 1e6, row, peak_in_words(peak), va="center", fontsize=9)
    frames = peaks[0].result_bytes
    ax.axvline(frames / 1e6, linestyle="--", color=MUTED, linewidth=1)
    rows(ax, [peak.setting for peak in peaks])
    ax.set_xlim(0, max(longest, frames) * 1.3 / 1e6)
    ax.xaxis.set_major_formatter(lambda value, _: size(value * 1e6))
    ax.set_xlabel(f"full colour: the frames themselves, {size(frames)}; pale: beyond them", color=MUTED, fontsize=9)
