"""What a packet of H.264 says of itself, in the headers of its units and the first bytes of its slices."""

from typing import NamedTuple

from vdlab.video import picture
from vdlab.video.bits import Bits, after_start_codes, counted, nal_units, nearest, read_sets, unescaped
from vdlab.video.picture import Picture, Reader, doubtful

SLICE, IDR, SEI, SPS, PPS = 1, 5, 6, 7, 8
"""Unit types: picture data; that of a picture after which nothing refers to anything before; supplemental information;
sequence and picture parameter sets."""

PARAMETER_SETS = frozenset((SPS, PPS, 13, 15))
"""Unit types that say how all that follows is coded."""

NOT_UNDERSTOOD = {
    **dict.fromkeys((2, 3, 4), "its pictures are cut into partitions"),
    **dict.fromkeys((20, 21), "it holds several views or layers"),
}
"""Unit types that hold picture data which is not followed up here."""

SLICE_TYPES = "PBIPI" * 2
"""What the numbers of slice types mean; they count on from 5 where all slices of a picture are of one type. Switching
pictures count as what they resemble."""

RECOVERY_POINT = 6
"""The type of supplemental information that marks a picture to begin decoding at."""

HIGH_PROFILES = frozenset((44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244))
"""Profiles whose parameter sets hold a few more fields."""

HEADER_BYTES = 40
"""So many hold what is read of a slice's header."""


class Sequence(NamedTuple):
    """What slices need of their sequence parameter set."""

    planes: bool
    """The three colour planes are coded as three pictures."""
    number_bits: int
    """Bits of a picture's frame number."""
    order_type: int
    """How the order of pictures is told: 0 by each slice, 1 by a cycle, 2 not at all: it is the order stored."""
    order_bits: int
    frames_only: bool


class Parameters(NamedTuple):
    """What slices need of their parameter sets."""

    sequence: Sequence
    bottom: bool
    """Slices say how far the two fields of a frame are from each other."""


class H264Reader(Reader):
    """Reads H.264."""

    def __init__(self, extradata: bytes) -> None:
        self.length_bytes = (extradata[4] & 3) + 1 if extradata[:1] == b"\1" and len(extradata) > 4 else None
        self.sets = frozenset(header_sets(extradata))
        units = ((unit[0] & 0x1F, unit[1:]) for unit in self.sets)
        self.parameters = read_sets(units, (SPS, PPS), _sequence, _picture)
        self.in_header = bool(self.parameters)
        self.epoch = 0
        self.order = 0  # of the last picture that others refer to
        self.number: int | None = None  # its frame number

    def read(self, data: memoryview) -> Picture:
        frame_type, order, doubt = "", None, ""
        idr = referred_to = recovers = fields = False
        for begin, end in nal_units(data, self.length_bytes):
            header = data[begin]
            unit_type = header & 0x1F
            if unit_type in (SLICE, IDR):
                bits = Bits(unescaped(data[begin + 1 : min(end, begin + HEADER_BYTES)]))
                first_block = bits.golomb()
                slice_type = SLICE_TYPES[bits.golomb()]
                if not frame_type:
                    idr = unit_type == IDR
                    frame_type = slice_type
                    order, fields, doubt = self._first_slice(bits, idr, header & 0x60 > 0, first_block, doubt)
                elif first_block == 0 and not fields:
                    doubt = doubt or picture.SEVERAL
                # A picture with slices of several types is of the one that refers to most.
                if slice_type != frame_type:
                    frame_type = min(frame_type, slice_type, key="BPI".index)
                # The second field of a frame may refer to the first, and is in its packet.
                referred_to = referred_to or header & 0x60 > 0
            elif unit_type == SEI:
                recovers = recovers or recovers_at_once(unescaped(data[begin:end]))
            elif unit_type in PARAMETER_SETS:
                doubt = doubt or ("" if bytes(data[begin:end]) in self.sets else picture.CHANGED)
            elif unit_type in NOT_UNDERSTOOD:
                doubt = doubt or NOT_UNDERSTOOD[unit_type]
        if not frame_type:
            return doubtful(doubt or picture.NO_PICTURE)
        start = idr or (recovers and frame_type == "I")
        return Picture(frame_type, start, idr, not referred_to, order=order, doubt=doubt)

    def _first_slice(
        self, bits: Bits, idr: bool, referred_to: bool, first_block: int, doubt: str
    ) -> tuple[int, bool, str]:
        """The rest of the header of a picture's first slice: its order, whether it is a single field, and its doubt."""
        sequence, bottom = self.parameters[bits.golomb()]
        if sequence.planes:
            bits.number(2)
        number = bits.number(sequence.number_bits)
        fields = not sequence.frames_only and bits.number(1) == 1
        if fields:
            bits.number(1)
            doubt = doubt or picture.FIELDS
        if first_block:
            doubt = doubt or picture.INCOMPLETE
        if idr:
            bits.golomb()  # tells neighbouring IDR pictures from each other
            self.epoch += 1
            self.order = 0
        elif self.number is not None and number != (self.number + 1) % (1 << sequence.number_bits):
            doubt = doubt or picture.MISSING
        if sequence.order_type == 0:
            top = order = nearest(bits.number(sequence.order_bits), sequence.order_bits, self.order)
            if bottom and not fields:
                order += min(0, bits.signed())
            if referred_to:
                self.order = top
        else:
            self.order = order = self.order + 1
            if sequence.order_type == 1:
                doubt = doubt or "the order of its pictures is told in a way that is not understood here"
        if referred_to:
            self.number = number
        return (self.epoch << 32) + order, fields, doubt


