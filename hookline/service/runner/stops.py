"""The three ways a worker is told to stop. The supervisor tells the stem, the stem tells its workers."""

from __future__ import annotations

import signal

__all__ = ["DRAIN", "FINISH", "RETIRE", "STOPS"]

DRAIN = signal.SIGTERM
"""The service ends: say not ready, go on serving for `drain_delay`, then finish."""
RETIRE = signal.SIGUSR1
"""A successor serves: take no more connections, and let callers move over as they get their answers."""
FINISH = signal.SIGUSR2
"""Somebody waits at the keyboard: finish what is being answered, nothing else."""
STOPS = (DRAIN, RETIRE, FINISH)
