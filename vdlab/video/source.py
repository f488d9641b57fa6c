"""Where a video's bytes are, a file or memory, and how PyAV opens them; or in one line why they are no video."""

import io
import os
import re
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vdlab.errors import VideoError, one_line

if TYPE_CHECKING:
    from torchcodec.decoders import Demuxer, VideoPacketDecoder

    from vdlab.video.index import PacketIndex

PICTURES = re.compile(r"(image2|.*_pipe)$")
"""FFmpeg's names of containers that hold a single picture."""

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpegtsraw,mpeg,mpegvideo,m4v,flv,asf,ogg,h264,hevc,vvc,av1,obu,ivf,"
    "mjpeg,mjpeg_2000,dv,gxf,mxf,nut,wtv,rm,h263,h261,vc1,dirac,y4m,yuv4mpegpipe,gif,apng,nsv,roq,swf,ea,bink,smk,vob,"
    "image2,webp_pipe,png_pipe,jpeg_pipe,bmp_pipe,tiff_pipe,gif_pipe,jpegxl_pipe,webp_anim"
)
"""FFmpeg's names of what is opened: files that hold their pictures themselves. Playlists and lists of files are not
among them, for these lead to other files, to addresses, or nowhere: a live one never ends."""

LISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"v=0", b"[playlist]")
"""How playlists and descriptions of streams begin."""

OPENING_SECONDS = 60.0
"""After so long without having opened, a file is given up."""

MP4_BOXES = frozenset(b"ftyp moov mdat free skip wide uuid moof mfra sidx styp meta udta emsg pnot".split())
"""What MP4 and MOV files are made of, outermost."""

UNKNOWN_EBML_SIZE = (1 << 56) - 1
"""What Matroska writes where it does not know yet how long an element will be."""


class Source:
    """The bytes of a video.

    Attributes:
        path: absolute path of the file; for bytes in memory, a made-up name that says how many there are.
        data: the bytes; None for a file.
        size: the frames' size, (height, width), once somebody has looked.
        index: the packet index: of bytes in memory, once somebody has made it; of a file, where it shall not be read
            again whatever becomes of the file.
    """

    def __init__(self, path: Path, data: bytes | None = None) -> None:
        self.path, self.data = path, data
        self.size: tuple[int, int] | None = None
        self.index: PacketIndex | None = None

    def __repr__(self) -> str:
        return f"<Source {self.path}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Source, (self.path, self.data)

    @property
    def for_torchcodec(self) -> str | bytes:
        """What TorchCodec's `VideoDecoder` and `Demuxer` open."""
        return str(self.path) if self.data is None else self.data

    @property
    def for_pyav(self) -> str | BinaryIO:
        """What `av.open` opens."""
        return str(self.path) if self.data is None else io.BytesIO(self.data)

    def named_file(self) -> Path:
        """The path, for libraries that read nothing else.

        Raises:
            VideoError: the video is in memory.
        """
        if self.data is not None:
            raise VideoError(f"{self.path}: this way of decoding reads files only; write the bytes to one")
        return self.path


def as_source(video: "Source | str | os.PathLike[str] | bytes | BinaryIO") -> Source:
    """A path, bytes or a file object as a `Source`. An open file is taken by its name, another object is read whole.

    Raises:
        VideoError: there is no such file, it is none that can be read, or an address was given.
    """
    if isinstance(video, Source):
        return video
    if not isinstance(video, str | os.PathLike | bytes | bytearray | memoryview):
        name = getattr(video, "name", None)
        if isinstance(name, str) and os.path.isfile(name):
            return as_source(name)
        video.seek(0)
        video = video.read()
    if isinstance(video, bytes | bytearray | memoryview):
        data = bytes(video)
        source = Source(Path(f"<{len(data):,} bytes>"), data)
        if not data:
            raise VideoError(f"{source.path}: is empty; there is nothing to decode")
        return source
    text = os.fspath(video)
    # As a path, an address has lost one of its slashes.
    if isinstance(text, str) and (address := re.match(r"([a-z][a-z0-9+.-]+):/{1,2}(?=[^/])", text, re.IGNORECASE)):
        whole = f"{address[1]}://{text[address.end() :]}"
        how = f", for example by: curl -O {shlex.quote(whole)}" if address[1].lower() in ("http", "https") else ""
        raise VideoError(f"{whole}: is an address, not a file; download it first and name the file{how}")
    return Source(readable_file(video))


