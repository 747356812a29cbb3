"""Yours: where the training data comes from."""

from pathlib import Path

import pandas as pd

from hookline import DataLoader as BaseDataLoader

CREDIT = Path(__file__).resolve().parents[2] / "data" / "credit.csv"


class DataLoader(BaseDataLoader):
    # Example
    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
        # Postcodes are names: read as numbers, 0110 would lose its zero.
        credit = pd.read_csv(CREDIT, dtype={"postcode": str})
        return credit if n_rows is None else credit.sample(min(n_rows, len(credit)), random_state=0)

    # End Example
