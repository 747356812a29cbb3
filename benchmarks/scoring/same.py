"""Fail unless two files hold the same answers."""

from __future__ import annotations

import sys

from pyarrow import Table, csv, parquet


def read(path: str) -> Table:
    return csv.read_csv(path) if path.endswith(".csv") else parquet.read_table(path)


def main(one: str, other: str) -> None:
    if not read(one).equals(read(other)):
        sys.exit(f"error: {one} and {other} differ")


if __name__ == "__main__":
    main(*sys.argv[1:])
