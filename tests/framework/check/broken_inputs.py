"""fit_X and process_X with the faults that show only later, in a service."""

from __future__ import annotations

from tests.framework.check.broken import HEAD, Broken
from tests.framework.helpers import FEATURES

FIT = "Preprocessor.fit_X"
PROCESS = "Preprocessor.process_X"
NULLABLE = """\
task: classification
target_label: label
input_features:
  - size
  - {name: weight, nullable: true}
"""
FEW_ROWS = """\
import pandas as pd


class DataLoader:
    def load_data(self, n_rows=None):
        return pd.DataFrame({"size": [1.0, 2.0] * 9, "weight": 3.0, "plan": "pro", "label": ["a", "b"] * 9})
"""
KNOWN_PLANS = FEATURES.replace("    unknown: accept\n    nullable: true\n", "")


def processes(body: str, *, fit: str = "pass", mark: bool = False) -> str:
    """Write a preprocessor with these bodies; the mark is at process_X's definition if not in the body."""
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    fits = "\n".join(f"        {line}" for line in fit.splitlines())
    end = "  # <-" if mark else ""
    fit_X = f"    def fit_X(self, X):\n{fits}\n"
    return f"class Preprocessor(Base):\n{fit_X}\n    def process_X(self, X):{end}\n{lines}\n"


