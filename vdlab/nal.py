"""The headers of H.264 and HEVC: which network abstraction layer (NAL) units a packet is made of.

Only headers are read, one or two bytes a unit. A packet holds its units in one of two ways: each preceded
by its length (MP4, Matroska), or by a start code (MPEG-TS, raw streams; "Annex B" in the standards).
"""

from collections.abc import Iterator

H264_SLICES = frozenset((1, 2, 3, 4, 5, 20, 21))
"""Unit types that hold picture data: slices, their partitions, and those of further views."""

H264_IDR = 5
"""The unit type after which nothing refers to anything before."""

HEVC_PICTURES = range(32)
"""Unit types that hold picture data."""

HEVC_FRESH_STARTS = range(16, 21)
"""Unit types after which nothing refers to anything before: BLA and IDR pictures. CRA (21) is not one:
pictures shown before it may need what came before."""

HEVC_NON_REFERENCE = range(0, 16, 2)
"""Unit types of pictures that no other picture of the same temporal layer refers to."""


def length_size(codec: str, extradata: bytes | None) -> int | None:
    """Bytes of the length before each unit, as the codec's extradata says; None for start codes."""
    if not extradata or extradata[0] != 1:
        return None
    position = {"h264": 4, "hevc": 21}[codec]
    return (extradata[position] & 3) + 1 if len(extradata) > position else None


def offsets(data: memoryview, length_bytes: int | None) -> Iterator[int]:
    """Yield where each unit of a packet begins: the position of its header.

    Raises:
        ValueError: the lengths do not add up to the packet, or it holds no start code.
    """
    return _after_start_codes(bytes(data)) if length_bytes is None else _after_lengths(data, length_bytes)


def _after_lengths(data: memoryview, length_bytes: int) -> Iterator[int]:
    position = 0
    while position < len(data):
        begin = position + length_bytes
        end = begin + int.from_bytes(data[position:begin], "big")
        if end > len(data):
            raise ValueError("a unit is longer than its packet")
        if end > begin:
            yield begin
        position = end


def _after_start_codes(data: bytes) -> Iterator[int]:
    code = data.find(b"\0\0\1")
    if code < 0:
        raise ValueError("a packet without a start code")
    while code >= 0:
        # A start code cut off at the very end has no unit after it.
        if code + 3 < len(data):
            yield code + 3
        code = data.find(b"\0\0\1", code + 3)


def h264_disposable(data: memoryview, length_bytes: int | None) -> bool:
    """Whether no slice of an H.264 packet is ever referred to: `nal_ref_idc` is 0 in all of them.

    Both fields of an interlaced frame share a packet, and the second may refer to the first: hence "all".
    A packet that cannot be parsed, or holds no slice, counts as needed.
    """
    try:
        headers = [data[begin] for begin in offsets(data, length_bytes)]
    except ValueError:
        return False
    slices = [header for header in headers if header & 0x1F in H264_SLICES]
    return bool(slices) and not any(header & 0x60 for header in slices)


def hevc_layer(data: memoryview, length_bytes: int | None) -> tuple[int, bool]:
    """The temporal layer of an HEVC packet's picture, and whether no picture of that layer refers to it.

    The second alone does not make the packet disposable: pictures of higher layers may refer to it.
    A packet that cannot be parsed, or holds no picture, counts as needed in layer 0.
    """
    try:
        headers = [(data[at] >> 1 & 0x3F, data[at + 1] & 7) for at in offsets(data, length_bytes)]
    except (ValueError, IndexError):
        return 0, False
    pictures = [(kind, layer) for kind, layer in headers if kind in HEVC_PICTURES]
    if not pictures:
        return 0, False
    unreferenced = all(kind in HEVC_NON_REFERENCE for kind, _ in pictures)
    return max(layer for _, layer in pictures) - 1, unreferenced


def starts_afresh(codec: str, data: memoryview, length_bytes: int | None) -> bool:
    """Whether a packet of an H.264 or HEVC stream depends, with all that follow it, on nothing before it."""
    try:
        headers = [data[begin] for begin in offsets(data, length_bytes)]
    except ValueError:
        return False
    if codec == "h264":
        return any(header & 0x1F == H264_IDR for header in headers)
    return any(header >> 1 & 0x3F in HEVC_FRESH_STARTS for header in headers)
