"""The network abstraction layer (NAL) units that a packet of H.264 or HEVC is made of.

A packet holds its units in one of two ways: each preceded by its length (MP4, Matroska), or by a start code
(MPEG-TS, raw streams; "Annex B" in the standards).
"""

START_CODE = b"\0\0\1"


def units(data: memoryview, length_bytes: int | None) -> list[tuple[int, int]]:
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
    begins, at = [], content.find(START_CODE)
    while at >= 0:
        begins.append(at + 3)
        at = content.find(START_CODE, at + 3)
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
