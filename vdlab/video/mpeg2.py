"""What a packet of MPEG-2 or MPEG-1 video says of itself, in its headers up to the first slice."""

from vdlab.video import picture
from vdlab.video.bits import START_CODE, Bits, nearest
from vdlab.video.picture import Picture, Reader, doubtful

PICTURE, SEQUENCE, EXTENSION, GROUP = 0x00, 0xB3, 0xB5, 0xB8
"""What the byte after a start code says begins: a header of a picture, a sequence, something further, or a GOP."""

SLICES = range(0x01, 0xB0)

SEQUENCE_EXTENSION, MATRICES, PICTURE_EXTENSION = 1, 3, 8
"""What the first four bits of an extension say it belongs to."""

WHOLE_FRAME = 3

TYPES = "?IPB?"
"""What the numbers of picture types mean."""


def headers(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """The headers before a packet's first slice, each after the byte that names it, and where the slice begins."""
    found: list[tuple[int, bytes]] = []
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


class MPEG2Reader(Reader):
    """Reads MPEG-1 and MPEG-2 video."""

    def __init__(self, extradata: bytes) -> None:
        self.sequence: dict[object, bytes] = {}
        self.epoch = 0
        self.order = 0
        for name, header in headers(extradata)[0]:
            self._sequence_changes(name, header)

    def _sequence_changes(self, name: int, header: bytes) -> bool:
        """Whether a header of the sequence differs from the one before."""
        if name != SEQUENCE and not (name == EXTENSION and header[:1] and header[0] >> 4 == SEQUENCE_EXTENSION):
            return False
        return self.sequence.setdefault(name, header) != header

    def read(self, data: memoryview) -> Picture:
        content = bytes(data)
        frame_type, doubt, order = "", "", 0
        headed = closed = False
        found, slices = headers(content)
        for name, header in found:
            if self._sequence_changes(name, header):
                doubt = doubt or picture.CHANGED
            if name == SEQUENCE:
                headed = True
            elif name == GROUP:
                headed = True
                bits = Bits(header[:4].ljust(4, b"\0"))
                bits.number(25)  # a time
                closed = bits.number(1) == 1
                doubt = doubt or (picture.BROKEN_LINK if bits.number(1) and not closed else "")
                self.epoch += 1
                self.order = 0
            elif name == PICTURE:
                if frame_type:
                    doubt = doubt or picture.SEVERAL
                bits = Bits(header[:2].ljust(2, b"\0"))
                order = nearest(bits.number(10), 10, self.order)
                frame_type = TYPES[bits.number(3)]
            elif name == EXTENSION:
                extension = header[0] >> 4
                if extension == MATRICES:
                    doubt = doubt or picture.CHANGED
                elif extension == PICTURE_EXTENSION and header[2] & 3 != WHOLE_FRAME:
                    doubt = doubt or picture.FIELDS
        if not frame_type:
            return doubtful(doubt or picture.NO_PICTURE)
        if frame_type == "?":
            return doubtful(picture.CUT_SHORT)
        if content.find(START_CODE + b"\0", slices) >= 0:
            doubt = doubt or picture.SEVERAL
        if not self.sequence:
            doubt = doubt or "its parameters are not in its header"
        if frame_type != "B":
            self.order = order
        start = frame_type == "I" and headed
        order += self.epoch << 32
        return Picture(frame_type, start, start and closed, frame_type == "B", order=order, doubt=doubt)
