"""Decoded frames: one batch allocated once, which workers fill row by row."""

import threading
import weakref
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import prod

import numpy as np
import torch
from torch.nn import functional
from torchcodec import Frame, FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.errors import SettingsError, VideoError
from vdlab.machine.stopping import go_on
from vdlab.tracing.spans import span
from vdlab.video import Resize, Video

# Frames are decoded in small groups on their way into the result. A group of this size stays in a cache or two
# and is served from the heap again and again; one large block would be mapped and cleared by the kernel each time.
GROUP_BYTES = 8 * 2**20

MOST_SPARE = 256 * 2**20
"""Bytes that a thread keeps for its next batch at most."""

LARGEST_SIDE = 16_384
"""Pixels. Larger frames are asked for by mistake."""


def allocate(video: Video, count: int) -> FrameBatch:
    """Room for `count` frames: uint8 `[count, 3, H, W]`, pts and durations in seconds as float64 `[count]`."""
    return room(count, video.height, video.width)


def room(count: int, height: int, width: int, device: str = "cpu") -> FrameBatch:
    """Room for `count` frames of this size.

    Rows of pixels lie in memory as decoders write them, colours side by side, so filling is a plain copy.
    """
    shape = (count, height, width, 3)
    again = device == "cpu" and _spare.wanted and prod(shape) <= MOST_SPARE
    rows = _spare_rows(shape) if again else torch.empty(shape, dtype=torch.uint8, device=device)
    data = rows.permute(0, 3, 1, 2)
    return FrameBatch(data, torch.empty(count, dtype=torch.float64), torch.empty(count, dtype=torch.float64))


class _Spare(threading.local):
    """The memory of a thread's last batch, and whether anybody has that batch still."""

    wanted = False
    memory = np.empty(0, np.uint8)
    lent: "weakref.ref[np.ndarray] | None" = None


_spare = _Spare()


def reuse_memory() -> None:
    """Have this thread's next batches lie where its last one did, once nobody has that any more.

    The system clears memory before it gives it, which takes some per cent of decoding frames into it.
    """
    _spare.wanted = True


def _spare_rows(shape: tuple[int, ...]) -> torch.Tensor:
    size = prod(shape)
    if (_spare.lent and _spare.lent() is not None) or len(_spare.memory) < size:
        _spare.memory = torch.empty(size, dtype=torch.uint8).numpy()  # NumPy's own would lie in large pages: slower
    rows = _spare.memory[:size].reshape(shape)
    _spare.lent = weakref.ref(rows)  # which tensors hold for as long as there are any of this batch
    return torch.from_numpy(rows)


def views(batch: FrameBatch, chunks: Sequence[Sequence[int]]) -> list[FrameBatch]:
    """The batch cut into one view a chunk, in order: what is written to a view is written to the batch."""
    borders = pairwise(accumulate(map(len, chunks), initial=0))
    return [batch[begin:end] for begin, end in borders]


