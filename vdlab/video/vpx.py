"""What a packet of VP8 or VP9 says of itself: whether it is a keyframe, and whether its frame is shown.

Every frame of both may change the probabilities that the next is read with, so none is disposable.
"""

from vdlab.video import picture
from vdlab.video.bits import Bits
from vdlab.video.picture import Picture, Reader, doubtful

VP8_KEYFRAME = b"\x9d\x01\x2a"
VP9_KEYFRAME = 0x498342
"""What stands in the headers of keyframes, to be known by."""


class VP8Reader(Reader):
    """Reads VP8."""

    def read(self, data: memoryview) -> Picture:
        key, shown = not data[0] & 1, data[0] >> 4 & 1 == 1
        if len(data) < 3 or (key and data[3:6] != VP8_KEYFRAME):
            return doubtful(picture.CUT_SHORT)
        start = key and shown
        return Picture("I" if key else "P", start, start, shown=shown)


class VP9Reader(Reader):
    """Reads VP9."""

    def read(self, data: memoryview) -> Picture:
        frames = [_vp9_frame(Bits(frame[:12])) for frame in superframe(data) if frame]
        if not frames:
            return doubtful(picture.NO_PICTURE)
        shown = [frame_type for frame_type, is_shown in frames if is_shown]
        start = shown == ["I"] and len(frames) == 1
        doubt = picture.SEVERAL if len(shown) > 1 else ""
        return Picture(shown[0] if shown else "P", start, start, shown=bool(shown), doubt=doubt)


def superframe(data: memoryview) -> list[memoryview]:
    """The frames of a VP9 packet; more than one where an index of their sizes stands at its end.

    Raises:
        IndexError: the sizes do not fit.
    """
    last = data[len(data) - 1]
    if last >> 5 != 0b110:
        return [data]
    count, size_bytes = (last & 7) + 1, (last >> 3 & 3) + 1
    index = len(data) - 2 - count * size_bytes
    if index < 0 or data[index] != last:
        return [data]
    frames, position = [], 0
    for at in range(index + 1, len(data) - 1, size_bytes):
        size = int.from_bytes(data[at : at + size_bytes], "little")
        frames.append(data[position : position + size])
        position += size
    if position > index:
        raise IndexError("frames are longer than their packet")
    return frames


def _vp9_frame(bits: Bits) -> tuple[str, bool]:
    """The type of a frame, and whether it is shown."""
    if bits.number(2) != 2:
        raise IndexError("no frame begins here")
    profile = bits.number(1) + 2 * bits.number(1)
    if profile == 3:
        bits.number(1)
    if bits.number(1):  # one decoded before is shown
        return "P", True
    key, shown, _ = bits.number(1) == 0, bits.number(1) == 1, bits.number(1)
    if key and bits.number(24) != VP9_KEYFRAME:
        raise IndexError("no keyframe begins here")
    return "I" if key else "P", shown
