"""Is there a GPU that decodes video? A small video tells."""

import io
from functools import cache
from typing import Literal


@cache
def no_gpu() -> str | None:
    """Why videos cannot be decoded on a GPU here; None where TorchCodec has just done so."""
    import torch
    from torchcodec.decoders import VideoDecoder

    from vdlab.errors import one_line

    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without CUDA"
    if not torch.cuda.is_available():
        return "torch finds no CUDA device"
    try:
        # As large as the smallest that NVIDIA's engines take.
        VideoDecoder(tiny_video("libx264", 256, 256, 1), device="cuda").get_frame_at(0)
    except RuntimeError as error:
        return f"TorchCodec does not decode on the GPU: {one_line(error)}"
    return None


def tiny_video(codec: Literal["libx264", "mpeg4"], width: int, height: int, count: int) -> bytes:
    """A few frames in MP4, encoded by PyAV: something to decode that is always there."""
    import av

    encoded = io.BytesIO()
    with av.open(encoded, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(count):
            container.mux(stream.encode(av.VideoFrame(width, height, "yuv420p")))
        container.mux(stream.encode())
    return encoded.getvalue()
