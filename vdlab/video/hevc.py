"""What a packet of HEVC says of itself, in the headers of its units and the first bytes of its first slice."""

from typing import NamedTuple

from vdlab.video import picture
from vdlab.video.bits import Bits, after_start_codes, counted, nal_units, nearest, read_sets, unescaped
from vdlab.video.picture import Picture, Reader, doubtful

BLA, IDR, CRA = range(16, 19), range(19, 21), 21
"""Unit types of pictures at which decoding may begin. Nothing refers to anything before the first two; pictures shown
before the third may."""

RADL, RASL = range(6, 8), range(8, 10)
"""Unit types of pictures stored after such a picture and shown before it: those that need nothing before it, and those
that may, and that are not decoded where decoding begins at it."""

PICTURES = range(22)
"""Unit types of pictures; those up to 31 are reserved for others, which decoders leave out."""

NON_REFERENCE = frozenset(range(0, 16, 2))
"""Unit types of pictures that no other picture of the same temporal layer refers to."""

VPS, SPS, PPS = 32, 33, 34
PARAMETER_SETS = frozenset((VPS, SPS, PPS))
"""Unit types that say how all that follows is coded."""

SEQUENCE_ENDS = frozenset((36, 37))
"""Unit types after which a stream begins anew."""

SLICE_TYPES = "BPI"
"""What the numbers of slice types mean."""

HEADER_BYTES = 64
"""So many hold what is read of a slice's header."""

References = list[tuple[int, bool]]
"""How far the pictures that may be referred to are from this one, and whether this one refers to them: those shown
before it, then those after it, the nearest first."""


class Sequence(NamedTuple):
    """What slices need of their sequence parameter set."""

    planes: bool
    """The three colour planes are coded as three pictures."""
    order_bits: int
    sets: list[References]
    """What slices may choose from."""
    long_term: list[tuple[int, bool]] | None
    """Long-term pictures that slices may name by number: the last bits of their order, and whether they are
    referred to; None where there are none."""


class Parameters(NamedTuple):
    """What slices need of their parameter sets."""

    sequence: Sequence
    output: bool
    """Slices say whether their picture is shown."""
    skipped: int
    """Bits in the headers of slices that mean nothing."""


