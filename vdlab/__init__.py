"""VDLab."""
