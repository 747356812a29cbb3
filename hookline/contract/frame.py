"""Columns ↔ pandas frames. Text is pandas' `str`, a null NaN; nothing depends on the values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hookline.contract.contract import Contract
from hookline.types import Columns

__all__ = ["columns_from_frame", "frame_from_columns"]


def frame_from_columns(contract: Contract, columns: Columns) -> pd.DataFrame:
    """Make the frame that hooks see: the contract's features in order."""
    return pd.DataFrame(
        {f.name: pd.array(columns[f.name], dtype="str") if f.is_text else columns[f.name] for f in contract},
        copy=False,
    )


def columns_from_frame(contract: Contract, frame: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    """Make columns from a frame that already has the contract's dtypes."""
    columns: dict[str, NDArray[np.generic]] = {}
    for feature in contract:
        series = frame[feature.name]
        if feature.is_text:
            values = series.to_numpy(dtype=object, copy=True)
            values[series.isna().to_numpy()] = None
            columns[feature.name] = values
        else:
            columns[feature.name] = series.to_numpy(dtype=feature.dtype)
    return columns
