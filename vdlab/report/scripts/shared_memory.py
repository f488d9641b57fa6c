"""Sampled frames with processes that write into memory they share. Linux; needs torch, torchcodec and joblib."""

import os

import torch
from joblib import Parallel, delayed
from torchcodec.decoders import VideoDecoder

VIDEO = "talk.mp4"
FPS = 2
SEEK_MODE = "approximate"
WORKERS = 2


def decode(video, seek_mode, chunk, begin, path, size):
    part = VideoDecoder(video, seek_mode=seek_mode).get_frames_at(chunk).data
    whole = torch.from_file(path, shared=True, size=size, dtype=torch.uint8)
    whole.view(-1, *part.shape[1:])[begin : begin + len(chunk)] = part


decoder = VideoDecoder(VIDEO, seek_mode=SEEK_MODE)
indices = list(range(0, decoder.metadata.num_frames, max(1, round(decoder.metadata.average_fps / FPS))))
share, size = -(-len(indices) // WORKERS), len(indices) * decoder[0].numel()
path = f"/proc/{os.getpid()}/fd/{os.memfd_create('frames')}"  # a file that is nothing but memory
frames = torch.from_file(path, shared=True, size=size, dtype=torch.uint8).view(-1, *decoder[0].shape)
Parallel(n_jobs=WORKERS)(
    delayed(decode)(VIDEO, SEEK_MODE, indices[begin : begin + share], begin, path, size)
    for begin in range(0, len(indices), share)
)
print(f"{len(frames)} frames of shape {tuple(frames.shape[1:])}")
