"""Make the table of the housing example anew: `python examples/make_housing.py`. The same rows every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
ROWS = 600


def make() -> pd.DataFrame:
    """Make up districts of a city that is nowhere, and what a house costs in each."""
    random = np.random.default_rng(20240607)
    centre = random.gamma(2.2, 4.5, ROWS).clip(0.6, 40)
    rooms = random.normal(5.4, 1.1, ROWS).clip(2, 9.5)
    highway = random.integers(0, 9, ROWS)
    teachers = (15 + 0.15 * centre + random.normal(0, 2.2, ROWS)).clip(9, 27)
    crime = np.exp(random.normal(1.9 - 0.06 * centre, 0.7)).clip(0.1, 60)
    tax = (1.1 + 0.05 * highway + random.normal(0, 0.25, ROWS)).clip(0.4, 3)
    old = random.beta(2.2, 1.8, ROWS)
    river = random.random(ROWS) < 0.09
    worth = (
        5.45
        + 0.17 * (rooms - 5.4)
        + 0.012 * highway * (highway < 6)
        - 0.035 * (teachers - 17)
        - 0.011 * crime
        - 0.008 * centre
        - 0.08 * tax
        - 0.1 * old
        + 0.16 * river
    )
    price = np.exp(worth + random.normal(0, 0.09, ROWS))
    return pd.DataFrame(
        {
            "rooms": rooms.round(2),
            "highway_access": highway,
            "teacher_ratio": teachers.round(1),
            "crime_rate": crime.round(2),
            "centre_km": centre.round(1),
            "tax_rate": tax.round(2),
            "old_share": old.round(3),
            "at_river": river,
            "price": price.round(1),
        }
    )


if __name__ == "__main__":
    make().to_csv(HERE / "housing" / "data" / "housing.csv", index=False)
