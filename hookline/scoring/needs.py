"""What an image that serves a compiled model may lack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hookline.errors import ScoringError

__all__ = ["needs_arrow"]


@contextmanager
def needs_arrow() -> Iterator[None]:
    """Say in a sentence that pyarrow is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise ScoringError("CSV and Parquet need pyarrow; `pip install 'hookline[score]'`") from error
