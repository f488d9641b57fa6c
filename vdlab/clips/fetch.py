"""Fetch the clip that TorchCodec's tutorial decodes."""

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import av

from vdlab.errors import VDLabError, VideoError
from vdlab.machine.files import written_whole
from vdlab.video.source import opened

TUTORIAL_CLIP = "https://videos.pexels.com/video-files/854132/854132-sd_640_360_25fps.mp4"
"""CC0, by Coverr: 640x360, 25 fps, 13.8 s."""

HEADERS = {"User-Agent": "Mozilla/5.0 (vdlab)"}
"""The server refuses the one that urllib sends."""

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
        url: what to download.
        progress: called as data arrives with the bytes so far and the bytes in all, None if not announced.

    Raises:
        VDLabError: no network, an answer other than the video, too slow, or `out` cannot be written: one
            line that says which, and that the embedded clip needs no network.
    """
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
    deadline = time.monotonic() + timeout
    request = urllib.request.Request(url, headers=HEADERS)
    received = 0
    try:
        with urllib.request.urlopen(request, timeout=min(timeout, 10)) as answer:
            total = answer.length
            # read1 returns what has arrived; read would wait for the whole block, however slowly it drips.
            while block := answer.read1(65536):
                yield block
                received += len(block)
                if progress:
                    progress(received, total)
                if time.monotonic() > deadline:
                    raise TimeoutError(f"not finished after {timeout:g} s")
        if total is not None and received < total:
            raise ConnectionError(f"the connection ended after {received:,} of {total:,} bytes")
    except (OSError, http.client.HTTPException) as error:
        reason = error if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
        raise VDLabError(f"cannot download {url}: {reason}; {FALL_BACK}") from error


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
