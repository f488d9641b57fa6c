"""What only the notebooks use: a small experiment, predictions, and exercises that check themselves."""

from vdlab.teaching import exercises
from vdlab.teaching.experiment import Experiment
from vdlab.teaching.question import Prediction, source

__all__ = ["Experiment", "Prediction", "exercises", "source"]
