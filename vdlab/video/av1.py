"""What a packet of AV1 says of itself: which of the decoder's eight slots for pictures it reads and writes.

A packet is a temporal unit: one frame that is shown, and before it the hidden ones that it needs. It is made of open
bitstream units (OBUs); only the headers of sequences and frames are read.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from vdlab.video import picture
from vdlab.video.bits import Bits
from vdlab.video.picture import Picture, Reader, doubtful

SEQUENCE_HEADER, FRAME_HEADER, FRAME = 1, 3, 6
"""Types of units. A header that is repeated inside a frame is of another type, 7, and is left out."""

KEY, INTER, INTRA_ONLY, SWITCH = range(4)
"""Types of frames."""

ALL = 0xFF
"""Every slot."""

CHOSEN_BY_FRAME = 2
"""Stands in a sequence's header for a tool that each frame switches on or off."""

HEADER_BYTES = 64
"""So many hold what is read of a frame's header."""

SEVERAL_POINTS = "it can be decoded to several qualities"


class Sequence(NamedTuple):
    """What frames need of the header of their sequence; sizes in bits."""

    still: bool
    """Every frame is a key frame with a short header."""
    time: int
    """Of the time at which a frame is shown; 0 where frames do not say."""
    removal: int
    """Of the time at which a frame leaves the decoder's buffer."""
    timed_points: tuple[int, ...]
    """Which layers each of the operating points is made of whose frames say when they leave the buffer; empty where
    none do."""
    timed: bool
    """Frames say whether they say so."""
    number: int
    """Of a frame's own number; 0 where frames have none."""
    difference: int
    """Of how far such numbers are from each other."""
    screen_content: int
    whole_motion: int
    order: int
    """Of the order in which frames are shown; 0 where they do not say."""


class Frame(NamedTuple):
    """What a frame's header says."""

    type: int
    shown: bool
    reads: int
    writes: int


class AV1Reader(Reader):
    """Reads AV1: remembers the header of the sequence, and what is in the slots."""

    def __init__(self, extradata: bytes) -> None:
        self.header = b""
        self.sequence: Sequence | None = None
        self.doubt = ""
        self.written = 0
        self.types = [INTER] * 8
        with suppress(IndexError):  # the sequence's header comes again in the first packet
            # Four bytes of MP4's own come before the units.
            for unit_type, _, payload in units(memoryview(extradata)[4 if extradata[:1] == b"\x81" else 0 :]):
                if unit_type == SEQUENCE_HEADER:
                    self._begin(payload)

    def _begin(self, payload: memoryview) -> None:
        header = bytes(payload).rstrip(b"\0")
        if header != self.header:
            # SVT-AV1 writes another into the container than into the stream: the stream's own counts.
            self.doubt = picture.CHANGED if self.written else ""
            self.sequence, points = sequence(Bits(payload))
            self.header = header
            if points > 1:
                self.doubt = SEVERAL_POINTS

    def read(self, data: memoryview) -> Picture:
        reads = writes = 0
        shown: list[int] = []
        frames = 0
        headed = False
        doubt = ""
        for unit_type, layers, payload in units(data):
            if unit_type == SEQUENCE_HEADER:
                self._begin(payload)
                headed = True
            elif unit_type in (FRAME_HEADER, FRAME):
                if self.sequence is None:
                    return doubtful(picture.NOT_IN_HEADER)
                frame = frame_header(Bits(payload[:HEADER_BYTES]), self.sequence, layers, self.types)
                frames += 1
                reads |= frame.reads & ~writes
                writes |= frame.writes
                for slot in range(8):
                    if frame.writes >> slot & 1:
                        self.types[slot] = frame.type
                if frame.shown:
                    shown.append(frame.type)
                if layers & 3:
                    doubt = SEVERAL_POINTS
        if not frames:
            return doubtful(self.doubt or picture.NO_PICTURE)
        doubt = self.doubt or doubt
        if not doubt and len(shown) > 1:
            doubt = picture.SEVERAL
        elif not doubt and reads & ~self.written:
            doubt = picture.MISSING
        self.written |= writes
        # A key frame that is shown writes all slots, and nothing in a packet comes after it.
        start = headed and not reads and shown == [KEY]
        frame_type = "I" if shown and shown[0] in (KEY, INTRA_ONLY) else "P"
        disposable = not writes
        return Picture(frame_type, start, start, disposable, reads=reads, writes=writes, shown=bool(shown), doubt=doubt)


