"""Sampled frames decoded by an NVIDIA GPU, which keeps them. Needs torch and torchcodec for CUDA, and joblib."""

import torch
from joblib import Parallel, delayed
from torchcodec.decoders import VideoDecoder

VIDEO = "talk.mp4"
FPS = 2
SEEK_MODE = "approximate"
WORKERS = 2


def decode(part, chunk):
    part[:] = VideoDecoder(VIDEO, seek_mode=SEEK_MODE, device="cuda").get_frames_at(chunk).data


decoder = VideoDecoder(VIDEO, seek_mode=SEEK_MODE)
step = max(1, round(decoder.metadata.average_fps / FPS))
indices = list(range(0, decoder.metadata.num_frames, step))
share = -(-len(indices) // WORKERS)
chunks = [indices[start : start + share] for start in range(0, len(indices), share)]

frames = torch.empty((len(indices), *decoder[0].shape), dtype=torch.uint8, device="cuda")  # in the order of `indices`
Parallel(n_jobs=WORKERS, backend="threading")(
    delayed(decode)(part, chunk) for part, chunk in zip(frames.split(share), chunks, strict=True)
)
torch.cuda.synchronize()
print(f"{len(frames)} frames of shape {tuple(frames.shape[1:])}")
