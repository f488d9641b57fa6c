import pytest

from vdlab import nal


def annex_b(*units: bytes) -> list[memoryview]:
    return nal.units(memoryview(b"".join(b"\0\0\0\1" + unit for unit in units)), None)


def test_h264_is_disposable_only_if_no_slice_is_referred_to():
    sei, needed, not_needed = b"\x06\x01", b"\x41\xff", b"\x01\xff"
    assert nal.h264_disposable(annex_b(sei, not_needed, not_needed))
    assert not nal.h264_disposable(annex_b(not_needed, needed))
    assert not nal.h264_disposable(annex_b(sei))


@pytest.mark.parametrize("data", [b"", b"\x01\x02", b"\0\0\0\x09\x01"])
def test_what_cannot_be_parsed_counts_as_needed(data):
    for length_bytes in (None, 4):
        units = nal.units(memoryview(data), length_bytes)
        assert not nal.h264_disposable(units)
        assert nal.hevc_layer(units) == (0, False)


def test_hevc_says_layer_and_whether_it_is_referred_to():
    def picture(kind: int, layer: int) -> bytes:
        return bytes([kind << 1, layer + 1, 0xFF])

    assert nal.hevc_layer(annex_b(picture(0, 2))) == (2, True)
    assert nal.hevc_layer(annex_b(picture(1, 1))) == (1, False)
    assert nal.hevc_layer(annex_b(picture(8, 0))) == (0, True)
    assert nal.hevc_layer(annex_b(picture(16, 0))) == (0, False)


def test_fresh_starts():
    assert nal.starts_afresh("h264", annex_b(b"\x67\0", b"\x65\0"))
    assert not nal.starts_afresh("h264", annex_b(b"\x41\0"))
    assert nal.starts_afresh("hevc", annex_b(bytes([20 << 1, 1])))
    assert not nal.starts_afresh("hevc", annex_b(bytes([21 << 1, 1])))


def test_length_size():
    assert nal.length_size("h264", None) is None
    assert nal.length_size("h264", b"\0\0\0\1\x67") is None
    assert nal.length_size("h264", b"\x01\x64\x00\x1e\xff\xe1") == 4
    assert nal.length_size("hevc", bytes([1] + [0] * 20 + [0xFF])) == 4


def test_units_come_without_lengths_and_start_codes():
    sei, slice_ = b"\x06\x01", b"\x65\x88\x84"
    lengths = b"".join(len(unit).to_bytes(4, "big") + unit for unit in (sei, slice_))
    assert annex_b(sei, slice_) == [sei, slice_]
    assert nal.units(memoryview(lengths), 4) == [sei, slice_]


def test_h264_may_start_at_idr_pictures_and_at_recovery_points_that_are_exact_at_once():
    idr, picture = b"\x65\x88", b"\x41\x9a"

    def recovery(payload: int) -> bytes:
        return bytes([6, nal.RECOVERY_POINT, 1, payload, 0x80])

    assert nal.may_start("h264", annex_b(idr))
    assert not nal.may_start("h264", annex_b(picture))
    assert nal.may_start("h264", annex_b(recovery(0b11000100), picture))
    assert not nal.may_start("h264", annex_b(recovery(0b10000100), picture)), "not promised to be exact"
    assert not nal.may_start("h264", annex_b(recovery(0b11100100), picture)), "a broken link"
    assert not nal.may_start("h264", annex_b(recovery(0b00101110), picture)), "exact only frames later"
    # Another message comes first.
    other = bytes([6, 1, 2, 9, 9, nal.RECOVERY_POINT, 1, 0b11000100, 0x80])
    assert nal.may_start("h264", annex_b(other, picture))


def test_hevc_may_start_at_open_groups_but_only_closed_ones_are_fresh():
    for kind, start, fresh in ((19, True, True), (16, True, True), (21, True, False), (1, False, False)):
        packet = annex_b(bytes([kind << 1, 1, 0xFF]))
        assert nal.may_start("hevc", packet) == start
        assert nal.starts_afresh("hevc", packet) == fresh


def test_parameter_sets_are_found_among_other_units():
    sequence, picture, idr = b"\x67\x42", b"\x68\xce", b"\x65\x88"
    assert nal.parameter_sets("h264", annex_b(sequence, picture, idr)) == [sequence, picture]
    assert nal.parameter_sets("h264", annex_b(idr)) == []
    assert nal.extradata_units("h264", b"\0\0\1".join((b"", sequence, picture))) == [sequence, picture]
    header = b"\x01\x42\x00\x1e\xff\xe1\x00\x02" + sequence + b"\x01\x00\x02" + picture
    assert nal.extradata_units("h264", header) == [sequence, picture]


def test_a_parameter_set_cut_short_does_not_promise_whole_frames():
    assert not nal.h264_frames_only(b"\x67\x64\x00")
    assert not nal.h264_frames_only(b"\x67")
