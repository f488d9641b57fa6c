"""What packets say of themselves: headers built bit by bit, for what no encoder at hand writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vdlab.video import picture
from vdlab.video.bits import Bits, nal_units, nearest
from vdlab.video.h264 import recovers_at_once
from vdlab.video.pictures import READERS, Picture, reader


def packed(*fields: tuple[int, int] | str) -> bytes:
    """Bits one after the other, filled up with zeros: numbers with their widths, or text of 0 and 1."""
    text = "".join(field if isinstance(field, str) else f"{field[0]:0{field[1]}b}" for field in fields)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


def golomb(number: int) -> str:
    code = f"{number + 1:b}"
    return "0" * (len(code) - 1) + code


def signed(number: int) -> str:
    return golomb(2 * number - 1 if number > 0 else -2 * number)


def annex_b(*units: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in units)


# Bits


@given(st.lists(st.tuples(st.sampled_from(["number", "golomb", "signed"]), st.integers(0, 4000))))
def test_bits_are_read_as_they_were_written(fields):
    written = {"number": lambda number: f"{number:012b}", "golomb": golomb, "signed": signed}
    data = packed(*(written[kind](number) for kind, number in fields))
    bits = Bits(data)
    read = {"number": lambda: bits.number(12), "golomb": bits.golomb, "signed": bits.signed}
    assert [read[kind]() for kind, _ in fields] == [number for _, number in fields]


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\1"])
def test_bits_end(data):
    with pytest.raises(IndexError):
        Bits(data).golomb()
    with pytest.raises(IndexError):
        Bits(data).number(8 * len(data) + 1)


@given(st.integers(-(10**6), 10**6), st.integers(-127, 128))
def test_the_last_bits_of_a_number_are_enough_where_the_one_before_is_near(previous, distance):
    assert nearest((previous + distance) % 256, 8, previous) == previous + distance


# Units

# An encoder never lets a start code appear inside a unit, nor ends one in a zero.
UNITS = st.lists(st.lists(st.integers(1, 255), min_size=1, max_size=20).map(bytes), min_size=1, max_size=8)


@given(UNITS, st.sampled_from([b"\0\0\1", b"\0\0\0\1"]), st.sampled_from([1, 2, 4]))
def test_start_codes_and_lengths_find_the_same_units(units, code, length_bytes):
    by_code = b"".join(code + unit for unit in units)
    by_length = b"".join(len(unit).to_bytes(length_bytes, "big") + unit for unit in units)
    for data, how in ((by_code, None), (by_length, length_bytes)):
        assert [data[begin:end] for begin, end in nal_units(memoryview(data), how)] == units


@pytest.mark.parametrize("data", [b"", b"\x01\x02", b"\0\0\0\x09\x01", b"\0\0\0\1"])
def test_no_units_where_lengths_do_not_add_up_or_no_code_is(data):
    for length_bytes in (None, 4):
        assert not nal_units(memoryview(data), length_bytes)


# H.264


def sps(order_type: int = 0, frames_only: bool = True, profile: int = 77) -> bytes:
    order = {0: golomb(2), 1: "0" + signed(0) + signed(0) + golomb(0), 2: ""}[order_type]
    size = golomb(1) + "0" + golomb(9) + golomb(5)
    return b"\x67" + packed((profile, 8), (0, 16), "1", golomb(0), golomb(order_type), order, size, f"{frames_only:b}1")


PPS = b"\x68" + packed("1", "1", "0", "0", "1")


def h264_slice(
    number: int, order: int = 0, kind: int = 0, idr: bool = False, needed: int = 3, first: int = 0, field: str = ""
) -> bytes:
    """A slice of a stream with 4 bits of frame number and 6 of order, as `sps` has them."""
    header = needed << 5 | (5 if idr else 1)
    return bytes([header]) + packed(
        golomb(first), golomb(kind), "1", (number, 4), field, golomb(0) if idr else "", (order, 6), "1" * 16
    )


IDR = h264_slice(0, kind=7, idr=True)


def h264(*packets: bytes | list[bytes], sequence: bytes | None = None) -> list[Picture]:
    read = reader("h264", annex_b(sequence or sps(), PPS))
    return [read(annex_b(*(packet if isinstance(packet, list) else [packet]))) for packet in packets]


def test_h264_tells_kind_start_disposable_and_order():
    found = h264(IDR, h264_slice(1, 8, 5), h264_slice(2, 4, 6), h264_slice(3, 2, 6, needed=0), IDR)
    assert [one.frame_type for one in found] == list("IPBBI")
    assert [one.start for one in found] == [one.fresh for one in found] == [True, False, False, False, True]
    assert [one.disposable for one in found] == [False, False, False, True, False]
    assert sorted(range(5), key=lambda at: found[at].order) == [0, 3, 2, 1, 4]
    assert not any(one.doubt for one in found)


def test_h264_orders_go_on_where_their_bits_end():
    found = h264(IDR, *(h264_slice(at % 16, 2 * at % 64) for at in range(1, 200)))
    orders = [one.order for one in found]
    assert orders == sorted(set(orders)) and not any(one.doubt for one in found)


def test_h264_a_hole_in_the_numbers_is_a_missing_picture():
    assert [one.doubt for one in h264(IDR, h264_slice(1, 2), h264_slice(3, 6), h264_slice(4, 8))] == [
        "",
        "",
        picture.MISSING,
        "",
    ]
    # Pictures that nobody needs do not count.
    assert not any(one.doubt for one in h264(IDR, h264_slice(1, 2, needed=0), h264_slice(1, 4)))


def test_h264_shows_pictures_as_stored_where_it_says_so():
    found = h264(IDR, h264_slice(1), h264_slice(2), IDR, h264_slice(1), sequence=sps(order_type=2))
    assert [one.order for one in found] == sorted({one.order for one in found})
    assert not any(one.doubt for one in found)


@pytest.mark.parametrize(
    ("doubt", "packet", "sequence"),
    [
        (picture.FIELDS, [h264_slice(1, 2, field="10"), h264_slice(1, 3, field="11")], sps(frames_only=False)),
        ("told in a way", h264_slice(1), sps(order_type=1)),
        (picture.SEVERAL, [h264_slice(1, 2), h264_slice(2, 4)], sps()),
        (picture.INCOMPLETE, h264_slice(1, 2, first=9), sps()),
        (picture.CHANGED, [sps(2), h264_slice(1, 2)], sps()),
        (picture.CHANGED, [PPS + b"\1", h264_slice(1, 2)], sps()),
        ("partitions", b"\x62\xff", sps()),
        ("several views", [h264_slice(1, 2), b"\x74\xff\xff"], sps()),
        (picture.NO_PICTURE, b"\x09\x10", sps()),
        (picture.CUT_SHORT, b"\x61\x9a", sps()),
        (picture.CUT_SHORT, b"\x61" + packed(golomb(0), golomb(10), "1" * 40), sps()),
    ],
)
def test_h264_doubts(doubt, packet, sequence):
    first = h264_slice(0, kind=7, idr=True, field="" if sequence == sps() or sequence == sps(1) else "0")
    assert doubt in h264(first, packet, sequence=sequence)[1].doubt


def test_h264_frames_of_an_interlaced_stream_are_no_fields():
    found = h264(h264_slice(0, kind=7, idr=True, field="0"), h264_slice(1, 2, field="0"), sequence=sps(0, False))
    assert not any(one.doubt for one in found)


def test_h264_both_fields_must_be_unneeded_for_their_frame_to_be_disposable():
    needed, unneeded = h264_slice(1, 2, field="10"), h264_slice(1, 3, field="11", needed=0)
    first = h264_slice(0, kind=7, idr=True, field="0")
    for packet, disposable in (([unneeded, unneeded], True), ([unneeded, needed], False)):
        found = h264(first, packet, sequence=sps(0, False))[1]
        assert found.disposable == disposable and found.doubt == picture.FIELDS


def test_h264_recovers_where_it_is_exact_at_once():
    def recovery(payload: int) -> bytes:
        return bytes([6, 6, 1, payload, 0x80])

    assert recovers_at_once(recovery(0b11000100))
    assert not recovers_at_once(recovery(0b10000100)), "not promised to be exact"
    assert not recovers_at_once(recovery(0b11100100)), "a broken link"
    assert not recovers_at_once(recovery(0b00101110)), "exact only frames later"
    long = bytes([6, 5, 0xFF, 3]) + bytes(0xFF + 3)
    assert recovers_at_once(long + recovery(0b11000100)[1:]), "another message comes first"
    intra, inter = h264_slice(1, 2, kind=7), h264_slice(1, 2, kind=5)
    assert [h264(IDR, [recovery(0b11000100), one])[1].start for one in (intra, inter)] == [True, False]
    assert not h264(IDR, [recovery(0b11000100), intra])[1].fresh


def test_h264_without_parameters_in_the_header():
    assert reader("h264", b"")(annex_b(IDR)).doubt == picture.NOT_IN_HEADER
    assert reader("h264", b"\1\x64\0\x1e\xff\xe0\0")(len(IDR).to_bytes(4, "big") + IDR).doubt == picture.NOT_IN_HEADER


def test_h264_a_header_in_mp4_holds_the_same_sets():
    header = b"\1\x4d\0\x1e\xff\xe1" + len(sps()).to_bytes(2, "big") + sps() + b"\1" + len(PPS).to_bytes(2, "big") + PPS
    found = reader("h264", header)(len(IDR).to_bytes(4, "big") + IDR)
    assert found == h264(IDR)[0]


# HEVC


def hevc_parameters(long_term: bool = False, sets: str = "1") -> bytes:
    profile = (0, 96)
    sizes = (
        golomb(1),
        golomb(128),
        golomb(72),
        "0",
        golomb(0),
        golomb(0),
        golomb(2),
        "0",
        golomb(4),
        golomb(2),
        golomb(0),
    )
    blocks = (*(golomb(0) for _ in range(6)), "0", "00", "0")
    sequence = packed((0, 4), (0, 3), "1", profile, golomb(0), *sizes, *blocks, sets, f"{long_term:b}")
    if long_term:
        sequence = packed((0, 4), (0, 3), "1", profile, golomb(0), *sizes, *blocks, sets, "1", golomb(0), "1")
    return annex_b(
        bytes([33 << 1, 1]) + sequence + b"\x80", bytes([34 << 1, 1]) + packed("1", "1", "0", "0", "000", "1")
    )


def hevc_slice(
    unit_type: int, order: int = 0, back: tuple[int, ...] = (), kind: int = 1, layer: int = 0, long_term: str = ""
) -> bytes:
    """A first slice of a stream with 6 bits of order; it refers to the pictures `back` before it, nearest first."""
    start = "1" if 16 <= unit_type < 24 else ""
    references = golomb(len(back)) + golomb(0)
    for one, previous in zip(back, (0, *back), strict=False):
        references += golomb(one - previous - 1) + "1"
    rest = "" if unit_type in (19, 20) else f"{order % 64:06b}" + "0" + references + long_term
    return bytes([unit_type << 1, layer + 1]) + packed("1", start, "1", golomb(kind), rest, "1" * 16)


HEVC_IDR = hevc_slice(19, kind=2)


def hevc(*packets: bytes | list[bytes], header: bytes | None = None) -> list[Picture]:
    read = reader("hevc", header or hevc_parameters())
    return [read(annex_b(*(packet if isinstance(packet, list) else [packet]))) for packet in packets]


def test_hevc_tells_kind_start_order_and_layer():
    found = hevc(HEVC_IDR, hevc_slice(1, 4, (4,)), hevc_slice(0, 2, (2,), kind=0, layer=1), hevc_slice(21, 6, kind=2))
    assert [one.frame_type for one in found] == list("IPBI")
    assert [one.start for one in found] == [True, False, False, True]
    assert [one.fresh for one in found] == [True, False, False, False]
    assert [(one.layer, one.disposable) for one in found] == [(0, False), (0, False), (1, True), (0, False)]
    assert sorted(range(4), key=lambda at: found[at].order) == [0, 2, 1, 3]
    assert not any(one.doubt for one in found)


def test_hevc_a_reference_that_was_never_stored_is_missing():
    found = hevc(HEVC_IDR, hevc_slice(1, 2, (2,)), hevc_slice(1, 6, (2, 6)))
    assert [one.doubt for one in found] == ["", "", picture.MISSING]
    # What is no longer kept is missing too.
    found = hevc(HEVC_IDR, hevc_slice(1, 1, (1,)), hevc_slice(1, 2, (1,)), hevc_slice(1, 3, (1, 3)))
    assert [one.doubt for one in found] == ["", "", "", picture.MISSING]


def test_hevc_leading_pictures_of_a_start_that_begins_the_stream_do_not_come_out():
    start, leading, trailing = hevc_slice(21, 8, kind=2), hevc_slice(8, 6, (4,)), hevc_slice(1, 9, (1,))
    found = hevc(start, leading, trailing, start, leading, trailing)
    assert [one.shown for one in found] == [True, False, True, True, True, True]
    assert [one.doubt for one in found[:4]] == [""] * 4 and found[4].doubt == picture.MISSING
    assert found[1].order < found[0].order
    # So it is after a broken link, and after an end of the sequence.
    for first in (hevc_slice(16, 8, kind=2), [bytes([36 << 1, 1]), start]):
        found = hevc(HEVC_IDR, [HEVC_IDR, bytes([36 << 1, 1])], first, leading)
        assert not found[3].shown and not found[3].doubt
        assert found[3].order > found[1].order


def test_hevc_pictures_kept_for_long_are_named_by_their_last_bits_or_by_all():
    header = hevc_parameters(long_term=True)
    none, by_bits, whole = golomb(0), golomb(1) + "000000" + "10", golomb(1) + "000000" + "11" + golomb(1)
    first = [hevc_slice(1, at, (1,), long_term=by_bits) for at in range(1, 64)]
    assert not any(one.doubt for one in hevc(HEVC_IDR, *first, header=header))
    assert not hevc(HEVC_IDR, *first, hevc_slice(1, 64, (1,), long_term=whole), header=header)[-1].doubt
    forgotten = [hevc_slice(1, at, (1,), long_term=none) for at in (1, 2)]
    lost = hevc(HEVC_IDR, *forgotten, hevc_slice(1, 3, (1,), long_term=by_bits), header=header)
    assert lost[-1].doubt == picture.MISSING


@pytest.mark.parametrize(
    ("doubt", "packet"),
    [
        (picture.SEVERAL, [hevc_slice(1, 1, (1,)), hevc_slice(1, 2, (1,))]),
        (picture.INCOMPLETE, bytes([2, 1]) + packed("0", "1" * 30)),
        (picture.CHANGED, [bytes([33 << 1, 1, 5]), hevc_slice(1, 1, (1,))]),
        (picture.NO_PICTURE, bytes([35 << 1, 1, 0x50])),
        (picture.CUT_SHORT, b"\2"),
        (picture.CUT_SHORT, b"\2\1\xff"),
    ],
)
def test_hevc_doubts(doubt, packet):
    assert hevc(HEVC_IDR, packet)[1].doubt == doubt


def test_hevc_further_layers_are_left_out_but_need_the_picture():
    unneeded, further = hevc_slice(0, 1, (1,)), bytes([1 << 1, 1 << 3 | 1]) + packed("1" * 40)
    alone, both = hevc(HEVC_IDR, unneeded)[1], hevc(HEVC_IDR, [unneeded, further])[1]
    assert alone.disposable and both == alone._replace(disposable=False)


# AV1


def unit(kind: int, payload: bytes, sized: bool = True, layers: int | None = None) -> bytes:
    header = kind << 3 | 2 * sized | (4 if layers is not None else 0)
    size = bytes([len(payload)]) if sized else b""
    return bytes([header]) + (bytes([layers]) if layers is not None else b"") + size + payload


def av1_sequence(points: int = 1, size: int = 9) -> bytes:
    point = (0, 12 + 5)
    return packed(
        (0, 5),
        "00",
        (points - 1, 5),
        *[point] * points,
        (3, 4),
        (3, 4),
        (size, 8),
        "0",
        (0, 7),
        "100",
        "1",
        "1",
        (6, 3),
    )


def av1_frame(
    slots: tuple[int, ...] = (),
    writes: int = 0,
    kind: int = 1,
    shown: bool = True,
    resilient: bool = False,
    short: bool = False,
) -> bytes:
    """A frame's header in a sequence with 7 bits of order; `slots` are its references, the last one many times."""
    begins = kind == 0 and shown
    inter = kind in (1, 3)
    switch = kind == 3
    all_written = begins or switch
    hints = (resilient or switch) and (inter or writes != 0xFF)
    chosen = [*slots, *slots[-1:] * 7][:7]
    return packed(
        "0",
        (kind, 2),
        f"{shown:b}",
        "" if shown else "1",
        "" if begins or switch else f"{resilient:b}",
        "0",
        "0",
        "" if switch else "0",
        (0, 7),
        "000" if inter and not (resilient or switch) else "",
        "" if all_written else (writes, 8),
        (0, 56) if hints and not begins else "",
        ("1" + "000111" if short else "0") if inter else "",
        *((slot, 3) for slot in ([] if short or not inter else chosen)),
        "1" * 40,
    )


