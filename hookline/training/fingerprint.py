"""Identify training data by its content: equal for equal values in equal order, wherever they came from."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

__all__ = ["data_fingerprint"]


def data_fingerprint(frame: pd.DataFrame) -> str:
    """Return a digest of names, types and values; the index does not count."""
    digest = hashlib.sha256()
    for position, name in enumerate(frame.columns):
        column = frame.iloc[:, position]
        is_text = not isinstance(column.dtype, np.dtype) or column.dtype == object
        digest.update(f"{name}\0{'text' if is_text else column.dtype}\0{len(column)}\0".encode())
        if is_text:
            _add_text(digest, column)
        else:
            digest.update(np.ascontiguousarray(column.to_numpy()).view(np.uint8).data)
    return "sha256:" + digest.hexdigest()


def _add_text(digest: Any, column: pd.Series) -> None:
    digest.update(column.isna().to_numpy().view(np.uint8).data)
    words = column if column.dtype == "str" else column.astype("str")
    array = pa.array(words, type=pa.large_string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()  # equal text must not differ by how it happens to be cut
    _add_letters(digest, array.fill_null(""))


def _add_letters(digest: Any, array: pa.Array) -> None:
    """Add lengths and letters straight from Arrow's memory; in a slice the first offset is not 0."""
    if len(array) == 0:
        return
    _, offsets, letters = array.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    digest.update(np.diff(ends).view(np.uint8).data)
    if letters is not None:
        digest.update(memoryview(letters)[ends[0] : ends[-1]])
