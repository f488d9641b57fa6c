"""What a request will take, worked out before it is tried: the kernel would end the process without a word."""

from math import prod

from vdlab.errors import SettingsError
from vdlab.gops.batches import resized_size
from vdlab.machine.limits import free_gpu_memory, free_memory
from vdlab.strategies.registry import Strategy
from vdlab.video import Video

HELD_FRAMES = 6
"""Frames that a decoder keeps for others to refer to, and to show in order; each thread of FFmpeg has one more."""

YUV_BYTES = 1.5
"""Of a pixel, 8 bits with colours at half the resolution."""

SMALL = 256_000_000
"""Bytes for which nobody is asked how much there is."""


def frame_bytes(video: Video) -> int:
    """Bytes of a frame of the result."""
    height, width = resized_size(video.resize, *video.stored_size)
    return 3 * height * width


def decoder_bytes(video: Video) -> int:
    """About how many bytes a decoder holds, and the frame that is being converted."""
    return int(((HELD_FRAMES + video.ffmpeg_threads) * YUV_BYTES + 3) * prod(video.stored_size))


def needed_bytes(strategy: Strategy, video: Video, frames: int, workers: int) -> int:
    """About how many bytes a strategy takes at its peak: the result as often as it holds it, and its decoders."""
    result = frames * frame_bytes(video)
    if not strategy.certain and video.resize is not None:  # made smaller when all are there
        result += frames * video.frame_bytes
    return result * strategy.batches + decoder_bytes(video) * (workers if strategy.parallel else 1)


def check_memory(strategy: Strategy, video: Video, frames: int, workers: int) -> None:
    """Refuse what cannot fit into the machine's memory, or into the GPU's where the frames are there.

    Raises:
        SettingsError: it takes more memory than there is: how much, and what to do.
    """
    needed = needed_bytes(strategy, video, frames, workers)
    if needed >= SMALL:
        refuse_beyond(free_gpu_memory() if strategy.on_gpu else free_memory(), strategy, video, frames, workers)


def refuse_beyond(free: int, strategy: Strategy, video: Video, frames: int, workers: int) -> None:
    """Refuse what takes more than `free` bytes.

    Raises:
        SettingsError: as of `check_memory`.
    """
    needed = needed_bytes(strategy, video, frames, workers)
    if needed < free:
        return
    where = " of the GPU's memory" if strategy.on_gpu else ""
    raise SettingsError(
        f"{video.path}: {frames:,} frames of {video.width}x{video.height} with {strategy.name} x{workers} take about "
        f"{needed / 1e9:,.1f} GB{where}, and {free / 1e9:,.1f} GB are free; ask for fewer frames (a lower fps), make "
        "them smaller (resize), use fewer workers, or take them batch by batch with vdlab.stream"
    )


def batches_that_fit(video: Video, batch_size: int, workers: int, ahead: int | None) -> int:
    """How many batches `vdlab.stream` may hold beside the one that its caller has.

    Args:
        ahead: how many were asked for; two for each worker if None, or as many as fit.

    Raises:
        SettingsError: the batches and decoders take more memory than there is.
    """
    free, decoders, batch = free_memory(), workers * decoder_bytes(video), batch_size * frame_bytes(video)
    held = ahead or max(1, min(2 * workers, (free - decoders) // batch - 1))
    needed = (held + 1) * batch + decoders
    if needed >= SMALL and needed > free:
        raise SettingsError(
            f"{video.path}: {held + 1:,} batches of {batch_size:,} frames and {workers} decoders of "
            f"{video.width}x{video.height} take about {needed / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free; "
            "use a smaller batch_size, fewer batches ahead or fewer workers, or make frames smaller (resize)"
        )
    return held
