"""Data → model version. Needs the extra `train`."""

from hookline.training.reporter import Reporter, SilentReporter, Step
from hookline.training.result import TrainResult
from hookline.training.run import train

__all__ = ["Reporter", "SilentReporter", "Step", "TrainResult", "train"]