def units(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """The units of a packet: its type, of which layers (a byte: three bits temporal, two spatial, three of no
    meaning, shifted to the right by three), and what they hold.

    Raises:
        IndexError: a unit is longer than the packet.
    """
    position = 0
    while position < len(data):
        header = data[position]
        if header & 0x80:
            raise IndexError("no unit begins here")
        position += 1
        layers = 0
        if header & 4:
            layers = data[position] >> 3
            position += 1
        size = len(data) - position
        if header & 2:
            size = shift = 0
            while True:
                byte = data[position]
                position += 1
                size |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    break
        if position + size > len(data):
            raise IndexError("the packet ends early")
        yield header >> 3 & 15, layers, data[position : position + size]
        position += size


def sequence(bits: Bits) -> tuple[Sequence, int]:
    """What frames need of a sequence's header, and how many operating points it has."""
    bits.number(4)  # profile, still picture
    if bits.number(1):
        bits.number(5)
        _skip_size(bits)
        return Sequence(True, 0, 0, (), False, 0, 0, CHOSEN_BY_FRAME, CHOSEN_BY_FRAME, 0), 1
    time = delay = removal = 0
    timed = False
    if bits.number(1):
        bits.number(64)  # ticks
        regular = bits.number(1)
        if regular:
            bits.golomb()
        timed = bits.number(1) == 1
        if timed:
            delay = bits.number(5) + 1
            bits.number(32)
            removal, time = bits.number(5) + 1, bits.number(5) + 1
            time = 0 if regular else time
    delayed = bits.number(1)
    count = bits.number(5) + 1
    timed_points = []
    for _ in range(count):
        point = bits.number(12)
        if bits.number(5) > 7:
            bits.number(1)
        if timed and bits.number(1):
            timed_points.append(point)
            bits.number(2 * delay + 1)
        if delayed and bits.number(1):
            bits.number(4)
    _skip_size(bits)
    number = difference = 0
    if bits.number(1):
        difference = bits.number(4) + 2
        number = bits.number(3) + difference + 1
    bits.number(3 + 4)  # tools
    ordered = bits.number(1)
    if ordered:
        bits.number(2)
    screen_content = CHOSEN_BY_FRAME if bits.number(1) else bits.number(1)
    whole_motion = CHOSEN_BY_FRAME
    if screen_content and not bits.number(1):
        whole_motion = bits.number(1)
    order = bits.number(3) + 1 if ordered else 0
    return Sequence(
        False, time, removal, tuple(timed_points), timed, number, difference, screen_content, whole_motion, order
    ), count


def _skip_size(bits: Bits) -> None:
    width, height = bits.number(4) + 1, bits.number(4) + 1
    bits.number(width + height)


def frame_header(bits: Bits, sequence: Sequence, layers: int, types: list[int]) -> Frame:
    """What a frame's header says, as far as it names slots.

    Args:
        bits: the header.
        sequence: of the header of its sequence.
        layers: as from `units`.
        types: of the frames in the eight slots.
    """
    if sequence.still:
        return Frame(KEY, True, 0, ALL)
    if bits.number(1):  # a frame in a slot is shown
        slot = bits.number(3)
        return Frame(types[slot], True, 1 << slot, ALL if types[slot] == KEY else 0)
    frame_type, shown = bits.number(2), bits.number(1) == 1
    if shown:
        bits.number(sequence.time)
    else:
        bits.number(1)
    begins = frame_type == KEY and shown
    resilient = frame_type == SWITCH or begins or bits.number(1) == 1
    bits.number(1)
    screen_content = bits.number(1) if sequence.screen_content == CHOSEN_BY_FRAME else sequence.screen_content
    if screen_content and sequence.whole_motion == CHOSEN_BY_FRAME:
        bits.number(1)
    bits.number(sequence.number)
    if frame_type != SWITCH:
        bits.number(1)
    bits.number(sequence.order)
    intra = frame_type in (KEY, INTRA_ONLY)
    if not (intra or resilient):
        bits.number(3)  # the frame whose probabilities it takes over: one of its seven references
    if sequence.timed and bits.number(1):
        for point in sequence.timed_points:
            if point == 0 or (point >> (layers >> 2) & 1 and point >> 8 + (layers & 3) & 1):
                bits.number(sequence.removal)
    writes = ALL if frame_type == SWITCH or begins else bits.number(8)
    reads = 0
    if not (intra and writes == ALL) and resilient and sequence.order:
        bits.number(8 * sequence.order)
        # It names the frame in every slot; where another one is, decoders differ in what they do.
        reads = ALL
    if intra:
        return Frame(frame_type, shown, reads, writes)
    if sequence.order and bits.number(1):
        return Frame(frame_type, shown, ALL, writes)  # references are worked out from what is in all slots
    for _ in range(7):
        reads |= 1 << bits.number(3)
        bits.number(sequence.difference if sequence.number else 0)
    return Frame(frame_type, shown, reads, writes)
