"""What tests compare with, by other people's libraries: a decode of every frame without a seek, and a plain remux."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import torch
from torchcodec import Frame, FrameBatch

import vdlab  # noqa: F401  (its import hook finds FFmpeg for TorchCodec)


class Truth(NamedTuple):
    """What a decode of every packet from the first on gives, with no seek and nothing left out.

    Attributes:
        frames: in the order in which they come out.
        refused: how many packets the decoder did not take; it was given the next one then.
    """

    frames: list[Frame]
    refused: int


def true_frames(source: Path | bytes) -> Truth:
    """Decode every packet by TorchCodec's own blocks: none of VDLab's code is in it."""
    from torchcodec.decoders import ColorConverter, Demuxer

    demuxer = Demuxer(str(source) if isinstance(source, Path) else source)
    decoder = demuxer.streams[0].make_decoder(num_ffmpeg_threads=1)
    converter = ColorConverter()
    frames: list[Frame] = []
    refused = 0
    for packet in demuxer:
        try:
            frames += map(converter.convert, decoder.decode(packet))
        except RuntimeError:
            refused += 1
    frames += map(converter.convert, decoder.drain())
    return Truth(frames, refused)


def shown(batch: FrameBatch) -> Iterator[tuple[float, torch.Tensor]]:
    """When each frame of a batch is shown, in seconds, and its pixels."""
    return zip(batch.pts_seconds.tolist(), batch.data, strict=True)


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


def remuxed(
    source: Path,
    target: Path,
    late: float = 0,
    options: dict[str, str] | None = None,
    change: Callable[[list[av.Packet]], Iterable[av.Packet]] = lambda packets: packets,
    colours: dict[str, int] | None = None,
) -> Path:
    """Copy the packets of a video to another file.

    Args:
        late: how many seconds later.
        options: of the muxer.
        change: takes all packets and returns those to write; their times and flags may be other ones.
        colours: what the container says of them, whatever the stream says: `color_range`, `colorspace`, ...
    """
    with av.open(str(source)) as container, av.open(str(target), "w", options=options or {}) as output:
        stream = container.streams.video[0]
        copy = output.add_stream_from_template(stream, opaque=True)
        for name, value in (colours or {}).items():
            setattr(copy.codec_context, name, value)
        for packet in change([packet for packet in container.demux(stream) if packet.size]):
            if late:
                packet.pts += round(late / packet.time_base)
                packet.dts += round(late / packet.time_base)
            packet.stream = copy
            output.mux(packet)
    return target
