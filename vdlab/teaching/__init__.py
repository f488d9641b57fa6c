"""What only the notebooks use: a small experiment, questions, and exercises that check themselves."""

from vdlab.teaching import exercises
from vdlab.teaching.answers import foretold
from vdlab.teaching.experiment import Experiment
from vdlab.teaching.question import question, source

__all__ = ["Experiment", "exercises", "foretold", "question", "source"]