def again(slot: int) -> bytes:
    return packed("1", (slot, 3), "1000")


SEQUENCE = unit(1, av1_sequence())
AV1_KEY = SEQUENCE + unit(6, av1_frame(kind=0))


def av1(*packets: bytes, extradata: bytes = b"") -> list[Picture]:
    read = reader("av1", extradata)
    return [read(packet) for packet in packets]


def test_av1_tells_slots_and_starts():
    key, needed, unneeded = av1(AV1_KEY, unit(6, av1_frame((0, 3), 0b10)), unit(6, av1_frame((1, 7))))
    assert (key.frame_type, key.start, key.fresh, key.reads, key.writes, key.disposable) == (
        "I",
        True,
        True,
        0,
        255,
        False,
    )
    assert (needed.frame_type, needed.start, needed.reads, needed.writes, needed.disposable) == (
        "P",
        False,
        9,
        2,
        False,
    )
    assert (unneeded.reads, unneeded.writes, unneeded.disposable) == (0b10000010, 0, True)
    assert not key.doubt + needed.doubt + unneeded.doubt and key.order is None
    # Without the header of its sequence, decoding cannot begin.
    assert not av1(AV1_KEY, unit(6, av1_frame(kind=0)))[1].start


def test_av1_hidden_frames_before_the_one_shown_are_no_reads_from_outside():
    hidden, shown = av1_frame((0,), 0b100, shown=False), av1_frame((2, 5), 0b1000)
    found = av1(AV1_KEY, unit(6, hidden) + unit(6, shown))[1]
    assert (found.reads, found.writes, found.shown, found.doubt) == (0b100001, 0b1100, True, "")
    assert not av1(AV1_KEY, unit(6, hidden))[1].shown


