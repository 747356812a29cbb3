"""Yours: where the training data comes from."""

import pandas as pd
from sklearn.datasets import load_iris

from hookline import DataLoader as BaseDataLoader


class DataLoader(BaseDataLoader):
    # Example
    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
        iris: pd.DataFrame = load_iris(as_frame=True).frame
        iris.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
        return iris if n_rows is None else iris.sample(min(n_rows, len(iris)), random_state=0)

    # End Example
