from hypothesis import given
from hypothesis import strategies as st

from vdlab import nal

# An encoder never lets a start code appear inside a unit, nor ends one in a zero.
units = st.lists(st.lists(st.integers(1, 255), min_size=1, max_size=20).map(bytes), min_size=1, max_size=8)


@given(units, st.sampled_from([b"\0\0\1", b"\0\0\0\1"]))
def test_start_codes_and_lengths_find_the_same_units(units, code):
    by_code = memoryview(b"".join(code + unit for unit in units))
    by_length = memoryview(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units))
    headers = [unit[0] for unit in units]
    assert [by_code[at] for at in nal.offsets(by_code, None)] == headers
    assert [by_length[at] for at in nal.offsets(by_length, 4)] == headers


@given(st.binary(max_size=200), st.sampled_from([None, 1, 2, 4]))
def test_any_bytes_are_answered_without_an_error(data, length_bytes):
    assert nal.h264_disposable(memoryview(data), length_bytes) in (True, False)
    layer, unreferenced = nal.hevc_layer(memoryview(data), length_bytes)
    assert -1 <= layer <= 6 and unreferenced in (True, False)
    assert nal.starts_afresh("hevc", memoryview(data), length_bytes) in (True, False)
