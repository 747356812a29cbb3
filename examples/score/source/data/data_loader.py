"""Yours: where the training data comes from."""

import pandas as pd

from hookline import DataLoader as BaseDataLoader

TIMED = """\
km parcels minutes
1.2 1 12
2.0 3 19
2.4 1 16
3.1 2 20
3.3 6 31
3.9 1 20
4.4 4 29
4.8 2 25
5.5 1 26
5.9 3 31
6.2 8 45
6.6 2 31
7.0 1 31
7.7 5 42
8.1 2 36
8.8 1 37
9.3 4 47
9.9 3 46
10.4 1 42
11.0 2 46
12.1 6 61
13.5 1 53
14.2 3 60
15.8 2 64
"""


class DataLoader(BaseDataLoader):
    # Example
    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
        header, *rows = [line.split() for line in TIMED.splitlines()]
        timed = pd.DataFrame(rows, columns=header).astype(float)
        return timed if n_rows is None else timed.sample(min(n_rows, len(timed)), random_state=0)

    # End Example
