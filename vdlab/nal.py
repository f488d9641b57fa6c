"""The headers of H.264 and HEVC: which network abstraction layer (NAL) units a packet is made of.

Only headers are read, one or two bytes a unit. A packet holds its units in one of two ways: each preceded
by its length (MP4, Matroska), or by a start code (MPEG-TS, raw streams; "Annex B" in the standards).
"""

START_CODE = b"\0\0\1"

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

HEVC_RANDOM_ACCESS = range(16, 22)
"""Unit types of pictures, CRA among them, at which decoding may begin: what is shown after them needs nothing
that came before."""

PARAMETER_SETS = {"h264": frozenset((7, 8, 13, 15)), "hevc": frozenset((32, 33, 34))}
"""Unit types that say how all that follows is coded."""

H264_SEQUENCE = 7
"""The unit type of the parameter set that says whether pictures are frames or fields."""

H264_SEI, RECOVERY_POINT = 6, 6
"""The unit type of supplemental information, and the kind of it that marks a frame to begin decoding at."""

H264_HIGH_PROFILES = frozenset((44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244))
"""Profiles whose parameter sets hold a few more fields."""


HEVC_PICTURE_PARAMETERS = 34
"""The unit type of the parameter set that says how long the headers of slices are."""

SLICE_KINDS = {"h264": "PBIPI", "hevc": "BPI"}
"""What the numbers of slice types mean; H.264's count on from 5 where all slices of a picture are of one type. Its
switching pictures count as what they resemble."""

SLICE_HEADER_BYTES = 16
"""So many hold what is read of a slice's header."""

UNKNOWN = "?"


def length_size(codec: str, extradata: bytes | None) -> int | None:
    """Bytes of the length before each unit, as the codec's extradata says; None for start codes."""
    if not extradata or extradata[0] != 1:
        return None
    position = {"h264": 4, "hevc": 21}[codec]
    return (extradata[position] & 3) + 1 if len(extradata) > position else None


def units(data: memoryview, length_bytes: int | None) -> list[memoryview]:
    """The units of a packet, headers and all, none of them empty; no units where it cannot be parsed.

    It cannot where the lengths do not add up to the packet, or where it holds no start code.
    """
    return _after_start_codes(data) if length_bytes is None else _after_lengths(data, length_bytes)


def _after_lengths(data: memoryview, length_bytes: int) -> list[memoryview]:
    found, position = [], 0
    while position < len(data):
        begin = position + length_bytes
        position = begin + int.from_bytes(data[position:begin], "big")
        if position > len(data):
            return []
        if position > begin:
            found.append(data[begin:position])
    return found


def _after_start_codes(data: memoryview) -> list[memoryview]:
    content = bytes(data)
    begins, at = [], content.find(START_CODE)
    while at >= 0:
        begins.append(at + len(START_CODE))
        at = content.find(START_CODE, begins[-1])
    ends = [*(begin - len(START_CODE) for begin in begins[1:]), len(data)][: len(begins)]
    # A fourth zero byte before a start code belongs to the code; no unit ends with one.
    cut = [content[begin:end].rstrip(b"\0") for begin, end in zip(begins, ends, strict=True)]
    return [memoryview(unit) for unit in cut if unit]


def unit_type(codec: str, unit: bytes | memoryview) -> int:
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def h264_disposable(found: list[memoryview]) -> bool:
    """Whether no slice among the units of an H.264 packet is ever referred to: `nal_ref_idc` is 0 in all of them.

    Both fields of an interlaced frame share a packet, and the second may refer to the first: hence "all".
    A packet without a slice counts as needed.
    """
    slices = [unit[0] for unit in found if unit[0] & 0x1F in H264_SLICES]
    return bool(slices) and not any(header & 0x60 for header in slices)


def hevc_layer(found: list[memoryview]) -> tuple[int, bool]:
    """The temporal layer of an HEVC packet's picture, and whether no picture of that layer refers to it.

    The second alone does not make the packet disposable: pictures of higher layers may refer to it.
    A packet whose headers are cut short, or that holds no picture, counts as needed in layer 0.
    """
    pictures = [unit for unit in found if unit_type("hevc", unit) in HEVC_PICTURES]
    if not pictures or min(map(len, found)) < 2:
        return 0, False
    unreferenced = all(unit_type("hevc", unit) in HEVC_NON_REFERENCE for unit in pictures)
    return max(unit[1] & 7 for unit in pictures) - 1, unreferenced


def starts_afresh(codec: str, found: list[memoryview]) -> bool:
    """Whether a packet of an H.264 or HEVC stream depends, with all that follow it, on nothing before it."""
    fresh = (H264_IDR,) if codec == "h264" else HEVC_FRESH_STARTS
    return any(unit_type(codec, unit) in fresh for unit in found)


def may_start(codec: str, found: list[memoryview]) -> bool:
    """Whether decoding may begin at a packet and be exact for all that is shown from its picture on.

    That is so for IDR and IRAP pictures, and in H.264 for recovery points that need no further frames and promise
    an exact match. Intra refresh has recovery points that need many: those are keyframes only by name.
    """
    if codec == "hevc":
        return any(unit_type(codec, unit) in HEVC_RANDOM_ACCESS for unit in found)
    return starts_afresh(codec, found) or any(
        _recovers_at_once(unit) for unit in found if unit_type(codec, unit) == H264_SEI
    )


def _recovers_at_once(unit: memoryview) -> bool:
    """Whether a unit of supplemental information begins a recovery point: frame count 0, exact, link not broken.

    The three fields are the first three bits of the message, which follows its kind and its size.
    """
    position = 1
    while position + 2 < len(unit) and 0xFF not in unit[position : position + 2]:
        kind, size = unit[position : position + 2]
        if kind == RECOVERY_POINT:
            return unit[position + 2] >> 5 == 0b110
        position += 2 + size
    return False


