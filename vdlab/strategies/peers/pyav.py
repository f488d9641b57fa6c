"""PyAV: FFmpeg's libraries as Python objects."""

from collections.abc import Sequence

import av
import torch
from torchcodec import FrameBatch

from vdlab.strategies.peers.common import COLOUR_TOLERANCE, batch_with_times, positions
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy("pyav", "PyAV", tolerance=COLOUR_TOLERANCE)
def pyav(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """PyAV decodes every frame up to the last wanted one, with `workers` FFmpeg threads.

    The frames that nobody asked for are decoded and dropped, without a conversion to RGB.
    """
    batch = batch_with_times(video, indices)
    wanted = positions(indices)
    with av.open(video.source.for_pyav, "r") as container:
        stream = next(one for one in container.streams.video if one.index == video.stream_index)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = workers
        base = video.index.header.time_base
        for number, frame in enumerate(container.decode(stream)):
            if number in wanted:
                rows = wanted.pop(number)
                batch.data[rows] = torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1)
                if frame.pts is not None:
                    batch.pts_seconds[rows] = frame.pts * base.numerator / base.denominator
            if not wanted:
                break
    if wanted:
        raise RuntimeError(f"PyAV found no frame {min(wanted)}")
    return batch
