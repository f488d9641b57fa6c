"""Open a file with PyAV and pick its best video stream, or say in one line why not."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vdlab.errors import VideoError


@contextmanager
def opened(
    path: str | os.PathLike[str], stream_index: int | None = None
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Yield the open container of `path` and one of its video streams.

    Args:
        path: a local file; any name works, because FFmpeg is handed the absolute path and so cannot take
            a leading `-` for an option or a `:` for a protocol.
        stream_index: the stream's index in the container; None takes the one FFmpeg thinks best, which is
            also the one TorchCodec decodes. A cover picture is never taken for a video.

    Raises:
        VideoError: there is no such file, or it is no video: one line that says which.
    """
    absolute = readable_file(path)
    try:
        # Titles and comments in other encodings than UTF-8 must not keep a video from being opened.
        container = av.open(str(absolute), metadata_errors="replace")
    except av.FFmpegError as error:
        message = f"{absolute}: is not a video FFmpeg can read ({error.strerror}); it may be damaged or of another kind"
        raise VideoError(message) from error
    with container:
        yield container, _video_stream(container, stream_index, absolute)


def packets(container: InputContainer, stream: VideoStream) -> Iterator[av.Packet]:
    """Yield a stream's packets in decoding order, without the empty one by which PyAV marks the end.

    Raises:
        VideoError: reading fails.
    """
    try:
        yield from (packet for packet in container.demux(stream) if packet.size)
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


def _video_stream(container: InputContainer, stream_index: int | None, path: Path) -> VideoStream:
    if stream_index is None:
        stream = container.streams.best("video")
    else:
        stream = next((s for s in container.streams.video if s.index == stream_index), None)
        if stream is None:
            raise VideoError(f"{path}: stream {stream_index} is not a video stream; see `vdlab clip info`")
    if stream is None or is_cover(stream):
        raise VideoError(f"{path}: has no video stream; choose a file with pictures")
    return stream


def is_cover(stream: VideoStream) -> bool:
    """Whether the stream is the one cover picture of an audio file, which FFmpeg also calls video."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)
