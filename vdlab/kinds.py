"""What kinds of frames a stretch of a video is made of: I, P and B, and which of them no other frame needs."""

from collections.abc import Callable

import av
import numpy as np
from av.video.stream import VideoStream

from vdlab import nal
from vdlab.copies import read_again
from vdlab.packets import PacketIndex


def kinds(index: PacketIndex, numbers: range) -> str:
    """A letter for each of the frames `numbers`, in the order in which they are shown.

    `K` is a keyframe at which decoding may begin. H.264 and HEVC say of the others whether they are `I`, `P` or `B`,
    and which are disposable, because no other frame needs them: those have small letters. `?` is any other frame.
    Only headers are read: decoding takes seconds where frames are large.

    Raises:
        CopyError: the file does not give the packets of the index again.
        VideoError: reading fails.
    """
    positions = index.shown[list(numbers)]
    order = np.argsort(positions)
    letters = np.full(len(numbers), nal.UNKNOWN)
    letters[order] = read_again(
        index, positions[order], lambda stream, found: list(map(_reader(index.codec, stream), found))
    )
    if index.disposable is not None:
        disposable = index.disposable[positions]
        letters[disposable] = np.char.lower(letters[disposable])
    letters[index.start[positions]] = "K"
    return "".join(letters)


def _reader(codec: str, stream: VideoStream) -> Callable[[av.Packet], str]:
    if codec not in ("h264", "hevc"):
        return lambda packet: nal.UNKNOWN
    extradata = stream.codec_context.extradata or b""
    length_bytes = nal.length_size(codec, extradata)
    skipped = nal.hevc_skipped_bits(extradata) if codec == "hevc" else {}
    return lambda packet: nal.picture_kind(codec, nal.units(memoryview(packet), length_bytes), skipped)
