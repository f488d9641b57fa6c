"""Sampled frames by threads, from a copy in memory without the frames that nobody needs. H.264 or HEVC; needs PyAV."""

import io

import av
import torch
from joblib import Parallel, delayed
from torchcodec.decoders import VideoDecoder

VIDEO = "talk.mp4"
FPS = 2
SEEK_MODE = "approximate"
WORKERS = 2
about = VideoDecoder(VIDEO, seek_mode=SEEK_MODE).metadata
with av.open(VIDEO) as source, av.open(copy := io.BytesIO(), "w", format="mp4") as target:
    output = target.add_stream_from_template(stream := source.streams.best("video"), opaque=True)
    layers = (codec := stream.codec_context).name == "h264" or (codec.name == "hevc" and codec.extradata[21] >> 3 & 7)
    packets = [packet for packet in source.demux(stream) if packet.size]
    assert layers == 1 and not any(packet.is_discard for packet in packets), "not understood: decode it without a copy"
    wanted = dict.fromkeys(sorted(p.pts for p in packets)[: about.num_frames : max(1, round(about.average_fps / FPS))])
    key, needed = (av.BitStreamFilterContext(f"filter_units=discard={what}", stream) for what in ("nonkey", "nonref"))
    kept = [packet for packet in packets if packet.pts in wanted or needed.filter(av.Packet(bytes(packet)))]
    ranks = torch.searchsorted(torch.tensor(sorted(packet.pts for packet in kept)), torch.tensor(list(wanted)))
    for packet in kept:
        packet.stream, packet.is_keyframe = output, packet.is_keyframe and bool(key.filter(av.Packet(bytes(packet))))
        target.mux(packet)
jobs = [delayed(VideoDecoder(copy.getvalue()).get_frames_at)(chunk) for chunk in ranks.tensor_split(WORKERS)]
frames = torch.cat([part.data for part in Parallel(n_jobs=WORKERS, backend="threading")(jobs)])  # uint8 [N, 3, H, W]
print(f"{len(frames)} frames of shape {tuple(frames.shape[1:])}")
