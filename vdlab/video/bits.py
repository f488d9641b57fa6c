"""Reads the bits of headers: numbers, flags and the variable-length codes that video standards share."""


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
