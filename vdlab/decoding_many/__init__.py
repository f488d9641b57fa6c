"""Decode a collection of videos, on the CPUs of this machine or on a cluster."""

from vdlab.decoding_many.many import decode_many

__all__ = ["decode_many"]
