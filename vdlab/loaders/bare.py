"""What loaders without VDLab's own decoding have in common: TorchCodec's decoder, as people use it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from itertools import islice
from typing import Any, TypeVar

from torchcodec import FrameBatch
from torchcodec.decoders import VideoDecoder

from vdlab.errors import VideoError, one_line
from vdlab.gops.batches import Arrays, packed, resized, unpacked
from vdlab.loaders.registry import Each
from vdlab.video.collection import Wanted
from vdlab.video.sampling import sampling_step, spread

Handle = TypeVar("Handle")


def load(one: Wanted, each: Each = None, ffmpeg_threads: int = 1) -> Any:
    """The frames wanted of a video, or what `each` makes of them; for a broken video, the error."""
    try:
        batch = decode(one, ffmpeg_threads)
    except (RuntimeError, ValueError, IndexError, OSError) as error:  # TorchCodec's are of the first three
        return VideoError(f"{one.name}: cannot be decoded: {one_line(error)}")
    return batch if each is None else each(batch)


def decode(one: Wanted, ffmpeg_threads: int = 1) -> FrameBatch:
    """The frames wanted of a video by one decoder, with TorchCodec's own choices."""
    source: Any = one.source  # whose type TorchCodec says more narrowly than it takes it
    batch = frames_of(one, VideoDecoder(source, num_ffmpeg_threads=ffmpeg_threads))
    return FrameBatch(resized(batch.data, one.resize), batch.pts_seconds, batch.duration_seconds)


def frames_of(one: Wanted, decoder: VideoDecoder) -> FrameBatch:
    """The frames wanted of a video, as large as they are."""
    if one.seconds is not None:
        return decoder.get_frames_played_at(list(one.seconds))
    return decoder.get_frames_at(numbers(one, len(decoder), decoder.metadata.average_fps or 1.0))


def numbers(one: Wanted, count: int, average_fps: float) -> list[int]:
    """Which frames are wanted of a video with so many."""
    if one.fps is not None:
        return list(range(0, count, sampling_step(average_fps, one.fps)))
    return spread(count, one.count) if one.count is not None else list(one.indices or ())


def load_to_send(one: Wanted, each: Each = None) -> Any:
    """As `load`, in another process: frames travel as NumPy arrays, which pickle in half the time of tensors."""
    result = load(one, each)
    return packed(result) if isinstance(result, FrameBatch) else result


def received(result: Any) -> Any:
    """What another process sent, with frames as a batch again."""
    return unpacked(result) if isinstance(result, Arrays) else result


def first_ended(futures: list[Any]) -> Iterable[Any]:
    """Wait until one of an executor's futures has ended: those that have."""
    return wait(futures, return_when=FIRST_COMPLETED).done


def as_they_end(
    wanted: Iterable[Wanted],
    most: int,
    submit: Callable[[Wanted], Handle],
    ended: Callable[[list[Handle]], Iterable[Handle]] = first_ended,
) -> Iterator[tuple[Wanted, Handle]]:
    """Hand out videos, and yield each with its task's handle once that has ended.

    There are never more than `most` tasks whose results nobody has taken: whoever uses frames slowly fills no memory.

    Args:
        submit: begins a task.
        ended: waits until one of several tasks has ended, and returns those that have; the futures of an executor if
            nothing is said.
    """
    waiting = iter(wanted)
    running = {submit(one): one for one in islice(waiting, most)}
    while running:
        for handle in ended(list(running)):
            one = running.pop(handle)
            running |= {submit(following): following for following in islice(waiting, 1)}
            yield one, handle
