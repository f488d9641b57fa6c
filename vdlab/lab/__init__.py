"""The lab: choose a video and settings, run them, see what came out; and the small widgets of the notebooks."""

from vdlab.lab import exercises
from vdlab.lab.app import Lab
from vdlab.lab.experiment import Experiment
from vdlab.lab.marked import foretold
from vdlab.lab.question import question
from vdlab.lab.source import source

__all__ = ["Experiment", "Lab", "exercises", "foretold", "question", "source"]
