"""What a packet of MPEG-4 part 2 says of itself, in the headers of its video object planes (VOPs: pictures)."""

import re
from contextlib import suppress

from vdlab.video import picture
from vdlab.video.bits import START_CODE, Bits
from vdlab.video.picture import Picture, Reader, doubtful

LAYERS = range(0x20, 0x30)
GROUP, PICTURE = 0xB3, 0xB6
"""What the byte after a start code says begins: a layer (VOL: the parameters), a group (GOV), or a picture."""

TYPES = "IPBP"
"""What the numbers of picture types mean; a sprite counts as what it resembles."""


def sections(data: bytes) -> list[tuple[int, int, int]]:
    """What begins after each start code, and where what follows it begins and ends."""
    begins = [code.end() + 1 for code in re.finditer(START_CODE, data) if code.end() < len(data)]
    ends = [*(begin - 4 for begin in begins[1:]), len(data)]
    return [(data[begin - 1], begin, end) for begin, end in zip(begins, ends, strict=False)]


class MPEG4Reader(Reader):
    """Reads MPEG-4 part 2."""

    in_header = False

    def __init__(self, extradata: bytes) -> None:
        self.layer = b""
        self.resolution = 0
        """Ticks a second; 0 while unknown."""
        self.second = 0
        """Of the last picture that others refer to, in the order stored."""
        self.second_before = 0
        """Of the one before that: the next such picture is shown no earlier."""
        for name, begin, end in sections(extradata):
            if name in LAYERS:
                with suppress(IndexError):  # the layer's header may come again in the packets
                    self._changes(extradata[begin:end])

    def _changes(self, header: bytes) -> bool:
        """Whether the header of a layer differs from the one before."""
        header = header.rstrip(b"\0")
        if not self.layer:
            self.resolution = resolution(Bits(header))
            self.layer, self.in_header = header, True
        return header != self.layer

    def read(self, data: memoryview) -> Picture:
        content = bytes(data)
        frame_type, doubt, order = "", "", 0
        closed = False
        for name, begin, end in sections(content):
            if name in LAYERS:
                doubt = doubt or (picture.CHANGED if self._changes(content[begin:end]) else "")
            elif name == GROUP:
                bits = Bits(content[begin : min(end, begin + 4)])
                hours, minutes, _, seconds = bits.number(5), bits.number(6), bits.number(1), bits.number(6)
                self.second = 3600 * hours + 60 * minutes + seconds
                closed = bits.number(1) == 1
                doubt = doubt or (picture.BROKEN_LINK if bits.number(1) and not closed else "")
            elif name == PICTURE:
                if frame_type:
                    doubt = doubt or picture.SEVERAL
                    break
                bits = Bits(content[begin : min(end, begin + 40)])
                frame_type = TYPES[bits.number(2)]
                order, coded = self._time(bits, frame_type)
                if not coded:
                    doubt = doubt or "it holds pictures that are left out"
        if not frame_type:
            return doubtful(doubt or picture.NO_PICTURE)
        start = frame_type == "I"
        return Picture(frame_type, start, start and closed, frame_type == "B", order=order, doubt=doubt)

    def _time(self, bits: Bits, frame_type: str) -> tuple[int, bool]:
        """When a picture is shown, in ticks, and whether it holds anything."""
        if not self.resolution:
            raise IndexError("no layer has begun")
        seconds = 0
        while bits.number(1):
            seconds += 1
        bits.number(1)
        ticks = bits.number(max(1, (self.resolution - 1).bit_length()))
        bits.number(1)
        if frame_type == "B":  # counts from the picture that others refer to and that is shown before it
            seconds += self.second_before
        else:
            self.second_before = self.second
            self.second = seconds = self.second + seconds
        return seconds * self.resolution + ticks, bits.number(1) == 1


def resolution(bits: Bits) -> int:
    """Ticks a second, from the header of a layer."""
    bits.number(9)
    version = 1
    if bits.number(1):
        version = bits.number(4)
        bits.number(3)
    if bits.number(4) == 15:  # shape of pixels
        bits.number(16)
    if bits.number(1):
        bits.number(3)
        if bits.number(1):  # sizes of the decoder's buffer
            bits.number(79)
    if bits.number(2) == 3 and version != 1:  # shape of the picture
        bits.number(4)
    bits.number(1)
    ticks = bits.number(16)
    if not ticks:
        raise IndexError("no resolution")
    return ticks