def test_av1_a_frame_is_shown_again():
    found = av1(AV1_KEY, unit(6, av1_frame((0,), 0b100, shown=False)), unit(3, again(2)))
    assert (found[2].reads, found[2].writes, found[2].frame_type, found[2].doubt) == (0b100, 0, "P", "")


def test_av1_a_key_frame_that_is_shown_again_fills_all_slots_but_is_no_start():
    hidden = unit(6, av1_frame(kind=0, writes=0b1000, shown=False)) + unit(6, av1_frame((0,)))
    found = av1(AV1_KEY, SEQUENCE + hidden, SEQUENCE + unit(3, again(3)), unit(6, av1_frame((6,), 1)))
    assert [one.start for one in found] == [True, False, False, False]
    assert (found[2].reads, found[2].writes, found[2].frame_type) == (0b1000, 255, "I")
    assert not any(one.doubt for one in found)


def test_av1_frames_that_leave_their_references_to_be_worked_out_read_all():
    assert av1(AV1_KEY, unit(6, av1_frame(short=True)))[1].reads == 255
    assert av1(AV1_KEY, unit(6, av1_frame((2,), resilient=True)))[1].reads == 255
    switch = av1(AV1_KEY, unit(6, av1_frame((2,), kind=3)))[1]
    assert (switch.reads, switch.writes, switch.start) == (255, 255, False)
    only_intra = av1(AV1_KEY, unit(6, av1_frame(kind=2, writes=4)))[1]
    assert (only_intra.frame_type, only_intra.reads, only_intra.writes, only_intra.start) == ("I", 0, 4, False)