class HEVCReader(Reader):
    """Reads HEVC."""

    def __init__(self, extradata: bytes) -> None:
        self.length_bytes = (extradata[21] & 3) + 1 if extradata[:1] == b"\1" and len(extradata) > 22 else None
        self.sets = frozenset(header_sets(extradata))
        units = ((unit[0] >> 1, unit[2:]) for unit in self.sets)
        self.parameters = read_sets(units, (SPS, PPS), _sequence, _picture)
        self.in_header = bool(self.parameters)
        self.epoch = 0
        self.order = 0  # of the last picture of the lowest layer that others may refer to
        self.referable: set[int] = set()  # the order of pictures that others may still refer to
        self.begins = True  # the next picture begins the stream, or follows on its end
        self.leading_lost = True  # pictures that are shown before the last start may need what is not there

    def read(self, data: memoryview) -> Picture:
        frame_type, doubt, order = "", "", None
        layer = unit_type = 0
        unreferenced = shown = True
        ends = False
        for begin, end in nal_units(data, self.length_bytes):
            now = data[begin] >> 1
            if end - begin < 2:
                doubt = doubt or picture.CUT_SHORT
            elif data[begin] & 1 or data[begin + 1] >> 3:
                unreferenced = unreferenced and now > 31  # a further layer, such as transparency
            elif now < 32:
                if now not in PICTURES:
                    continue
                bits = Bits(unescaped(data[begin + 2 : min(end, begin + HEADER_BYTES)]))
                first = bits.number(1)
                if frame_type:
                    doubt = doubt or (picture.SEVERAL if first else "")
                elif not first:
                    return doubtful(doubt or picture.INCOMPLETE)
                else:
                    unit_type = now
                    layer = (data[begin + 1] & 7) - 1
                    frame_type, order, shown, missing = self._first_slice(bits, now, layer)
                    doubt = doubt or (picture.MISSING if missing else "")
                unreferenced = unreferenced and now in NON_REFERENCE
            elif now in PARAMETER_SETS:
                doubt = doubt or ("" if bytes(data[begin:end]) in self.sets else picture.CHANGED)
            elif now in SEQUENCE_ENDS:
                ends = True
        self.begins = (self.begins and not frame_type) or ends
        if not frame_type:
            return doubtful(doubt or picture.NO_PICTURE)
        fresh = unit_type in BLA or unit_type in IDR
        start = fresh or unit_type == CRA
        return Picture(frame_type, start, fresh, unreferenced, layer, order, shown=shown, doubt=doubt)

    def _first_slice(self, bits: Bits, unit_type: int, layer: int) -> tuple[str, int, bool, bool]:
        """The rest of the header of a first slice: its type, order, whether shown, whether a reference is missing."""
        if unit_type >= BLA.start:
            bits.number(1)  # whether pictures before it are still to be shown
            # A picture of which nothing before it is known, and which so begins to count anew.
            if unit_type != CRA or self.begins:
                self.epoch += 1
                self.order = 0
                self.referable = set()
            self.leading_lost = unit_type in BLA or (unit_type == CRA and self.begins)
        sequence, output, skipped = self.parameters[bits.golomb()]
        bits.number(skipped)
        frame_type = SLICE_TYPES[bits.golomb()]
        lost = unit_type in RASL and self.leading_lost
        shown = (not output or bits.number(1) == 1) and not lost
        if sequence.planes:
            bits.number(2)
        order, missing = 0, False
        if unit_type not in IDR:
            order = nearest(bits.number(sequence.order_bits), sequence.order_bits, self.order)
            used, held = self._references(bits, sequence, order)
            if unit_type in BLA:
                held = set()
            elif not lost:
                missing = not used <= self.referable
            if not lost:
                self.referable &= held
        if not lost:
            self.referable.add(order)
        if layer == 0 and not (unit_type in NON_REFERENCE or unit_type in RADL or unit_type in RASL):
            self.order = order
        return frame_type, (self.epoch << 32) + order, shown, missing

    def _references(self, bits: Bits, sequence: Sequence, order: int) -> tuple[set[int], set[int]]:
        """The order of the pictures that this one refers to, and of all that others may refer to from now on."""
        sets = sequence.sets
        if not bits.number(1):
            chosen = reference_set(bits, len(sets), sets)
        else:
            chosen = sets[bits.number((len(sets) - 1).bit_length())]
        used = {order + distance for distance, referred in chosen if referred}
        held = {order + distance for distance, _ in chosen}
        if sequence.long_term is not None:
            for name, referred in self._long_term(bits, sequence, order):
                held.add(name)
                if referred:
                    used.add(name)
        return used, held

    def _long_term(self, bits: Bits, sequence: Sequence, order: int) -> References:
        """The long-term pictures: their order, and whether this one refers to them."""
        full = 1 << sequence.order_bits
        known = sequence.long_term or []
        listed = bits.golomb() if known else 0
        cycles, found = 0, []
        for number in range(listed + bits.golomb()):
            if number < listed:
                low, referred = known[bits.number((len(known) - 1).bit_length())]
            else:
                low, referred = bits.number(sequence.order_bits), bits.number(1) == 1
            cycles = cycles if number not in (0, listed) else 0
            if bits.number(1):
                cycles += bits.golomb()
                name = order - order % full - cycles * full + low
            else:
                # Only its last bits are told; where there is none, a name that no picture has.
                name = next((name for name in self.referable if name % full == low), low - (full << 40))
            found.append((name, referred))
        return found


