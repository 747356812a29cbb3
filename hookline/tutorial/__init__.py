"""`hookline tutorial`: a guided first run, with real commands in a project that goes away again."""

from hookline.tutorial.guide import run
from hookline.tutorial.steps import STEPS, Step

__all__ = ["STEPS", "Step", "run"]
