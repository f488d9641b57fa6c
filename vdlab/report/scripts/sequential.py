"""Sampled frames with one decoder in one thread. Needs torch and torchcodec."""

from torchcodec.decoders import VideoDecoder

VIDEO = "talk.mp4"
FPS = 2
SEEK_MODE = "approximate"

decoder = VideoDecoder(VIDEO, seek_mode=SEEK_MODE)
step = max(1, round(decoder.metadata.average_fps / FPS))
indices = list(range(0, decoder.metadata.num_frames, step))

frames = decoder.get_frames_at(indices).data  # uint8 [N, 3, H, W], in the order of `indices`

print(f"{len(frames)} frames of shape {tuple(frames.shape[1:])}")
