"""The left column: one card for each thing that is chosen."""

from vdlab.lab.choose.card import Card
from vdlab.lab.choose.measuring import measuring_card
from vdlab.lab.choose.sampling import sampling_card
from vdlab.lab.choose.strategies import strategies_card
from vdlab.lab.choose.video import video_card
from vdlab.lab.choose.workers import workers_card

__all__ = ["Card", "measuring_card", "sampling_card", "strategies_card", "video_card", "workers_card"]
