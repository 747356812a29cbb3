"""Make the table of the credit example anew: `python examples/make_credit.py`. The same rows every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
ROWS = 600


def make() -> pd.DataFrame:
    """Make up people who asked for credit, and whether they paid it back. None of them exists."""
    random = np.random.default_rng(20240608)
    applied = pd.Timestamp("2023-01-02") + pd.to_timedelta(random.integers(0, 700, ROWS), unit="D")
    worked = random.gamma(1.6, 1500, ROWS).clip(20, 12_000)
    since = applied - pd.to_timedelta(worked.astype(int), unit="D")
    jobless = random.random(ROWS) < 0.12
    income = random.lognormal(7.9, 0.45, ROWS)
    amount = random.lognormal(8.6, 0.8, ROWS).clip(300, 60_000)
    months = random.choice([6, 12, 24, 36, 48, 60], ROWS)
    savings = random.lognormal(7.2, 1.4, ROWS)
    untold = random.random(ROWS) < 0.3
    purpose = random.choice(
        ["car", "kitchen", "moving", "school", "other"], ROWS, p=[0.3, 0.2, 0.2, 0.1, 0.2]
    )
    home = random.choice(["owns", "rents", "free"], ROWS, p=[0.35, 0.55, 0.1])
    first = random.random(ROWS) < 0.4
    burden = amount / months / income
    doubt = (
        -8.5
        + 14 * burden
        - 0.9 * np.log(worked / 1000)
        + 2.6 * jobless
        - 0.9 * (np.log(savings) - 7.2) * ~untold
        + 1.5 * (home == "free")
        + 2 * first
        + 1.4 * (purpose == "other")
    )
    failed = random.random(ROWS) < 1 / (1 + np.exp(-doubt))
    return pd.DataFrame(
        {
            "application": [f"A{100_000 + 7 * row}" for row in range(ROWS)],
            "applied_on": applied.strftime("%Y-%m-%d"),
            "employed_since": pd.Series(since.strftime("%Y-%m-%d")).where(~jobless),
            "e_mail": [f"person{row:03}@example.org" for row in random.permutation(ROWS)],
            "postcode": random.choice(["1010", "1020", "1030", "2340", "3100", "4020", "5020", "6020"], ROWS),
            "income": income.round(0).astype(int),
            "savings": pd.Series(savings.round(0)).where(~untold).astype("Int64"),
            "amount": amount.round(-1).astype(int),
            "months": months,
            "purpose": purpose,
            "home": home,
            "first_credit": first,
            "outcome": np.where(failed, "default", "paid"),
        }
    )


if __name__ == "__main__":
    make().to_csv(HERE / "credit" / "data" / "credit.csv", index=False)
