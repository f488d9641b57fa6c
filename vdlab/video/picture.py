"""What a packet says of itself, in words that all codecs share."""

from typing import NamedTuple


class Picture(NamedTuple):
    """What a packet says of the picture that it holds."""

    kind: str
    """"I", "P", "B", or "?" where the packet cannot be understood."""
    start: bool
    """Decoding may begin here and is exact for all that is shown from this picture on."""
    fresh: bool
    """A start which, with everything after it in storage order, needs nothing before it."""
    disposable: bool
    """No other picture can refer to it; in HEVC, none of its own temporal layer or a lower one."""
    layer: int
    """HEVC's temporal layer, 0 elsewhere."""
    order: int | None
    """Grows in the order shown, over the whole stream; None where the codec shows pictures in the order stored."""
    reads: int
    """AV1: a bit for each of the eight slots for pictures that it reads as they were before the packet; 0 elsewhere."""
    writes: int
    """AV1: a bit for each slot that it writes; 0 elsewhere."""
    shown: bool
    """A frame comes out for this packet."""
    doubt: str
    """What speaks against decoding the stream in parts, "" for nothing: completes "it cannot be decoded in parts: "."""


def doubtful(doubt: str) -> Picture:
    """A packet of which nothing else is known."""
    return Picture("?", False, False, False, 0, None, 0, 0, True, doubt)


CUT_SHORT = "a packet cannot be understood"
NO_PICTURE = "a packet holds no picture"
PART = "a packet holds a part of a picture"
SEVERAL = "a packet holds several pictures"
MISSING = "a picture that others refer to is missing"
FIELDS = "it holds single fields"
CHANGED = "its parameters change on the way"
NOT_IN_HEADER = "its parameters are not in its header"
BROKEN_LINK = "it was cut where pictures refer to what is gone"
