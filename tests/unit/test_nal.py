import pytest

from vdlab import nal


def annex_b(*units: bytes) -> memoryview:
    return memoryview(b"".join(b"\0\0\0\1" + unit for unit in units))


def test_h264_is_disposable_only_if_no_slice_is_referred_to():
    sei, needed, not_needed = b"\x06\x01", b"\x41\xff", b"\x01\xff"
    assert nal.h264_disposable(annex_b(sei, not_needed, not_needed), None)
    assert not nal.h264_disposable(annex_b(not_needed, needed), None)
    assert not nal.h264_disposable(annex_b(sei), None)


@pytest.mark.parametrize("data", [b"", b"\x01\x02", b"\0\0\0\x09\x01"])
def test_what_cannot_be_parsed_counts_as_needed(data):
    for length_bytes in (None, 4):
        assert not nal.h264_disposable(memoryview(data), length_bytes)
        assert nal.hevc_layer(memoryview(data), length_bytes) == (0, False)


def test_hevc_says_layer_and_whether_it_is_referred_to():
    def picture(kind: int, layer: int) -> bytes:
        return bytes([kind << 1, layer + 1, 0xFF])

    assert nal.hevc_layer(annex_b(picture(0, 2)), None) == (2, True)
    assert nal.hevc_layer(annex_b(picture(1, 1)), None) == (1, False)
    assert nal.hevc_layer(annex_b(picture(8, 0)), None) == (0, True)
    assert nal.hevc_layer(annex_b(picture(16, 0)), None) == (0, False)


def test_fresh_starts():
    assert nal.starts_afresh("h264", annex_b(b"\x67\0", b"\x65\0"), None)
    assert not nal.starts_afresh("h264", annex_b(b"\x41\0"), None)
    assert nal.starts_afresh("hevc", annex_b(bytes([20 << 1, 1])), None)
    assert not nal.starts_afresh("hevc", annex_b(bytes([21 << 1, 1])), None)


def test_length_size():
    assert nal.length_size("h264", None) is None
    assert nal.length_size("h264", b"\0\0\0\1\x67") is None
    assert nal.length_size("h264", b"\x01\x64\x00\x1e\xff\xe1") == 4
    assert nal.length_size("hevc", bytes([1] + [0] * 20 + [0xFF])) == 4
