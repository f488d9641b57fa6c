"""What headers are made of: bits, the variable-length codes that several standards use, and units.

A packet of H.264 or HEVC consists of network abstraction layer (NAL) units, each after its length (MP4, Matroska) or
after a start code (MPEG-TS, raw streams; "Annex B" in the standards). MPEG-2 and MPEG-4 have start codes too.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

InSequence = TypeVar("InSequence")
InPicture = TypeVar("InPicture")

START_CODE = b"\0\0\1"


class Bits:
    """The bits of a header, read from the first to the last; IndexError past the end.

    The whole header is one integer, and reading is a shift of it: give it no more bytes than may be needed.
    """

    __slots__ = ("left", "value")

    def __init__(self, data: bytes | memoryview) -> None:
        self.value = int.from_bytes(data, "big")
        self.left = 8 * len(data)

    def number(self, count: int) -> int:
        """The next `count` bits, the most significant first."""
        left = self.left - count
        if left < 0:
            raise IndexError("the header ends early")
        self.left = left
        return self.value >> left & ((1 << count) - 1)

    def golomb(self) -> int:
        """The standards' ue(v), an Exp-Golomb code: as many zeros as there are bits after the next one."""
        rest = self.value & ((1 << self.left) - 1)
        left = 2 * rest.bit_length() - self.left - 1  # what is left after the zeros, the one, and the bits after it
        if left < 0:
            raise IndexError("the header ends early")
        self.left = left
        return (rest >> left) - 1

    def signed(self) -> int:
        """The standards' se(v): 0, 1, -1, 2, -2, ..."""
        code = self.golomb()
        return (code + 1) // 2 if code & 1 else -code // 2


def nearest(low: int, bits: int, previous: int) -> int:
    """The number that ends in the `bits` bits `low` and is nearest to `previous`; of two, the larger.

    So pictures are numbered without end by a few bits each.
    """
    half = 1 << bits - 1
    return previous + half - ((half - low + previous) & (2 * half - 1))


def nal_units(data: memoryview, length_bytes: int | None) -> list[tuple[int, int]]:
    """Where each unit of a packet begins and ends, none of them empty; nothing where the packet cannot be parsed.

    It cannot where the lengths do not add up to the packet, or where it holds no start code.

    Args:
        data: the packet.
        length_bytes: bytes of the length before each unit; None for start codes.
    """
    return after_start_codes(bytes(data)) if length_bytes is None else _after_lengths(data, length_bytes)


def _after_lengths(data: memoryview, length_bytes: int) -> list[tuple[int, int]]:
    found, position, size = [], 0, len(data)
    while position < size:
        begin = position + length_bytes
        position = begin + int.from_bytes(data[position:begin], "big")
        if position > begin:
            found.append((begin, position))
    return found if position == size else []


def after_start_codes(content: bytes) -> list[tuple[int, int]]:
    """Where each unit after a start code begins and ends."""
    begins = [code.end() for code in re.finditer(START_CODE, content)]
    found = []
    for begin, end in zip(begins, [*(begin - 3 for begin in begins[1:]), len(content)], strict=False):
        # A fourth zero byte before a start code belongs to the code; no unit ends with one.
        while end > begin and content[end - 1] == 0:
            end -= 1
        if end > begin:
            found.append((begin, end))
    return found


def unescaped(unit: bytes | memoryview) -> bytes:
    """A unit as it was before a 3 was put after every two zeros, so that nothing in it looks like a start code."""
    return bytes(unit).replace(b"\0\0\3", b"\0\0")


def counted(extradata: bytes, position: int, count: int) -> tuple[list[bytes], int]:
    """Parameter sets in a container's header, each after its size in two bytes, and where the last one ends."""
    found = []
    for _ in range(count):
        size = int.from_bytes(extradata[position : position + 2], "big")
        found.append(extradata[position + 2 : position + 2 + size].rstrip(b"\0"))
        position += 2 + size
    return [unit for unit in found if unit], position


def read_sets(
    units: Iterable[tuple[int, bytes]],
    types: tuple[int, int],
    read_sequence: Callable[[Bits], tuple[int, InSequence]],
    read_picture: Callable[[Bits, InSequence], InPicture],
) -> dict[int, InPicture]:
    """What slices need of their parameter sets, by the number of the picture parameter set that they name.

    Args:
        units: the type of each, and what follows its header.
        types: those of sequence and of picture parameter sets; the first is the smaller one.
        read_sequence: a sequence parameter set's number, and what slices need of it.
        read_picture: what slices need of a picture parameter set, after its two numbers, and of its sequence's.
    """
    sequences: dict[int, InSequence] = {}
    found: dict[int, InPicture] = {}
    for unit_type, content in sorted(units):
        bits = Bits(unescaped(content))
        with suppress(IndexError, KeyError):  # slices that need it cannot be understood either, and say so
            if unit_type == types[0]:
                own, sequence = read_sequence(bits)
                sequences[own] = sequence
            elif unit_type == types[1]:
                own, number = bits.golomb(), bits.golomb()
                found[own] = read_picture(bits, sequences[number])
    return found