@contextmanager
def opened(
    video: "Source | str | os.PathLike[str] | bytes | BinaryIO", stream_index: int | None = None, probe: bool = True
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Yield the open container of a video and one of its video streams.

    Args:
        video: a local file, bytes or a file object. Any file name works, because FFmpeg is handed the absolute path
            and so cannot take a leading `-` for an option or a `:` for a protocol.
        stream_index: the stream's index in the container; None takes the one FFmpeg thinks best, which is
            also the one TorchCodec decodes. A cover picture is never taken for a video.
        probe: let FFmpeg decode the first frames, which takes 4 to 13 ms at 720p. Else the pixel format is not known,
            and what FFmpeg guesses of decoding times is worse.

    Raises:
        VideoError: there is no such file, or it is no video: one line that says which.
    """
    source = as_source(video)
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    if not probe:
        options["codec_whitelist"] = "mpeg4,h263,flv"  # of these, only frames say the size
    try:
        # Titles and comments in other encodings than UTF-8 must not keep a video from being opened.
        container = av.open(
            source.for_pyav,
            "r",
            metadata_errors="replace",
            container_options=options,
            timeout=(OPENING_SECONDS, None),
        )
    except (av.FFmpegError, ValueError) as error:
        if is_list(source):
            raise VideoError(f"{source.path}: is a list of other files, not a video; name one of those") from error
        reason = getattr(error, "strerror", None) or error
        message = f"{source.path}: is not a video FFmpeg can read ({reason}); it may be damaged, or no video"
        raise VideoError(message) from error
    with container:
        if PICTURES.match(container.format.name):
            raise VideoError(f"{source.path}: is a picture, not a video; choose a file with moving pictures")
        yield container, _video_stream(container, stream_index, source.path)


def is_list(source: Source) -> bool:
    """Whether this is a playlist, or another text that names files or addresses."""
    if source.data is not None:
        return source.data.lstrip().startswith(LISTS)
    with source.path.open("rb") as file:
        return file.read(64).lstrip().startswith(LISTS)


def open_demuxer(source: Source, stream_index: int) -> "Demuxer":
    """TorchCodec's reader of a video stream.

    Raises:
        VideoError: TorchCodec cannot open it.
    """
    from torchcodec.decoders import Demuxer

    try:
        return Demuxer(source.for_torchcodec, streams=stream_index)
    except (RuntimeError, ValueError) as error:
        raise VideoError(f"{source.path}: TorchCodec cannot read it: {one_line(error)}") from error


def open_decoder(
    source: Source, demuxer: "Demuxer", ffmpeg_threads: int = 1, device: str = "cpu"
) -> "VideoPacketDecoder":
    """A decoder for the packets of a reader.

    Raises:
        VideoError: there is none for this stream.
    """
    stream: Any = demuxer.streams[0]  # a video stream, which TorchCodec's types do not know
    try:
        return stream.make_decoder(device, num_ffmpeg_threads=ffmpeg_threads)
    except RuntimeError as error:
        raise VideoError(f"{source.path}: TorchCodec cannot decode it: {one_line(error)}") from error


def packets(container: InputContainer, stream: VideoStream) -> Iterator["av.Packet[VideoStream]"]:
    """Yield a stream's packets in the order stored, without the empty one by which PyAV marks the end.

    Raises:
        VideoError: reading fails.
    """
    try:
        for packet in container.demux(stream):
            if packet.size or packet.pts is not None or packet.dts is not None:
                yield packet
    except IndexError:
        return  # at its end PyAV looks for a stream that has only appeared on the way; all packets have been read
    except av.FFmpegError as error:
        message = f"{container.name}: cannot be read to its end ({error.strerror}); copy or download it again"
        raise VideoError(message) from error


def readable_file(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a regular file that may be read and is not empty.

    Raises:
        VideoError: it is something else: one line that says what.
    """
    absolute = Path(os.path.abspath(path))
    try:
        status = absolute.stat()
        if stat.S_ISDIR(status.st_mode):
            raise VideoError(f"{absolute}: is a folder; name a video file inside it")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for somebody to write to it
            raise VideoError(f"{absolute}: is not a regular file; name a video file")
        absolute.open("rb").close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(f"{absolute}: cannot be opened ({reason}); check its name and permissions") from error
    if status.st_size == 0:
        raise VideoError(f"{absolute}: is empty (0 bytes); copy or download it again")
    return absolute


def missing_bytes(source: Source, container: str) -> int:
    """How many bytes a file promises that are not there, by its outermost boxes or elements; 0 where it does not say.

    A file cut short in a copy or a download opens like a whole one: its header came first.

    Args:
        container: FFmpeg's name of the container.
    """
    file: BinaryIO = source.path.open("rb") if source.data is None else io.BytesIO(source.data)
    with file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if "mp4" in container:
            return max(0, _end_of_boxes(file, size) - size)
        if "matroska" in container:
            return max(0, _end_of_segment(file, size) - size)
        if container == "avi":
            file.seek(4)
            promised = int.from_bytes(file.read(4), "little")
            return max(0, promised + 8 - size) if promised != 0xFFFFFFFF else 0
        return 0


def _end_of_boxes(file: BinaryIO, size: int) -> int:
    """Where the last of an MP4 file's outermost boxes ends, by their headers."""
    begin = 0
    while begin + 8 <= size:
        file.seek(begin)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        # A length of 0 means up to the end, however far that is; what is no box is something appended.
        if length < 8 or header[4:8] not in MP4_BOXES:
            return size
        begin += length
    return begin


def _end_of_segment(file: BinaryIO, size: int) -> int:
    """Where a Matroska file's second outermost element, the one with the packets, ends by its header."""
    begin = end = 0
    for _ in range(2):
        file.seek(begin)
        header = file.read(12)
        if len(header) < 12 or not header[4]:
            return size
        length_bytes = 9 - header[4].bit_length()
        length = int.from_bytes(header[4 : 4 + length_bytes], "big") & ((1 << 7 * length_bytes) - 1)
        if length >= min(UNKNOWN_EBML_SIZE, (1 << 7 * length_bytes) - 1):
            return size
        begin = end = begin + 4 + length_bytes + length
    return end


def is_cover(stream: VideoStream) -> bool:
    """Whether the stream is the one cover picture of an audio file, which FFmpeg also calls video."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _video_stream(container: InputContainer, stream_index: int | None, path: Path) -> VideoStream:
    if stream_index is None:
        stream = container.streams.best("video")
    else:
        stream = next((one for one in container.streams.video if one.index == stream_index), None)
        if stream is None:
            raise VideoError(f"{path}: stream {stream_index} is not a video stream; see `vdlab clip info`")
    if not isinstance(stream, VideoStream) or is_cover(stream):
        raise VideoError(f"{path}: has no video stream; choose a file with pictures")
    return stream