def test_av1_other_units_are_left_out():
    plain = unit(6, av1_frame((0,), 2))
    others = unit(2, b"") + unit(5, b"\1\2") + unit(15, b"\0") + unit(8, b"\5")
    repeated = unit(3, av1_frame((0,), 2)) + unit(7, av1_frame((3,), 4)) + unit(4, b"\xff\xff")
    expected = av1(AV1_KEY, plain)[1]
    assert av1(AV1_KEY, others + plain)[1] == expected
    assert av1(AV1_KEY, repeated)[1] == expected
    assert av1(AV1_KEY, unit(6, av1_frame((0,), 2), sized=False))[1] == expected
    assert av1(AV1_KEY, unit(6, av1_frame((0,), 2), layers=1 << 5))[1] == expected


def test_av1_doubts():
    two = unit(6, av1_frame((0,), 2)) * 2
    assert av1(AV1_KEY, two)[1].doubt == picture.SEVERAL
    assert "several qualities" in av1(unit(1, av1_sequence(points=2)) + unit(6, av1_frame(kind=0)))[0].doubt
    assert "several qualities" in av1(AV1_KEY, unit(6, av1_frame((0,)), layers=1 << 3))[1].doubt
    changed = unit(1, av1_sequence(size=10)) + unit(6, av1_frame(kind=0))
    assert [one.doubt for one in av1(AV1_KEY, AV1_KEY, changed)] == ["", "", picture.CHANGED]
    assert av1(unit(6, av1_frame(kind=0)))[0].doubt == picture.NOT_IN_HEADER
    assert av1(SEQUENCE + unit(6, av1_frame((0,))))[0].doubt == picture.MISSING
    assert av1(AV1_KEY, unit(2, b""))[1].doubt == picture.NO_PICTURE
    assert av1(AV1_KEY, AV1_KEY[:-3])[1].doubt == picture.CUT_SHORT


