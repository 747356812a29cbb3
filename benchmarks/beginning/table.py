"""A table to begin with: customers who leave. Made up, the same rows every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 2_000


def write_table(path: Path) -> None:
    """Write the table as a CSV file."""
    random = np.random.default_rng(7)
    months = random.integers(1, 72, ROWS)
    plan = random.choice(["basic", "pro", "max"], ROWS, p=[0.5, 0.35, 0.15])
    calls = random.poisson(1.4, ROWS)
    spent = pd.Series((random.gamma(3, 9, ROWS) + 12 * (plan != "basic")).round(2))
    doubt = 0.2 - months / 24 + 0.5 * calls + 0.8 * (plan == "basic") - spent / 60
    leaves = random.random(ROWS) < 1 / (1 + np.exp(-doubt))
    table = pd.DataFrame(
        {
            "customer": [f"C{number:05}" for number in range(ROWS)],
            "months": months,
            "plan": plan,
            "calls": calls,
            "spent": spent.where(pd.Series(random.random(ROWS) > 0.05)),
            "paperless": random.random(ROWS) < 0.6,
            "churn": np.where(leaves, "leaves", "stays"),
        }
    )
    table.to_csv(path, index=False)