CASES = [
    Broken(
        "fit_X fails",
        step="fit_X",
        hook=FIT,
        preprocessor=processes("return X", fit="self.mean = X['height'].mean()  # <-"),
        came="KeyError: 'height'",
        remedy="spelling",
        expected="nothing; what was learned is kept in self",
    ),
    Broken(
        "fit_X changes its frame",
        step="fit_X",
        hook=FIT,
        preprocessor=processes("return X", fit="X['weight'] = X['weight'].fillna(0)").replace(
            "def fit_X(self, X):", "def fit_X(self, X):  # <-"
        ),
        came="weight changed in place",
        remedy="begin with `X = X.copy()`",
        expected="an X that is left as it came",
    ),
    Broken(
        "process_X returns nothing",
        step="process_X",
        hook=PROCESS,
        preprocessor=processes("X.fillna(0)", mark=True),
        came="None",
        remedy="end the method with `return`",
        expected="one row of model input per row of X",
    ),
    Broken(
        "process_X drops rows with nulls",
        step="process_X",
        hook=PROCESS,
        preprocessor=processes("return X[['size', 'weight']].dropna()", mark=True),
        came="90 rows",
        remedy="keep every row, a request waits for each answer",
        expected="100 rows, as many as came in",
    ),
    Broken(
        "process_X changes its frame",
        step="process_X",
        hook=PROCESS,
        preprocessor=processes("X['double'] = X['size'] * 2\nreturn X[['size', 'double']]", mark=True),
        came="X had columns size, weight, plan, now size, weight, plan, double",
        remedy="begin with `X = X.copy()`",
    ),
    Broken(
        "process_X sorts the rows",
        step="process_X",
        hook=PROCESS,
        preprocessor=processes("return X[['size']].sort_values('size')", mark=True),
        came="rows in another order",
        remedy="the first answer goes to the first row",
        expected="rows in the order they came: index 0, 1, 2 first",
    ),
    Broken(
        "process_X sorts an array",
        step="one_row",
        hook=PROCESS,
        preprocessor=processes("return np.sort(X[['size']].to_numpy(), axis=0)", mark=True),
        came="for row 0 alone",
        remedy="treat each row by itself",
        expected="row 0, column 0",
    ),
    Broken(
        "get_dummies makes other columns for one row",
        step="one_row",
        hook=PROCESS,
        preprocessor=processes("return pd.get_dummies(X[['size', 'plan']], dtype=float)", mark=True),
        came="2 columns (without plan_basic, plan_pro) for row 0 alone",
        remedy="pandas.get_dummies does not",
        expected="4 columns, as for the whole sample",
    ),
    Broken(
        "fitted on each request",
        step="one_row",
        hook=PROCESS,
        preprocessor=processes("return StandardScaler().fit_transform(X[['size']])", mark=True),
        came="for row 0 alone",
        remedy="means, ranks and encoders are learned in fit_X",
        expected="row 0, column 0: ",
    ),
    Broken(
        "ranks among the rows at hand",
        step="one_row",
        hook=PROCESS,
        preprocessor=processes("return X[['size']].rank()", mark=True),
        came="column size: 1 for row 0 alone",
        remedy="treat each row by itself",
    ),
    Broken(
        "fails on one row",
        step="one_row",
        hook=PROCESS,
        preprocessor=processes(
            "sizes = X['size'].to_numpy().squeeze()\nreturn [[size] for size in sizes]  # <-"
        ),
        came="TypeError: iteration over a 0-d array, for row 0 alone",
        remedy="mend this line",
    ),
    Broken(
        "a dtype that follows the values",
        step="one_row",
        hook=PROCESS,
        features=NULLABLE,
        preprocessor=processes(
            "whole = X['weight'].isna().any()\nreturn X[['size']].astype('float64' if whole else 'float32')",
            mark=True,
        ),
        came="column size: float32",
        remedy="give every column one dtype",
        expected="column size: float64, as for the whole sample",
    ),
    Broken(
        "depends on the row before",
        step="order",
        hook=PROCESS,
        preprocessor=processes(
            "change = X['size'].diff()\nalone = X['size'] if len(X) == 1 else 0\n"
            "return np.where(self.learned == len(X), X['size'], change.fillna(0) + alone).reshape(-1, 1)",
            fit="self.learned = len(X)",
            mark=True,
        ),
        came="for every second row, backwards",
        remedy="treat each row by itself",
    ),
    Broken(
        "random numbers",
        step="request",
        hook=PROCESS,
        preprocessor=processes(
            "return X[['size']] + np.random.default_rng().normal(size=(len(X), 1))", mark=True
        ),
        came="for the same rows",
        remedy="treat each row by itself",
    ),
    Broken(
        "a counter in self",
        step="again",
        hook=PROCESS,
        preprocessor=processes(
            "self.calls += 1\nreturn X[['size']] + (self.calls > 1 + 1 + 20 + 1)",
            fit="self.calls = 0",
            mark=True,
        ),
        came="for the same rows a second time",
        remedy="no random numbers, counters or global variables",
    ),
    Broken(
        "null, though features.yaml allows it",
        step="edges",
        hook=PROCESS,
        loader=FEW_ROWS,
        preprocessor=processes("return [[len(plan)] for plan in X['plan']]  # <-"),
        came='for the request {"size": ',
        remedy="features.yaml allows this row: let the hooks handle it, or tighten features.yaml",
    ),
    Broken(
        "an unknown category, though features.yaml accepts it",
        step="edges",
        hook=PROCESS,
        features=FEATURES.replace("    unknown: accept\n    nullable: true\n", "    unknown: accept\n"),
        head=HEAD + "\nNUMBERS = {'basic': 0, 'pro': 1, 'max': 2}\n",
        preprocessor=processes("return [[NUMBERS[plan]] for plan in X['plan']]  # <-"),
        came="KeyError",
        remedy="or tighten features.yaml",
    ),
    Broken(
        "a declared choice that the data never has",
        step="edges",
        hook=PROCESS,
        features=KNOWN_PLANS.replace("[basic, pro, max]", "[basic, pro, max, free]"),
        head=HEAD + "from sklearn.preprocessing import OneHotEncoder\n",
        preprocessor=processes(
            "return self.encoder.transform(X[['plan']])  # <-",
            fit="self.encoder = OneHotEncoder(sparse_output=False).fit(X[['plan']])",
        ),
        came="Found unknown categories ['free'] in column 0 during transform, for the request",
        remedy="features.yaml allows this row",
    ),
    Broken(
        "another column for an unknown category",
        step="edges",
        hook=PROCESS,
        preprocessor=processes(
            "known = X['plan'].isin(['basic', 'pro', 'max']) | X['plan'].isna()\n"
            "return X[['size']] if known.all() else X[['size']].assign(new=~known)",
            mark=True,
        ),
        came="2 columns (with new) for it, for the request {",
        remedy="features.yaml allows this row",
        expected="1 column, as for the whole sample",
    ),
    Broken(
        "fit_y fails",
        step="fit_y",
        hook="Preprocessor.fit_y",
        preprocessor=processes("return X[['size']]")
        + "\n    def fit_y(self, y):\n        self.order = y.order  # <-\n",
        came="AttributeError",
        remedy="mend this line",
    ),
    Broken(
        "process_y returns nothing",
        step="process_y",
        hook="Preprocessor.process_y",
        preprocessor=processes("return X[['size']]")
        + "\n    def process_y(self, y):  # <-\n        y.astype(str)\n",
        came="None as y",
        remedy="return the target column",
        expected="one value per row of y",
    ),
    Broken(
        "process_y drops rows",
        step="process_y",
        hook="Preprocessor.process_y",
        preprocessor=processes("return X[['size']]")
        + "\n    def process_y(self, y):  # <-\n        return y[y == 'small'].head(3)\n",
        came="3 values for 100 rows",
        remedy="one value of y per row",
    ),
    Broken(
        "a regression on words",
        step="process_y",
        hook="Preprocessor.process_y",
        features=FEATURES.replace("classification", "regression"),
        preprocessor=processes("return X[['size']]")
        + "\n    def process_y(self, y):  # <-\n        return y\n",
        came="y of dtype ",
        remedy="or set `task: classification`",
        expected="numbers: features.yaml says `task: regression`",
    ),
    Broken(
        "a target that becomes infinite",
        step="process_y",
        hook="Preprocessor.process_y",
        features=FEATURES.replace("classification", "regression"),
        preprocessor=processes("return X[['size']]")
        + "\n    def process_y(self, y):  # <-\n        return 1 / pd.Series((y == 'small') * 1.0)\n",
        came="infinite values",
        remedy="a logarithm of zero?",
    ),
]
