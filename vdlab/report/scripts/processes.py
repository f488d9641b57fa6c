"""Sampled frames with several processes, each decoding its share. Needs torch, torchcodec and joblib."""

import torch
from joblib import Parallel, delayed
from torchcodec.decoders import VideoDecoder

VIDEO = "talk.mp4"
FPS = 2
SEEK_MODE = "approximate"
WORKERS = 2


def decode(video, seek_mode, chunk):
    return VideoDecoder(video, seek_mode=seek_mode).get_frames_at(chunk).data


about = VideoDecoder(VIDEO, seek_mode=SEEK_MODE).metadata
step = max(1, round(about.average_fps / FPS))
indices = list(range(0, about.num_frames, step))
share = -(-len(indices) // WORKERS)
chunks = [indices[start : start + share] for start in range(0, len(indices), share)]

parts = Parallel(n_jobs=WORKERS)(delayed(decode)(VIDEO, SEEK_MODE, chunk) for chunk in chunks)
frames = torch.cat(parts)  # uint8 [N, 3, H, W], in the order of `indices`

print(f"{len(frames)} frames of shape {tuple(frames.shape[1:])}")
