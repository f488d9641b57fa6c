"""Decoded frames as small pictures that travel inside the page."""

import base64
import io

import torch
from PIL import Image
from torch.nn.functional import adaptive_max_pool2d

from vdlab.decoding import decode
from vdlab.notes import collected
from vdlab.video import Video

WIDTH = 200


def data_uri(frame: torch.Tensor, width: int = WIDTH, quality: int = 82) -> str:
    """A uint8 `[3, H, W]` frame as a JPEG in a data URI, at most `width` pixels wide."""
    picture = Image.fromarray(frame.permute(1, 2, 0).contiguous().numpy())
    if picture.width > width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))), Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def difference(mine: torch.Tensor, theirs: torch.Tensor, width: int = WIDTH) -> torch.Tensor:
    """Where two uint8 `[3, H, W]` frames differ, at most `width` pixels wide, the largest difference in white.

    Made smaller by keeping the largest value of each area: a single wrong pixel stays in sight.
    """
    apart = (mine.to(torch.int16) - theirs.to(torch.int16)).abs().amax(0, keepdim=True).float()
    height, full = apart.shape[-2:]
    if full > width:
        apart = adaptive_max_pool2d(apart, (max(1, round(height * width / full)), width))
    return (apart * (255 / max(1.0, float(apart.max())))).to(torch.uint8).expand(3, -1, -1)


def strip(video: Video, count: int = 6) -> list[str]:
    """`count` frames spread over the video, as data URIs.

    Raises:
        VideoError: one of them does not decode.
    """
    with collected():  # how they were decoded is nobody's concern
        return [data_uri(frame, 96) for frame in decode(video, count=count).data]