def test_av1_the_header_of_the_sequence_may_stand_in_the_container():
    container = b"\x81\0\x0c\0"
    assert av1(unit(6, av1_frame(kind=0)), extradata=container + SEQUENCE)[0].doubt == ""
    # The one in the stream counts where both differ, as in SVT-AV1's files.
    assert av1(AV1_KEY, extradata=container + unit(1, av1_sequence(size=5)))[0].doubt == ""


def test_av1_still_pictures_have_short_headers():
    still = packed("000", "1", "1", (0, 5), (3, 4), (3, 4), (9, 8), "000")
    found = av1(unit(1, still) + unit(6, b"\0\0"))[0]
    assert (found.start, found.writes, found.doubt) == (True, 255, "")


def test_av1_a_sequence_that_keeps_time_has_longer_headers():
    timed = packed(
        (0, 5), "1", (1, 32), (25, 32), "0", "1", (3, 5), (0, 32), (4, 5), (6, 5), "0", (0, 5),
        (0, 12), (9, 5), "0", "1", (0, 9), (3, 4), (3, 4), (9, 8), "1", (1, 4), (2, 3), (0, 7), "0", "0", "0",
    )  # fmt: skip
    # Shown: its time, 7 bits; own number, 6; when it leaves the buffer, 5; each reference with a difference, 3.
    key = packed("0", "00", "1", (0, 7), "0", (9, 6), "0", "1", (0, 5), "1" * 20)
    inter = packed(
        "0", "01", "1", (0, 7), "0", "0", (9, 6), "0", "000", "1", (0, 5), (8, 8), *[(5, 3), (7, 3)] * 7, "1" * 20
    )  # fmt: skip
    found = av1(unit(1, timed) + unit(6, key), unit(6, inter))
    assert [(one.reads, one.writes, one.doubt) for one in found] == [(0, 255, ""), (0b100000, 8, "")]


