"""Threads of the libraries below a model, and whether there are any."""

from __future__ import annotations

import os
import threading
from collections.abc import MutableMapping
from pathlib import Path

__all__ = ["count_threads", "limit_threads"]

_LIBRARIES = (
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

_FORKED_WELL = {"jemalloc_bg_thd"}
"""jemalloc, which pyarrow brings with pandas, stops its thread before a fork and starts it anew behind it."""


def limit_threads(threads: int, environ: MutableMapping[str, str] = os.environ) -> None:
    """Have each library use so many threads. It counts only before numpy is imported."""
    environ.update(dict.fromkeys(_LIBRARIES, str(threads)))


def count_threads(proc: Path = Path("/proc")) -> int:
    """Count the threads that a fork would lose, those of libraries too where the system tells."""
    try:
        names = [(task / "comm").read_text().strip() for task in (proc / "self" / "task").iterdir()]
    except OSError:
        return threading.active_count()
    return sum(name not in _FORKED_WELL for name in names)
