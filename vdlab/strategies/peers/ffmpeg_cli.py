"""The ffmpeg program, through a pipe."""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import torch
from torchcodec import FrameBatch

from vdlab.strategies.peers.common import batch_with_times
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@cache
def program() -> str | None:
    """The absolute path of the ffmpeg program: the system's, or the one that imageio-ffmpeg brings."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return shutil.which("ffmpeg") or get_ffmpeg_exe()
    except (ImportError, RuntimeError):
        return shutil.which("ffmpeg")


def no_program() -> str | None:
    return None if program() else "there is no ffmpeg program; run: pip install imageio-ffmpeg"


@strategy("ffmpeg-cli", "ffmpeg program", unavailable=no_program, own_times=False)
def ffmpeg_cli(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """The ffmpeg program, with `workers` threads, selects the frames and writes raw RGB into a pipe.

    Every frame up to the last wanted one is decoded; those that `select` passes on are converted and sent.
    """
    batch = batch_with_times(video, indices)
    numbers, positions = torch.unique(torch.tensor(indices), return_inverse=True)
    file = f"file:{video.source.named_file()}"
    command = [program() or "ffmpeg", "-v", "fatal", "-nostdin", "-threads", str(workers), "-i", file]
    command += ["-map", f"0:{video.stream_index}", "-vf", f"select='{selection(numbers.tolist())}'"]
    command += ["-frames:v", str(len(numbers)), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    picture = torch.empty((video.height, video.width, 3), dtype=torch.uint8)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        pixels: Any = running.stdout
        said: Any = running.stderr
        for number in range(len(numbers)):
            if pixels.readinto(picture.numpy()) != picture.numel():
                running.kill()
                raise RuntimeError(f"ffmpeg gave no frame {numbers[number]}: {said.read().decode().strip()}")
            batch.data[positions == number] = picture.permute(2, 0, 1)
    return batch


def selection(numbers: Sequence[int]) -> str:
    """An expression of ffmpeg that is true for these frame numbers, given in ascending order.

    It is evaluated for every frame, so an even step, which is what sampling gives, becomes one term.
    """
    steps = {after - before for before, after in pairwise(numbers)}
    if len(steps) == 1:
        return f"gte(n,{numbers[0]})*not(mod(n-{numbers[0]},{steps.pop()}))"
    return "+".join(f"eq(n,{number})" for number in numbers)
