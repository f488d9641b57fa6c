"""VDLab."""

from vdlab.ffmpeg import install_hook

install_hook()
