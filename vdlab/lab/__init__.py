"""The lab: choose a video and settings, run them, see what came out."""

from vdlab.lab.app import Lab

__all__ = ["Lab"]
