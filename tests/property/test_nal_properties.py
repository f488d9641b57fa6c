from hypothesis import given
from hypothesis import strategies as st

from vdlab import nal

# An encoder never lets a start code appear inside a unit, nor ends one in a zero.
units = st.lists(st.lists(st.integers(1, 255), min_size=1, max_size=20).map(bytes), min_size=1, max_size=8)


@given(units, st.sampled_from([b"\0\0\1", b"\0\0\0\1"]))
def test_start_codes_and_lengths_find_the_same_units(units, code):
    by_code = memoryview(b"".join(code + unit for unit in units))
    by_length = memoryview(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units))
    assert nal.units(by_code, None) == nal.units(by_length, 4) == units


@given(st.binary(max_size=200), st.sampled_from([None, 1, 2, 4]))
def test_any_bytes_are_answered_without_an_error(data, length_bytes):
    units = nal.units(memoryview(data), length_bytes)
    assert nal.h264_disposable(units) in (True, False)
    layer, unreferenced = nal.hevc_layer(units)
    assert -1 <= layer <= 6 and unreferenced in (True, False)
    for codec in ("h264", "hevc"):
        assert nal.starts_afresh(codec, units) <= nal.may_start(codec, units)
        assert len(nal.parameter_sets(codec, units)) <= len(units)
