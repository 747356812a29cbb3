"""Make the data: 1,000,000 rows of 20 numbers and a target that some of them explain."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = 20


def write(path: Path, rows: int) -> None:
    """Write the data as Parquet, the same for every run."""
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, COLUMNS))
    signal = 2 * X[:, 0] + X[:, 1] ** 2 + np.sin(3 * X[:, 2]) + X[:, 3] * X[:, 4] + random.normal(size=rows)
    frame = pd.DataFrame(X, columns=[f"f{place:02d}" for place in range(COLUMNS)])
    frame["label"] = np.where(signal > 1, "yes", "no")
    frame.to_parquet(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