def fill(view: FrameBatch, decoder: VideoDecoder, indices: Sequence[int]) -> None:
    """Decode `indices` into `view`, group by group, so that little more than the result is ever in memory."""
    group = max(1, GROUP_BYTES // max(1, view.data[0].numel())) if len(view) else 1
    for start in range(0, len(indices), group):
        go_on()
        write(view[start : start + group], decoder.get_frames_at(list(indices[start : start + group])))


def write(view: FrameBatch, frames: FrameBatch) -> None:
    """Write pixels, pts and durations of `frames` into `view`.

    Raises:
        RuntimeError: the two differ in shape.
    """
    if view.data.shape != frames.data.shape:
        raise RuntimeError(f"expected frames of shape {tuple(view.data.shape)}, got {tuple(frames.data.shape)}")
    with span("copying", len(view)):
        write_pixels(view.data, frames.data)
        view.pts_seconds.copy_(frames.pts_seconds)
        view.duration_seconds.copy_(frames.duration_seconds)


class Arrays(tuple[np.ndarray, ...]):
    """A batch on its way between processes: arrays pickle in half the time of tensors."""


def packed(batch: FrameBatch) -> Arrays:
    """The batch as it travels."""
    return Arrays((batch.data.permute(0, 2, 3, 1).numpy(), batch.pts_seconds.numpy(), batch.duration_seconds.numpy()))


def unpacked(arrays: Arrays) -> FrameBatch:
    """The batch that travelled."""
    # What lies in memory that processes have in common can only be read, and torch knows no such tensors.
    tensors = (torch.from_numpy(array if array.flags.writeable else array.copy()) for array in arrays)
    data, pts_seconds, duration_seconds = tensors
    return FrameBatch(data.permute(0, 3, 1, 2), pts_seconds, duration_seconds)


def write_pixels(into: torch.Tensor, pixels: torch.Tensor) -> None:
    """Write pixels, in main memory by the calling thread alone.

    torch would divide so short a copy among OpenMP threads. They wait for the next one by running in circles, on
    CPUs that have decoding to do, and all wait for the one that gets no CPU. In a process forked from one that had such
    threads they are gone, and it would wait for them for ever.
    """
    if into.is_cpu and pixels.is_cpu:
        np.copyto(into.numpy(), pixels.numpy())
    else:
        into.copy_(pixels)


def put_row(batch: FrameBatch, row: int, frame: Frame | FrameBatch) -> None:
    """Write a frame to its row of a batch."""
    write_pixels(batch.data[row], frame.data)
    batch.pts_seconds[row] = frame.pts_seconds
    batch.duration_seconds[row] = frame.duration_seconds


def resized(frames: torch.Tensor, resize: Resize) -> torch.Tensor:
    """Frames, uint8 `[..., 3, H, W]`, in the size asked for, by torch's antialiased bilinear filter.

    Raises:
        SettingsError: it is no size.
    """
    if resize is None:
        return frames
    size = resized_size(resize, *frames.shape[-2:])
    if size == tuple(frames.shape[-2:]):
        return frames
    images = frames if frames.ndim == 4 else frames[None]
    small = functional.interpolate(images, size, mode="bilinear", antialias=True)
    return small if frames.ndim == 4 else small[0]


def resized_size(resize: Resize, height: int, width: int) -> tuple[int, int]:
    """(height, width) that frames of `height` by `width` pixels get; a single number is the shorter side.

    Raises:
        SettingsError: it is no size.
    """
    if resize is None:
        return height, width
    sides = (resize, resize) if isinstance(resize, int) else resize
    if (
        not isinstance(sides, tuple | list)
        or len(sides) != 2
        or not all(isinstance(side, int) and 1 <= side <= LARGEST_SIDE for side in sides)
    ):
        raise SettingsError(f"resize={resize!r} is no size; give the shorter side, or (height, width), in pixels")
    if not isinstance(resize, int):
        return resize[0], resize[1]
    shorter = min(height, width)
    return round(height * resize / shorter), round(width * resize / shorter)


class SizeChange(VideoError):
    """Frames of several sizes, which make no batch."""


def size_change(video: Video, shape: Sequence[int], seconds: float) -> SizeChange:
    """What is to be said of a frame of another size than those before it."""
    return SizeChange(
        f"{video.path}: its frames change their size, to {shape[-1]}x{shape[-2]} at {seconds:.3f} s; "
        "say resize=(height, width) for frames of one size"
    )


class Rows:
    """A batch that comes into being with its first frame, whose size is that of all.

    What a header says of sizes and counts is a claim; this is what the frames say.
    """

    def __init__(self, video: Video, count: int, device: str = "cpu") -> None:
        self.video, self.count, self.device = video, count, device
        self.batch: FrameBatch | None = None
        self.mixed = False  # whether frames of several sizes came
        self.filled = np.zeros(count, dtype=bool)
        self._lock = threading.Lock()

    def put(self, row: int, frame: Frame, duration: float) -> None:
        """Copy a decoded frame, resized as the video asks, to its row.

        Raises:
            SizeChange: it has another size than the frames before it.
        """
        pixels = resized(frame.data, self.video.resize)
        if self.batch is None:
            with self._lock:
                if self.batch is None:
                    height, width = pixels.shape[-2:]
                    self.batch = room(self.count, height, width, self.device)
        if pixels.shape != self.batch.data.shape[1:]:
            self.mixed = True
            raise size_change(self.video, pixels.shape, frame.pts_seconds)
        put_row(self.batch, row, Frame(pixels, frame.pts_seconds, duration))
        self.filled[row] = True

    def finished(self) -> FrameBatch:
        """The batch with the rows that were filled, moved together where they have gaps; to be called once."""
        if self.batch is None:
            return room(0, *resized_size(self.video.resize, self.video.height, self.video.width), self.device)
        rows = np.flatnonzero(self.filled).tolist()
        for to, row in enumerate(rows):
            if to != row:
                put_row(self.batch, to, self.batch[row])
        return self.batch if len(rows) == self.count else self.batch[: len(rows)]