def parameter_sets(codec: str, found: list[memoryview]) -> list[bytes]:
    """The parameter sets among the units of an H.264 or HEVC packet."""
    return [bytes(unit) for unit in found if unit_type(codec, unit) in PARAMETER_SETS[codec]]


def extradata_units(codec: str, extradata: bytes) -> list[bytes]:
    """The parameter sets in H.264's extradata, in either of its two forms; none where it cannot be parsed."""
    if length_size(codec, extradata) is None:
        return [bytes(unit) for unit in units(memoryview(extradata), None)]
    found, position = [], 5
    for mask in (0x1F, 0xFF):  # sequence parameter sets, then picture parameter sets, each kind preceded by its count
        count = extradata[position] & mask if position < len(extradata) else 0
        position += 1
        for _ in range(count):
            size = int.from_bytes(extradata[position : position + 2], "big")
            found.append(extradata[position + 2 : position + 2 + size])
            position += 2 + size
    return [unit for unit in found if unit]


def hevc_parameter_sets(extradata: bytes) -> list[bytes]:
    """The parameter sets in HEVC's extradata, in either of its two forms; those before it cannot be parsed."""
    if length_size("hevc", extradata) is None:
        return [bytes(unit) for unit in units(memoryview(extradata), None)]
    found, position = [], 23
    for _ in range(extradata[22] if len(extradata) > 22 else 0):  # kinds of units
        count = int.from_bytes(extradata[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            size = int.from_bytes(extradata[position : position + 2], "big")
            found.append(extradata[position + 2 : position + 2 + size])
            position += 2 + size
    return [unit for unit in found if len(unit) > 2]


def hevc_skipped_bits(extradata: bytes) -> dict[int, int]:
    """How many bits of a slice's header mean nothing, by the number of the picture parameter set it uses."""
    skipped = {}
    for unit in hevc_parameter_sets(extradata):
        if unit_type("hevc", unit) == HEVC_PICTURE_PARAMETERS:
            bits = _Bits(_without_emulation(unit[2:]))
            try:
                own, _, _ = bits.golomb(), bits.golomb(), bits.number(2)
                skipped[own] = bits.number(3)
            except IndexError:
                pass
    return skipped


def picture_kind(codec: str, found: list[memoryview], skipped: dict[int, int]) -> str:
    """I, P or B: what the slices among the units of a packet say; `UNKNOWN` where they cannot be understood.

    A picture with slices of several kinds is of the kind that refers to most: B before P before I. Of HEVC's slices
    only the first is read.

    Args:
        skipped: for HEVC, see `hevc_skipped_bits`.
    """
    read = _h264_slice if codec == "h264" else _hevc_slice
    return min((kind for unit in found if (kind := read(unit, skipped))), default=UNKNOWN)


def _h264_slice(unit: memoryview, skipped: dict[int, int]) -> str:
    if unit[0] & 0x1F not in (1, 2, H264_IDR):
        return ""
    bits = _Bits(_without_emulation(bytes(unit[1:SLICE_HEADER_BYTES])))
    try:
        bits.golomb()  # where in the picture the slice begins
        return SLICE_KINDS["h264"][bits.golomb() % 5]
    except IndexError:
        return ""


def _hevc_slice(unit: memoryview, skipped: dict[int, int]) -> str:
    kind = unit_type("hevc", unit)
    if kind not in HEVC_PICTURES:
        return ""
    bits = _Bits(_without_emulation(bytes(unit[2:SLICE_HEADER_BYTES])))
    try:
        if not bits.number(1):  # the picture's first slice
            return ""
        if kind >= HEVC_RANDOM_ACCESS.start:
            bits.number(1)  # whether pictures before it are still to be shown
        bits.number(skipped[bits.golomb()])
        return SLICE_KINDS["hevc"][bits.golomb()]
    except (IndexError, KeyError):
        return ""


def _without_emulation(header: bytes) -> bytes:
    """The header as it was before a 3 was put after every two zeros, so that nothing looks like a start code."""
    return header.replace(b"\0\0\3", b"\0\0")


def h264_frames_only(sps: bytes) -> bool:
    """Whether a sequence parameter set allows nothing but whole frames: no fields, no mix of both.

    What it does not understand, such as scaling matrices, counts as not.
    """
    bits = _Bits(_without_emulation(sps[1:]))
    try:
        profile = bits.number(8)
        bits.number(16)  # constraints and level
        bits.golomb()  # the set's own number
        if profile in H264_HIGH_PROFILES:
            if bits.golomb() == 3:  # chroma format 4:4:4
                bits.number(1)
            bits.golomb(), bits.golomb(), bits.number(1)  # bit depths, lossless
            if bits.number(1):
                return False
        bits.golomb()  # size of frame numbers
        order = bits.golomb()
        if order == 0:
            bits.golomb()
        elif order == 1:
            return False
        bits.golomb(), bits.number(1), bits.golomb(), bits.golomb()  # reference frames, gaps, width, height
        return bits.number(1) == 1
    except IndexError:
        return False


class _Bits:
    """Reads the bits of a header from the first to the last; IndexError after it."""

    def __init__(self, data: bytes) -> None:
        self.text = "".join(f"{byte:08b}" for byte in data)
        self.position = 0

    def number(self, count: int) -> int:
        if self.position + count > len(self.text):
            raise IndexError("the header ends early")
        self.position += count
        return int(self.text[self.position - count : self.position] or "0", 2)

    def golomb(self) -> int:
        """The standards' ue(v): as many zeros as there are bits after the next one."""
        zeros = 0
        while self.number(1) == 0:
            zeros += 1
        return (1 << zeros) - 1 + self.number(zeros)
