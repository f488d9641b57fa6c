"""Who does what when: spans, and what records them."""

from vdlab.tracing.recorder import received, recording, seams, sent

__all__ = ["received", "recording", "seams", "sent"]
