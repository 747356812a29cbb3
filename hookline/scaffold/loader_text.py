"""Write the DataLoader of a file."""

from __future__ import annotations

from hookline.contract.infer import Reading
from hookline.scaffold.drafted import Drafted
from hookline.scaffold.pytext import spelled

__all__ = ["loader_text"]


def loader_text(drafted: Drafted, location: str) -> str:
    """Return source/data/data_loader.py; `location` is the expression for the file's path."""
    draft = drafted.draft
    target, kind = spelled(draft.target), "str" if draft.task == "classification" else "float"
    read = _parquet() if draft.reading.parquet else _csv(draft.reading)
    if drafted.infinite:
        read += [
            "# No request can hold infinity.",
            'data = data.replace([float("inf"), float("-inf")], float("nan"))',
        ]
    read += [
        f"data = data[data[{target}].notna()]",
        f"data = data.assign(**{{{target}: data[{target}].astype({kind})}})",
        "return data if n_rows is None else data.sample(min(n_rows, len(data)), random_state=0)",
    ]
    return _FILE.format(location=location, body="\n".join(f"        {line}" for line in read))


def _parquet() -> list[str]:
    return ["data = pd.read_parquet(DATA).rename(columns=str)"]


def _csv(reading: Reading) -> list[str]:
    arguments = [f"sep={spelled(reading.separator)}"] if reading.separator != "," else []
    arguments += [f"decimal={spelled(reading.decimal)}"] if reading.decimal != "." else []
    arguments += ['encoding="utf-8-sig"', "index_col=False", "low_memory=False"]
    return [
        "# Nullable dtypes keep whole numbers whole where others are missing.",
        "data = pd.read_csv(",
        *(f"    {argument}," for argument in ("DATA", *arguments, 'dtype_backend="numpy_nullable"')),
        ")",
    ]


_FILE = '''\
"""Yours: where the training data comes from."""

from pathlib import Path

import pandas as pd

from hookline import DataLoader as BaseDataLoader

DATA = {location}


class DataLoader(BaseDataLoader):
    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
{body}
'''
