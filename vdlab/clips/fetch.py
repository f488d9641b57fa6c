"""Fetch the clip that TorchCodec's tutorial decodes."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av

from vdlab.errors import VDLabError, VideoError, one_line
from vdlab.machine.files import written_whole
from vdlab.video.source import opened

if TYPE_CHECKING:
    import httpx

TUTORIAL_CLIP = "https://videos.pexels.com/video-files/854132/854132-sd_640_360_25fps.mp4"
"""CC0, by Coverr: 640x360, 25 fps, 13.8 s."""

HEADERS = {"User-Agent": "Mozilla/5.0 (vdlab)", "Accept-Encoding": "identity"}
"""The server refuses what says that it is a program."""

LARGEST = 1_000_000_000
"""Bytes of what is downloaded at most: a server may send without end, and the disk has one."""

FALL_BACK = "the embedded clip needs no network: vdlab bench"


def fetch(
    out: str | os.PathLike[str],
    *,
    timeout: float = 60,
    url: str = TUTORIAL_CLIP,
    progress: Callable[[int, int | None], None] | None = None,
) -> Path:
    """Download a video to `out` once every frame of it is known to decode; return the absolute path.

    Args:
        out: where to.
        timeout: seconds until giving up on the whole; connecting and each read get 10 s of it at most.
        url: what to download: an address that begins with http:// or https://.
        progress: called as data arrives with the bytes so far and the bytes in all, None if not announced.

    Raises:
        VDLabError: no network, an answer other than the video, too slow, too large, or `out` cannot be written: one
            line that says which, and that the embedded clip needs no network.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise VDLabError(f"cannot download {url}: only http:// and https:// addresses are; {FALL_BACK}")
    target = Path(os.path.abspath(out))
    with written_whole(target) as aside:
        with aside.open("wb") as file:
            for block in _arriving(url, timeout, progress):
                file.write(block)
        try:
            check_decodes(aside)
        except VideoError as error:
            message = str(error).replace(str(aside), "it")
            raise VDLabError(f"what came from {url} is not the video: {message}; {FALL_BACK}") from error
    return target


def _arriving(url: str, timeout: float, progress: Callable[[int, int | None], None] | None) -> Iterator[bytes]:
    """Yield the body of the answer as it arrives."""
    import httpx  # needed for downloads only, and slow to import

    deadline = time.monotonic() + timeout
    received = 0
    try:
        with (
            httpx.Client(headers=HEADERS, timeout=min(timeout, 10), follow_redirects=True) as client,
            closed_after(client, timeout),
            client.stream("GET", url) as answer,
        ):
            answer.raise_for_status()
            total = int(answer.headers.get("Content-Length", 0)) or None
            if (total or 0) > LARGEST:
                raise ValueError(f"it has {total:,} bytes, more than the {LARGEST:,} that are downloaded at most")
            for block in answer.iter_raw():
                yield block
                received += len(block)
                if received > LARGEST:
                    raise ValueError(f"it goes on after {LARGEST:,} bytes, the most that are downloaded")
                if progress:
                    progress(received, total)
                if time.monotonic() > deadline:
                    raise TimeoutError
    # A ValueError, or an ImportError, is what a proxy of a kind that is not known here makes.
    except (httpx.HTTPError, httpx.InvalidURL, ImportError, OSError, RuntimeError, ValueError) as error:
        late = f"not finished after {timeout:g} s" if time.monotonic() > deadline else ""
        raise VDLabError(f"cannot download {url}: {late or one_line(error)}; {FALL_BACK}") from error


@contextmanager
def closed_after(client: "httpx.Client", seconds: float) -> Iterator[None]:
    """Close a client that is still at work after so long.

    A server that sends a letter of its headers every few seconds would else be listened to for days.
    """
    end = threading.Timer(seconds, client.close)
    end.daemon = True
    end.start()
    try:
        yield
    finally:
        end.cancel()


def check_decodes(path: str | os.PathLike[str]) -> None:
    """Decode every frame of a video's best stream.

    Raises:
        VideoError: it is no video, a frame does not decode, or frames that its header announces are missing.
    """
    with opened(path) as (container, stream):
        try:
            decoded = sum(1 for _ in container.decode(stream))
        except av.FFmpegError as error:
            raise VideoError(f"{path} does not decode: {error.strerror}") from error
        if decoded == 0 or decoded < stream.frames:
            raise VideoError(f"{path} has {decoded} frames of {stream.frames or 'at least 1'}")
