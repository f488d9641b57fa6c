"""What a packet says of itself: the one place where codecs are told apart."""

from collections.abc import Callable

from vdlab.video import av1, h264, hevc, intra, mpeg2, mpeg4, vpx
from vdlab.video.picture import Picture

__all__ = ["Picture", "reader"]

READERS: dict[str, Callable[[bytes], Callable[[bytes | memoryview], Picture]]] = {
    "h264": h264.reader,
    "hevc": hevc.reader,
    "av1": av1.reader,
    "vp9": vpx.vp9_reader,
    "vp8": vpx.vp8_reader,
    "mpeg4": mpeg4.reader,
    "mpeg2video": mpeg2.reader,
    "mpeg1video": mpeg2.reader,
    "ffv1": intra.ffv1_reader,
    **dict.fromkeys(intra.INTRA_ONLY, intra.reader),
}
"""What reads a codec's packets, by FFmpeg's name of the codec, given the stream's extradata."""


def reader(codec: str, extradata: bytes) -> Callable[[bytes | memoryview], Picture] | None:
    """What tells the `Picture` in each packet of a stream; None for codecs of which nothing is known.

    It remembers what it has read: give it every packet of the stream, in the order stored. A packet that it cannot
    understand gives a `Picture` with a doubt, never an error. `memoryview(packet)` of PyAV's saves a copy.

    Args:
        codec: FFmpeg's name of it: "h264", "hevc", "av1", ...
        extradata: what the container's header holds for the decoder; empty for nothing.
    """
    make = READERS.get(codec)
    return make(extradata) if make else None
