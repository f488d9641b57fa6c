"""What only the notebooks use: a small experiment, questions, and exercises that check themselves."""

from vdlab.teaching import exercises
from vdlab.teaching.experiment import Experiment
from vdlab.teaching.question import predicted, question, source

__all__ = ["Experiment", "exercises", "predicted", "question", "source"]
