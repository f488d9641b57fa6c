"""Sampled frames with PyAV alone, which decodes every frame with several FFmpeg threads. Needs torch and PyAV.

TorchCodec is asked only for the frame rate and the number of frames.
"""

import av
import torch
from torchcodec.decoders import VideoDecoder

VIDEO = "talk.mp4"
FPS = 2
SEEK_MODE = "approximate"
WORKERS = 2

decoder = VideoDecoder(VIDEO, seek_mode=SEEK_MODE)
step = max(1, round(decoder.metadata.average_fps / FPS))
count = decoder.metadata.num_frames

frames = torch.empty((len(range(0, count, step)), *decoder[0].shape), dtype=torch.uint8)  # every `step`-th frame
with av.open(VIDEO) as container:
    stream = container.streams.best("video")
    stream.thread_type, stream.codec_context.thread_count = "AUTO", WORKERS
    for number, frame in zip(range(count), container.decode(stream), strict=False):
        if number % step == 0:
            frames[number // step] = torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1)

print(f"{len(frames)} frames of shape {tuple(frames.shape[1:])}")
