"""What a packet says of itself, in the same words for all codecs, and what reads it."""

from typing import NamedTuple


class Picture(NamedTuple):
    """What a packet says of the picture that it holds."""

    frame_type: str
    """"I", "P", "B", or "?" where the packet cannot be understood."""
    start: bool = False
    """Decoding may begin here and is exact for all that is shown from this picture on."""
    fresh: bool = False
    """A start which, with everything after it in storage order, needs nothing before it."""
    disposable: bool = False
    """No other picture can refer to it; in HEVC, none of its own temporal layer or a lower one."""
    layer: int = 0
    """HEVC's temporal layer, 0 elsewhere."""
    order: int | None = None
    """Grows in the order shown, over the whole stream; None where the codec shows pictures in the order stored."""
    reads: int = 0
    """AV1: a bit for each of the eight slots for pictures that it reads as they were before the packet; 0 elsewhere."""
    writes: int = 0
    """AV1: a bit for each slot that it writes; 0 elsewhere."""
    shown: bool = True
    """A frame comes out for this packet."""
    doubt: str = ""
    """What speaks against decoding segments of the stream on their own, "" for nothing: completes "it cannot be decoded
    in segments: "."""


CUT_SHORT = "a packet cannot be understood"
NO_PICTURE = "a packet holds no picture"
INCOMPLETE = "a packet holds an incomplete picture"
SEVERAL = "a packet holds several pictures"
MISSING = "a picture that others refer to is missing"
FIELDS = "it holds single fields"
CHANGED = "its parameters change on the way"
NOT_IN_HEADER = "its parameters are not in its header"
BROKEN_LINK = "it was cut where pictures refer to what is gone"


def doubtful(doubt: str) -> Picture:
    """A packet of which nothing else is known."""
    return Picture("?", doubt=doubt)


class Reader:
    """Reads the packets of a stream, in the order stored, and remembers what it needs to understand the next.

    Args:
        extradata: what the container's header holds for the decoder; empty for nothing.
    """

    in_header = True
    """Whether the stream's parameters were found in its header."""

    def __init__(self, extradata: bytes) -> None:
        pass

    def __call__(self, data: bytes | memoryview) -> Picture:
        """What a packet says; one with a doubt, and never an error, where it cannot be understood."""
        try:
            return self.read(memoryview(data))
        except (IndexError, KeyError):
            return doubtful(CUT_SHORT if self.in_header else NOT_IN_HEADER)

    def read(self, data: memoryview) -> Picture:
        """What a packet says.

        Raises:
            IndexError, KeyError: it cannot be understood.
        """
        raise NotImplementedError
