"""The machine: its FFmpeg, its CPUs and limits, its GPU, and files that appear whole."""
