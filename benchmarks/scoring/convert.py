"""Write a Parquet file once more: as CSV, or its first rows only."""

from __future__ import annotations

import sys

from pyarrow import csv, parquet


def main(given: str, out: str, rows: str) -> None:
    table = parquet.read_table(given).slice(0, int(rows))
    (csv.write_csv if out.endswith(".csv") else parquet.write_table)(table, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