# The others


def test_mpeg2_doubts():
    def begin(name: int, *fields: tuple[int, int] | str) -> bytes:
        return bytes([0, 0, 1, name]) + packed(*fields)

    sequence, group = begin(0xB3, (7, 64)), begin(0xB8, (0, 25), "00")
    extension = begin(0xB5, (8, 4), (0xFFFF, 16), "00", "11", (0, 16))
    fields = begin(0xB5, (8, 4), (0xFFFF, 16), "00", "01", (0, 16))

    def shown(order: int, kind: int) -> bytes:
        return begin(0x00, (order, 10), (kind, 3), (0xFFFF, 16), "000")

    slices = begin(0x01, (0xFF, 8))

    def read(*packets: bytes) -> list[Picture]:
        look = reader("mpeg2video", sequence)
        return [look(packet) for packet in packets]

    first = sequence + group + shown(2, 1) + extension + slices
    found = read(first, shown(0, 3) + extension + slices, shown(1, 3) + extension + slices)
    assert [one.order & 0xFF for one in found] == [2, 0, 1] and [one.frame_type for one in found] == list("IBB")
    assert found[0].start and not found[0].fresh and [one.disposable for one in found] == [False, True, True]
    assert not any(one.doubt for one in found)
    assert read(shown(0, 1) + fields + slices)[0].doubt == picture.FIELDS
    assert read(first + shown(3, 2) + slices)[0].doubt == picture.SEVERAL
    assert read(begin(0xB3, (8, 64)) + first)[0].doubt == picture.CHANGED
    assert read(begin(0xB8, (0, 25), "01") + shown(0, 1) + slices)[0].doubt == picture.BROKEN_LINK
    assert read(begin(0xB8, (0, 25), "10") + shown(0, 1) + slices)[0].fresh
    assert read(sequence)[0].doubt == picture.NO_PICTURE
    assert read(shown(0, 4) + slices)[0].doubt == picture.CUT_SHORT
    quantiser = begin(0xB5, (3, 4), (0xFF, 12))
    assert read(shown(0, 1) + extension + quantiser + slices)[0].doubt == picture.CHANGED


