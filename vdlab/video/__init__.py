"""One video: the file, what it says of itself, its packets, and which of its frames are wanted."""

from vdlab.video.index import PacketIndex, scan
from vdlab.video.sampling import sample
from vdlab.video.video import SEEK_MODES, Resize, SeekMode, Video, as_video

__all__ = ["SEEK_MODES", "PacketIndex", "Resize", "SeekMode", "Video", "as_video", "sample", "scan"]
