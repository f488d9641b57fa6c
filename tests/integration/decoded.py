"""What tests compare with, straight from PyAV: a decode of every frame without a seek, and a plain remux."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def frames(
    path: Path, keep: Callable[[int], bool] = lambda packet_number: True
) -> Iterator[tuple[Fraction, np.ndarray]]:
    """Yield when each frame is shown, in seconds, and its luma, uint8 [H, W]; decode only packets kept."""
    with av.open(str(path)) as container:
        stream = container.streams.best("video")
        for number, packet in enumerate(container.demux(stream)):
            if packet.size and not keep(number):
                continue
            for frame in packet.decode():
                yield frame.pts * frame.time_base, frame.to_ndarray()[: frame.height]


def remuxed(source: Path, target: Path, late: float = 0, options: dict[str, str] | None = None) -> Path:
    """Copy the packets of a video to another file, `late` seconds later."""
    with av.open(str(source)) as container, av.open(str(target), "w", options=options or {}) as output:
        stream = container.streams.video[0]
        copy = output.add_stream_from_template(stream, opaque=True)
        for packet in container.demux(stream):
            if packet.size:
                packet.pts += round(late / packet.time_base)
                packet.dts += round(late / packet.time_base)
                packet.stream = copy
                output.mux(packet)
    return target
