"""Write the DataLoader of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    read += _read_notations(drafted)
    read += [
        f"data = data[data[{target}].notna()]",
        f"data = data.assign(**{{{target}: data[{target}].astype({kind})}})",
        "return data if n_rows is None else data.sample(min(n_rows, len(data)), random_state=0)",
    ]
    return _FILE.format(
        location=location,
        typing="from typing import Any\n" if drafted.notations.numbers else "",
        columns="".join(_columns(drafted)),
        body="\n".join(f"        {line}" for line in read),
        functions=_PLAIN if drafted.notations.numbers else "",
    )


def _columns(drafted: Drafted) -> Iterator[str]:
    """Name what is written for people, each in a line that a formatter leaves alone."""
    if numbers := drafted.notations.numbers:
        yield _dictionary("Numbers as people write them, and their decimal mark.", "NUMBERS", numbers)
    if times := drafted.notations.times:
        yield _dictionary("Times as people write them.", "TIMES", times)


def _dictionary(remark: str, name: str, values: Mapping[str, str]) -> str:
    lines = "".join(f"    {spelled(key)}: {spelled(value)},\n" for key, value in values.items())
    return f"\n# {remark}\n{name} = {{\n{lines}}}\n"


def _read_notations(drafted: Drafted) -> Iterator[str]:
    if drafted.notations.numbers:
        yield "for name, mark in NUMBERS.items():"
        yield "    data[name] = plain(data[name], mark)"
    if drafted.notations.times:
        yield "for name, form in TIMES.items():"
        yield "    data[name] = pd.to_datetime(data[name], format=form)"


def _parquet() -> list[str]:
    return ["data = pd.read_parquet(DATA).rename(columns=str)"]


def _csv(reading: Reading) -> list[str]:
    arguments = [f"sep={spelled(reading.separator)}"] if reading.separator != "," else []
    arguments += [f"decimal={spelled(reading.decimal)}"] if reading.decimal != "." else []
    if reading.texts:  # a line each, as a formatter leaves them
        names = "".join(f'{" " * 8}{spelled(name)}: "string",\n' for name in reading.texts)
        arguments += [f"dtype={{\n{names}    }}"]
    arguments += ['encoding="utf-8-sig"', "index_col=False", "low_memory=False"]
    lines = [
        "# Nullable dtypes keep whole numbers whole where others are missing.",
        "data = pd.read_csv(",
        *(f"    {argument}," for argument in ("DATA", *arguments, 'dtype_backend="numpy_nullable"')),
        ")",
    ]
    return "\n".join(lines).split("\n")


_FILE = '''\
"""Yours: where the training data comes from."""

from pathlib import Path
{typing}
import pandas as pd

from hookline import DataLoader as BaseDataLoader

DATA = {location}
{columns}

class DataLoader(BaseDataLoader):
    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
{body}
{functions}'''

_PLAIN = '''

def plain(column: Any, mark: str) -> Any:
    """Return what stands in a column of numbers such as 1,234.50 or 12 %."""
    digits = column.str.replace(f"[^0-9{mark}+-]", "", regex=True).str.replace(mark, ".")
    return pd.to_numeric(digits).astype("Float64")
'''
