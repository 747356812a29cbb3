"""Yours: where the training data comes from."""

import pandas as pd
from sklearn.datasets import load_breast_cancer

from hookline import DataLoader as BaseDataLoader


class DataLoader(BaseDataLoader):
    # Example
    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
        found = load_breast_cancer(as_frame=True)
        cells: pd.DataFrame = found.frame.rename(columns=lambda name: name.replace(" ", "_"))
        # The set's own numbers are 0 and 1; doctors say M (malignant) and B (benign).
        cells["diagnosis"] = cells.pop("target").map({0: "M", 1: "B"})
        return cells if n_rows is None else cells.sample(min(n_rows, len(cells)), random_state=0)

    # End Example
