"""Is there a GPU that decodes video? A small video tells."""

import io
from functools import cache


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
        VideoDecoder(_tiny_video(), device="cuda").get_frame_at(0)
    except RuntimeError as error:
        return f"TorchCodec does not decode on the GPU: {one_line(error)}"
    return None


def _tiny_video() -> bytes:
    """One frame of H.264 in MP4, as large as the smallest that NVIDIA's engines take."""
    import av

    encoded = io.BytesIO()
    with av.open(encoded, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 256, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(256, 256, "yuv420p")))
        container.mux(stream.encode())
    return encoded.getvalue()
