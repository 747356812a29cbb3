"""`hookline doctor`: look at a machine and a project, and say the next command for what is not right."""

from hookline.doctor.finding import Finding
from hookline.doctor.run import examine

__all__ = ["Finding", "examine"]