def test_mpeg4_doubts():
    layer = bytes([0, 0, 1, 0x20]) + packed("0", (1, 8), "0", (1, 4), "0", "00", "1", (25, 16), "1")

    def vop(kind: int, seconds: int, ticks: int, coded: bool = True) -> bytes:
        return bytes([0, 0, 1, 0xB6]) + packed((kind, 2), "1" * seconds, "01", (ticks, 5), "1", f"{coded:b}", "1" * 40)

    def read(*packets: bytes, extradata: bytes = layer) -> list[Picture]:
        look = reader("mpeg4", extradata)
        return [look(packet) for packet in packets]

    found = read(vop(0, 0, 0), vop(1, 1, 3), vop(2, 0, 24), vop(2, 1, 1), vop(1, 0, 6))
    assert [one.order for one in found] == [0, 28, 24, 26, 31] and [one.frame_type for one in found] == list("IPBBP")
    assert [one.disposable for one in found] == [False, False, True, True, False]
    assert found[0].start and not found[0].fresh
    group = bytes([0, 0, 1, 0xB3]) + packed((1, 5), (2, 6), "1", (3, 6))
    closed, broken = (group[:-1] + bytes([group[-1] | bits]) for bits in (0x20, 0x10))
    assert read(closed + vop(0, 0, 1))[0].order == 3723 * 25 + 1 and read(closed + vop(0, 0, 1))[0].fresh
    assert read(broken + vop(0, 0, 1))[0].doubt == picture.BROKEN_LINK
    assert read(vop(1, 0, 1) + vop(2, 0, 0))[0].doubt == picture.SEVERAL
    assert "left out" in read(vop(1, 0, 1, coded=False))[0].doubt
    assert read(layer + vop(0, 0, 0), extradata=b"")[0].doubt == ""
    assert read(layer + b"\1" + vop(0, 0, 0))[0].doubt == picture.CHANGED
    assert read(vop(0, 0, 0), extradata=b"")[0].doubt == picture.NOT_IN_HEADER
    assert read(b"\x7f")[0].doubt == read(b"")[0].doubt == picture.NO_PICTURE


