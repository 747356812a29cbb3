"""Loaders and splits that give something else."""

from __future__ import annotations

from tests.framework.check.broken import PREPROCESSOR, Broken
from tests.framework.helpers import LOADER

LOAD = "DataLoader.load_data"
SPLIT = "Preprocessor.split_X_y"


def loads(body: str) -> str:
    """Write a loader with this body, `data` being the good frame."""
    good = LOADER.replace("class DataLoader", "class Good")
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return (
        f"{good}\n\nclass DataLoader:\n    def load_data(self, n_rows=None):  # <-\n"
        f"        data = Good().load_data(n_rows)\n{lines}\n"
    )


def at_line(body: str) -> str:
    """Write such a loader with the mark in the body, not at the definition."""
    return loads(body).replace("n_rows=None):  # <-", "n_rows=None):")


def splits(body: str) -> str:
    """Write a preprocessor whose split_X_y has this body."""
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return f"{PREPROCESSOR}\n    def split_X_y(self, data):  # <-\n{lines}\n"


CASES = [
    Broken(
        "load_data was never written",
        step="load_data",
        hook=LOAD,
        loader="from hookline import DataLoader as Base\n\n\nclass DataLoader(Base):  # <-\n    pass\n",
        came="NotImplementedError: load_data is not written yet",
        remedy="write the hook; docs/hooks.md has a short starter",
        expected="a pandas DataFrame with all features and the target",
    ),
    Broken(
        "a starter that raises NotImplementedError",
        step="load_data",
        hook=LOAD,
        loader=at_line("raise NotImplementedError  # <-"),
        came="NotImplementedError",
        remedy="docs/hooks.md has a short starter",
        expected="a pandas DataFrame with all features and the target",
    ),
    Broken(
        "None",
        step="load_data",
        hook=LOAD,
        loader=loads("data.head()"),
        came="None (no `return`?)",
        remedy="return one frame",
    ),
    Broken(
        "a dict instead of a frame",
        step="load_data",
        hook=LOAD,
        loader=loads("return data.to_dict()"),
        came="a dict",
        remedy="return one frame, such as `pd.read_csv(...)`",
    ),
    Broken(
        "a file that is not there",
        step="load_data",
        hook=LOAD,
        loader=at_line("return pd.read_csv('no_such.csv')  # <-"),
        came="FileNotFoundError",
        remedy="build the path from `Path(__file__)`",
    ),
    Broken(
        "a column that is not there",
        step="load_data",
        hook=LOAD,
        loader=at_line("return data[['height']]  # <-"),
        came="KeyError",
        remedy="a column, or key, of this name",
    ),
    Broken(
        "leaves the program",
        step="load_data",
        hook=LOAD,
        loader=at_line("import sys\nsys.exit(3)  # <-"),
        came="SystemExit(3)",
        remedy="raise an error instead of leaving the program",
    ),
    Broken(
        "no rows",
        step="load_data",
        hook=LOAD,
        loader=loads("return data.head(0)"),
        came="a frame without rows",
        remedy="path or query",
    ),
    Broken(
        "no target",
        step="load_data",
        hook=LOAD,
        loader=loads("return data.drop(columns='label')"),
        came="a frame without the target 'label'; it has size, weight, plan",
        remedy="correct `target_label` in features.yaml",
    ),
    Broken(
        "a feature is missing",
        step="conform",
        hook=LOAD,
        loader=loads("return data.rename(columns={'weight': 'Weight'})"),
        came="'weight' (closest column: 'Weight')",
        remedy="mend load_data or features.yaml",
        expected="columns as features.yaml declares them",
    ),
    Broken(
        "text where numbers must be",
        step="conform",
        hook=LOAD,
        loader=loads("return data.assign(size='wide')"),
        came="size",
        remedy="mend",
    ),
    Broken(
        "two columns of one name",
        step="conform",
        hook=LOAD,
        loader=loads("return pd.concat([data, data[['size']]], axis=1)"),
        came="several columns called 'size'",
        remedy="mend",
    ),
    Broken(
        "rows that break features.yaml",
        step="conform",
        hook=LOAD,
        loader=loads("data.loc[5:7, 'size'] = -1\nreturn data"),
        came="size is below 0 in 3 rows (row 5: -1.0)",
        remedy="`training.on_violation: drop` leaves such rows out",
        expected="rows that keep features.yaml",
    ),
    Broken(
        "a target with holes",
        step="split_X_y",
        hook=SPLIT,
        where="source/model/train.py:10",
        loader=loads("data.loc[5:7, 'label'] = None\nreturn data"),
        came="3 of 100 missing",
        remedy="leave out rows without a target in DataLoader.load_data",
    ),
    Broken(
        "X without y",
        step="split_X_y",
        hook=SPLIT,
        preprocessor=splits("return data.drop(columns='label')"),
        came="a DataFrame",
        remedy="end the method with `return X, y`",
        expected="two things: X (a DataFrame) and y (one value per row)",
    ),
    Broken(
        "X as an array",
        step="split_X_y",
        hook=SPLIT,
        preprocessor=splits("return data.drop(columns='label').to_numpy(), data['label']"),
        came="an ndarray as X",
        remedy="turning them into arrays is process_X's job",
    ),
    Broken(
        "a declared feature is dropped",
        step="split_X_y",
        hook=SPLIT,
        preprocessor=splits("return data[['size', 'plan']], data['label']"),
        came="X without weight",
        remedy="or take it out of features.yaml",
        expected="X with the features size, weight, plan",
    ),
    Broken(
        "another dtype than a request has",
        step="split_X_y",
        hook=SPLIT,
        preprocessor=splits("return data.astype({'size': 'float32'}), data['label']"),
        came="size: float32",
        remedy="convert them in process_X",
        expected="size: float64, as in a request",
    ),
    Broken(
        "y is None",
        step="split_X_y",
        hook=SPLIT,
        preprocessor=splits("return data, None"),
        came="None as y",
        remedy="return the target column",
    ),
    Broken(
        "y of another length",
        step="split_X_y",
        hook=SPLIT,
        preprocessor=splits("return data, data['label'].dropna().head(7)"),
        came="7 values for 100 rows",
        remedy="one value of y per row of X",
        expected="100 values of y",
    ),
    Broken(
        "a split that fails",
        step="split_X_y",
        hook=SPLIT,
        preprocessor=splits("return data.drop(columns='target'), data['target']")
        .replace("# <-", "")
        .replace("['target']\n", "['target']  # <-\n"),
        came="['target'] not found",
        remedy="column",
    ),
]
