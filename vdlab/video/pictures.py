"""What a packet says of itself: the one module that tells codecs from each other, and those that say little."""

from vdlab.video import av1, h264, hevc, mpeg2, mpeg4, picture, vpx
from vdlab.video.picture import Picture, Reader, doubtful

__all__ = ["Picture", "reader"]

INTRA_ONLY = (
    "amv asv1 asv2 ayuv bitpacked bmp dnxhd dpx dvvideo exr ffvhuff hap huffyuv jpeg2000 jpegls jpegxl ljpeg magicyuv "
    "mjpeg mjpegb notchlc png prores qoi r10k r210 rawvideo tiff utvideo v210 v308 v408 v410 y41p yuv4"
)
"""FFmpeg's names of codecs without frames that refer to others."""

FFV1_KEYFRAME = 0x7F80
"""The first two bytes of a keyframe are no less: its first bit is 1, as a range coder writes it that holds 0 and 1 for
equally probable."""


class IntraReader(Reader):
    """Codecs of which every packet stands alone."""

    def read(self, data: memoryview) -> Picture:
        return Picture("I", True, True, True) if len(data) else doubtful(picture.NO_PICTURE)


class FFV1Reader(Reader):
    """FFV1: its frames refer to no others' pixels, but go on with their probabilities."""

    def read(self, data: memoryview) -> Picture:
        key = int.from_bytes((data[0], data[1]), "big") >= FFV1_KEYFRAME
        return Picture("I", key, key)


READERS: dict[str, type[Reader]] = {
    "h264": h264.H264Reader,
    "hevc": hevc.HEVCReader,
    "av1": av1.AV1Reader,
    "vp9": vpx.VP9Reader,
    "vp8": vpx.VP8Reader,
    "mpeg4": mpeg4.MPEG4Reader,
    "mpeg2video": mpeg2.MPEG2Reader,
    "mpeg1video": mpeg2.MPEG2Reader,
    "ffv1": FFV1Reader,
    **dict.fromkeys(INTRA_ONLY.split(), IntraReader),
}
"""What reads a codec's packets, by FFmpeg's name of the codec."""


def reader(codec: str, extradata: bytes) -> Reader | None:
    """What tells the `Picture` in each packet of a stream; None for codecs of which nothing is known.

    Give it every packet of the stream, in the order stored; `memoryview(packet)` of PyAV's saves a copy.

    Args:
        codec: FFmpeg's name of it: "h264", "hevc", "av1", ...
        extradata: what the container's header holds for the decoder; empty for nothing.
    """
    return READERS[codec](extradata) if codec in READERS else None