def test_vp9_superframes():
    read = reader("vp9", b"")
    hidden = packed("1000", "0", "1", "0", "0", "1" * 24)
    shown = packed("1000", "0", "1", "1", "0", "1" * 24)
    key = packed("1000", "0", "0", "1", "0", (0x498342, 24))

    def together(*frames: bytes) -> bytes:
        marker = bytes([0b11000000 | len(frames) - 1])
        return b"".join(frames) + marker + bytes(map(len, frames)) + marker

    assert read(key)[:4] == ("I", True, True, False)
    assert read(together(hidden, shown)) == read(shown)
    assert not read(hidden).shown
    assert read(together(shown, shown)).doubt == picture.SEVERAL
    assert read(packed("1000", "1", "000")).shown
    assert not read(together(hidden, key)).start
    marker = bytes([0b11000000])
    assert read(marker * 2 + b"\x99" + marker).doubt == picture.CUT_SHORT


def test_vp8_hidden_frames():
    read = reader("vp8", b"")
    assert read(b"\x10\0\0\x9d\x01\x2a")[:4] == ("I", True, True, False)
    assert read(b"\x11\0\0").shown and not read(b"\x01\0\0").shown
    assert read(b"\x10\0\0\0\0\0").doubt == read(b"\x10").doubt == picture.CUT_SHORT


def test_codecs_of_which_nothing_is_known_have_no_reader():
    assert reader("theora", b"") is None and reader("unknown", b"") is None


HEADERS = {
    "h264": annex_b(sps(), PPS),
    "hevc": hevc_parameters(True),
    "av1": SEQUENCE,
    "mpeg4": bytes([0, 0, 1, 0x20]) + packed("0", (1, 8), "0", (1, 4), "0", "00", "1", (25, 16), "1"),
}


@given(
    st.sampled_from(sorted(READERS)),
    st.booleans(),
    st.binary(max_size=80),
    st.lists(
        st.lists(st.sampled_from([b"\0\0\1", b"\0", b"\x20", b"\xb6", IDR, HEVC_IDR, AV1_KEY]) | st.binary(max_size=20))
    ),
)
def test_any_bytes_are_answered_without_an_error(codec, known, extradata, packets):
    read = reader(codec, HEADERS.get(codec, extradata) if known else extradata)
    for pieces in packets:
        data = b"".join(pieces)
        found = read(data)
        assert isinstance(found, Picture)
        assert found.frame_type in "IPB?" and (found.doubt or found.frame_type != "?")
        assert found.fresh <= found.start and 0 <= found.reads <= 255 and 0 <= found.writes <= 255
