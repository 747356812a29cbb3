"""Read some rows, predict, write, and so on: what a person writes when a file is too large."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import joblib
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

ROWS = 100_000


def chunks(path: str, columns: list[str]) -> Iterator[pd.DataFrame]:
    if path.endswith(".csv"):
        yield from pd.read_csv(path, usecols=columns, chunksize=ROWS)
        return
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS, columns=columns):
            yield batch.to_pandas()


def main(model: str, given: str, out: str) -> None:
    pipeline = joblib.load(model)
    found = chunks(given, list(pipeline.feature_names_in_))
    if out.endswith(".csv"):
        for number, chunk in enumerate(found):
            answers = pd.DataFrame({"class_name": pipeline.predict(chunk)})
            answers.to_csv(out, mode="a" if number else "w", header=not number, index=False)
        return
    with parquet.ParquetWriter(out, pa.schema([("class_name", pa.string())])) as writer:
        for chunk in found:
            answer = pa.array(pipeline.predict(chunk), pa.string())
            writer.write_batch(pa.record_batch([answer], ["class_name"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
