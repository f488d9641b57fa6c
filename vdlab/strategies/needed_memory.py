"""What a request will take, worked out before it is tried: the kernel would end the process without a word."""

from vdlab.errors import SettingsError
from vdlab.gops.batches import resized_size
from vdlab.machine.free_memory import free_memory
from vdlab.strategies.registry import Strategy
from vdlab.video import Video

HELD_FRAMES = 6
"""Frames that a decoder keeps for others to refer to, and to show in order; each thread of FFmpeg has one more."""

YUV_BYTES = 1.5
"""Of a pixel, 8 bits with colours at half the resolution."""

SMALL = 256_000_000
"""Bytes for which nobody is asked how much there is."""


def needed_bytes(strategy: Strategy, video: Video, frames: int, workers: int) -> int:
    """About how many bytes a strategy takes at its peak: the result as often as it holds it, and its decoders."""
    pixels = video.width * video.height
    height, width = resized_size(video.resize, video.height, video.width)
    result = frames * (height * width if strategy.certain else pixels) * 3
    if not strategy.certain and video.resize is not None:
        result += frames * height * width * 3
    decoders = workers if strategy.parallel else 1
    held = decoders * (HELD_FRAMES + video.ffmpeg_threads) * pixels * YUV_BYTES
    return int(result * strategy.batches + held + decoders * pixels * 3)


def check_memory(strategy: Strategy, video: Video, frames: int, workers: int) -> None:
    """Refuse what cannot fit.

    Raises:
        SettingsError: it takes more memory than there is: how much, and what to do.
    """
    needed = needed_bytes(strategy, video, frames, workers)
    if needed < SMALL or needed < (free := free_memory()):
        return
    size = f"{video.width}x{video.height}"
    raise SettingsError(
        f"{video.path}: {frames:,} frames of {size} with {strategy.name} x{workers} take about {needed / 1e9:,.1f} GB, "
        f"and {free / 1e9:,.1f} GB are free; ask for fewer frames (a lower fps), make them smaller (resize), use fewer "
        "workers, or take them batch by batch with vdlab.stream"
    )
