"""Codecs of which every packet stands alone, and FFV1, which says in its first bit whether one does."""

from collections.abc import Callable

from vdlab.video.picture import CUT_SHORT, NO_PICTURE, Picture, doubtful

INTRA_ONLY = (
    "amv",
    "asv1",
    "asv2",
    "ayuv",
    "bitpacked",
    "bmp",
    "dnxhd",
    "dpx",
    "dvvideo",
    "exr",
    "ffvhuff",
    "hap",
    "huffyuv",
    "jpeg2000",
    "jpegls",
    "jpegxl",
    "ljpeg",
    "magicyuv",
    "mjpeg",
    "mjpegb",
    "notchlc",
    "png",
    "prores",
    "qoi",
    "r10k",
    "r210",
    "rawvideo",
    "tiff",
    "utvideo",
    "v210",
    "v308",
    "v408",
    "v410",
    "y41p",
    "yuv4",
)
"""FFmpeg's names of codecs without frames that refer to others."""

ALONE = Picture("I", True, True, True, 0, None, 0, 0, True, "")

FFV1_KEYFRAME = 0x7F80
"""The first two bytes of a keyframe are no less: its first bit is 1, as a range coder writes it that holds 0 and 1 for
equally probable."""


def reader(extradata: bytes) -> Callable[[bytes | memoryview], Picture]:
    """What reads the packets of a stream whose frames refer to no others; see `pictures.reader`."""
    return lambda data: ALONE if len(data) else doubtful(NO_PICTURE)


def ffv1_reader(extradata: bytes) -> Callable[[bytes | memoryview], Picture]:
    """What reads the packets of an FFV1 stream; see `pictures.reader`.

    Its frames refer to no others' pixels, but go on with their probabilities.
    """

    def read(data: bytes | memoryview) -> Picture:
        if len(data) < 2:
            return doubtful(CUT_SHORT)
        key = int.from_bytes(data[:2], "big") >= FFV1_KEYFRAME
        return Picture("I", key, key, False, 0, None, 0, 0, True, "")

    return read
