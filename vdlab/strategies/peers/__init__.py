"""What people use instead: one file a library, each written the way its own users write it."""

from vdlab.strategies.peers import pyav, opencv, decord, ffmpeg_cli  # isort: skip

__all__ = ["decord", "ffmpeg_cli", "opencv", "pyav"]