def header_sets(extradata: bytes) -> list[bytes]:
    """The parameter sets in a stream's header, in either of its two forms; those before it cannot be parsed."""
    if extradata[:1] != b"\1":
        units = [extradata[begin:end] for begin, end in after_start_codes(extradata)]
    else:
        units, position = [], 23
        for _ in range(extradata[22] if len(extradata) > 22 else 0):  # types of units
            count = int.from_bytes(extradata[position + 1 : position + 3], "big")
            if position + 3 > len(extradata):
                break
            sets, position = counted(extradata, position + 3, min(count, len(extradata)))
            units += sets
    return [unit for unit in units if len(unit) > 2 and not (unit[0] & 1 or unit[1] >> 3)]


def _picture(bits: Bits, sequence: Sequence) -> Parameters:
    """What slices need of a picture parameter set and its sequence's."""
    bits.number(1)
    return Parameters(sequence, bits.number(1) == 1, bits.number(3))


def _sequence(bits: Bits) -> tuple[int, Sequence]:
    """The number of a sequence parameter set, and what slices need of it."""
    bits.number(4)
    layers = bits.number(3)  # temporal ones above the lowest
    bits.number(1)
    bits.number(96)  # profile and level
    if layers:
        told = [(bits.number(1), bits.number(1)) for _ in range(8)]
        for profile, level in told[:layers]:
            bits.number(88 * profile + 8 * level)
    own = bits.golomb()
    planes = bits.number(1) if bits.golomb() == 3 else 0
    bits.golomb(), bits.golomb()  # width, height
    if bits.number(1):
        for _ in range(4):  # what is cropped
            bits.golomb()
    bits.golomb(), bits.golomb()  # bit depths
    order_bits = bits.golomb() + 4
    for _ in range(layers + 1 if bits.number(1) else 1):
        bits.golomb(), bits.golomb(), bits.golomb()  # how many pictures wait
    for _ in range(6):  # sizes of blocks
        bits.golomb()
    if bits.number(1) and bits.number(1):
        _skip_scaling_lists(bits)
    bits.number(2)
    if bits.number(1):  # blocks stored as they are
        bits.number(8), bits.golomb(), bits.golomb(), bits.number(1)
    count = bits.golomb()
    if order_bits > 16 or count > 64:
        raise IndexError("no parameter set")
    sets: list[References] = []
    for number in range(count):
        sets.append(reference_set(bits, number, sets, listed=True))
    long_term = None
    if bits.number(1):
        long_term = [(bits.number(order_bits), bits.number(1) == 1) for _ in range(bits.golomb())]
    return own, Sequence(planes == 1, order_bits, sets, long_term)


def reference_set(bits: Bits, number: int, sets: list[References], listed: bool = False) -> References:
    """A set of references, as a parameter set (`listed`) or a slice gives it.

    Args:
        bits: where it begins.
        number: which one of the parameter set's it is; a slice's own is one more than there are.
        sets: those before it, from which its difference may be given.
        listed: it is a parameter set's.
    """
    if number and bits.number(1):
        back = 1 if listed else bits.golomb() + 1
        if back > number:
            raise IndexError("no such set")
        minus = bits.number(1)
        moved = bits.golomb() + 1
        moved = -moved if minus else moved
        found = []
        for distance, _ in [*sets[number - back], (0, True)]:
            referred = bits.number(1) == 1
            if (referred or bits.number(1)) and distance + moved:
                found.append((distance + moved, referred))
        return sorted((one for one in found if one[0] < 0), reverse=True) + sorted(one for one in found if one[0] > 0)
    before, after = bits.golomb(), bits.golomb()
    found = []
    for count, sign in ((before, -1), (after, 1)):
        distance = 0
        for _ in range(count):
            distance += sign * (bits.golomb() + 1)
            found.append((distance, bits.number(1) == 1))
    return found


def _skip_scaling_lists(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.number(1):
                bits.golomb()
                continue
            for _ in range(min(64, 1 << 4 + 2 * size) + (size > 1)):
                bits.signed()