def recovers_at_once(unit: bytes) -> bool:
    """Whether supplemental information marks a recovery point: after 0 frames, exact, link not broken.

    The three fields are the first three bits of the message, which follows its type and its size. Intra refresh has
    recovery points that need many frames: those are keyframes only by name.
    """
    position = 1
    while position + 2 < len(unit):
        numbers = []
        for _ in range(2):
            number = 0
            while unit[position] == 0xFF:
                number += 0xFF
                position += 1
            numbers.append(number + unit[position])
            position += 1
        message_type, size = numbers
        if message_type == RECOVERY_POINT:
            return unit[position] >> 5 == 0b110
        position += size
    return False


def header_sets(extradata: bytes) -> list[bytes]:
    """The parameter sets in a stream's header, in either of its two forms; those before it cannot be parsed."""
    if extradata[:1] != b"\1":
        return [extradata[begin:end] for begin, end in after_start_codes(extradata)]
    found, position = [], 5
    for mask in (0x1F, 0xFF):  # sequence parameter sets, then picture parameter sets, each after its count
        if position < len(extradata):
            sets, position = counted(extradata, position + 1, extradata[position] & mask)
            found += sets
    return found


def _picture(bits: Bits, sequence: Sequence) -> Parameters:
    """What slices need of a picture parameter set and its sequence's."""
    bits.number(1)
    return Parameters(sequence, bits.number(1) == 1)


def _sequence(bits: Bits) -> tuple[int, Sequence]:
    """The number of a sequence parameter set, and what slices need of it."""
    profile = bits.number(8)
    bits.number(16)  # constraints and level
    own = bits.golomb()
    planes = 0
    if profile in HIGH_PROFILES:
        chroma = bits.golomb()
        if chroma == 3:  # 4:4:4
            planes = bits.number(1)
        bits.golomb(), bits.golomb(), bits.number(1)  # bit depths, lossless
        if bits.number(1):
            for matrix in range(12 if chroma == 3 else 8):
                if bits.number(1):
                    _skip_scaling_list(bits, 16 if matrix < 6 else 64)
    number_bits = bits.golomb() + 4
    order_type = bits.golomb()
    order_bits = 0
    if order_type == 0:
        order_bits = bits.golomb() + 4
    elif order_type == 1:
        bits.number(1), bits.signed(), bits.signed()
        for _ in range(min(bits.golomb(), 256)):
            bits.signed()
    bits.golomb(), bits.number(1), bits.golomb(), bits.golomb()  # reference frames, gaps, width, height
    if max(number_bits, order_bits) > 16:
        raise IndexError("no parameter set")
    return own, Sequence(planes == 1, number_bits, order_type, order_bits, bits.number(1) == 1)


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last
