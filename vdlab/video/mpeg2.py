"""What a packet of MPEG-2 or MPEG-1 video says of itself, in its headers up to the first slice."""

from collections.abc import Callable

from vdlab.video.bits import Bits, nearest
from vdlab.video.picture import (
    BROKEN_LINK,
    CHANGED,
    CUT_SHORT,
    FIELDS,
    NO_PICTURE,
    SEVERAL,
    Picture,
    doubtful,
)

PICTURE, SEQUENCE, EXTENSION, GROUP = 0x00, 0xB3, 0xB5, 0xB8
"""What the byte after a start code says begins: a header of a picture, a sequence, something further, or a GOP."""

SLICES = range(0x01, 0xB0)

SEQUENCE_EXTENSION, MATRICES, PICTURE_EXTENSION = 1, 3, 8
"""What the first four bits of an extension say it belongs to."""

WHOLE_FRAME = 3

KINDS = "?IPB?"
"""What the numbers of picture types mean."""

START_CODE = b"\0\0\1"


def reader(extradata: bytes) -> Callable[[bytes | memoryview], Picture]:
    """What reads the packets of a stream, in the order stored; see `pictures.reader`."""
    return _Reader(extradata).read


def headers(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """The headers before a packet's first slice, each after the byte that names it, and where the slice begins."""
    found = []
    at = data.find(START_CODE)
    while 0 <= at < len(data) - 3:
        name = data[at + 3]
        if name in SLICES:
            return found, at
        following = data.find(START_CODE, at + 3)
        # Zeros before a start code belong to none of the headers.
        found.append((name, data[at + 4 : following if following >= 0 else len(data)].rstrip(b"\0")))
        at = following
    return found, len(data)


class _Reader:
    """What must be known of the packets before to understand the next."""

    def __init__(self, extradata: bytes) -> None:
        self.sequence: dict[object, bytes] = {}
        self.epoch = 0
        self.order = 0
        for name, header in headers(bytes(extradata))[0]:
            self._sequence_changes(name, header)

    def _sequence_changes(self, name: int, header: bytes) -> bool:
        """Whether a header of the sequence differs from the one before."""
        if name != SEQUENCE and not (name == EXTENSION and header[:1] and header[0] >> 4 == SEQUENCE_EXTENSION):
            return False
        return self.sequence.setdefault(name, header) != header

    def read(self, data: bytes | memoryview) -> Picture:
        content = bytes(data)
        try:
            return self._picture(content)
        except IndexError:
            return doubtful(CUT_SHORT)

    def _picture(self, content: bytes) -> Picture:
        kind, doubt, order = "", "", 0
        headed = closed = False
        found, slices = headers(content)
        for name, header in found:
            if self._sequence_changes(name, header):
                doubt = doubt or CHANGED
            if name == SEQUENCE:
                headed = True
            elif name == GROUP:
                headed = True
                bits = Bits(header[:4].ljust(4, b"\0"))
                bits.number(25)  # a time
                closed = bits.number(1) == 1
                doubt = doubt or (BROKEN_LINK if bits.number(1) and not closed else "")
                self.epoch += 1
                self.order = 0
            elif name == PICTURE:
                if kind:
                    doubt = doubt or SEVERAL
                bits = Bits(header[:2].ljust(2, b"\0"))
                order = nearest(bits.number(10), 10, self.order)
                kind = KINDS[bits.number(3)]
            elif name == EXTENSION:
                extension = header[0] >> 4
                if extension == MATRICES:
                    doubt = doubt or CHANGED
                elif extension == PICTURE_EXTENSION and header[2] & 3 != WHOLE_FRAME:
                    doubt = doubt or FIELDS
        if not kind:
            return doubtful(doubt or NO_PICTURE)
        if kind == "?":
            return doubtful(CUT_SHORT)
        if content.find(START_CODE + b"\0", slices) >= 0:
            doubt = doubt or SEVERAL
        if not self.sequence:
            doubt = doubt or "its parameters are not in its header"
        if kind != "B":
            self.order = order
        start = kind == "I" and headed
        order += self.epoch << 32
        return Picture(kind, start, start and closed, kind == "B", 0, order, 0, 0, True, doubt)
