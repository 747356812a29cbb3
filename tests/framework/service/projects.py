"""The projects that service tests train, each once: name → how to write it into a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.framework.helpers import REGRESSION_FEATURES, REGRESSION_LOADER, make_project, make_regression
from tests.framework.once import once
from tests.framework.trained import train_here
from tests.house import ROOT

__all__ = ["IRIS_ROW", "MIXED_ROW", "PROJECTS", "trained_once"]

IRIS_ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}

MIXED_ROW = {
    "amount": 12.5,
    "age": 41,
    "visits": None,
    "points": 7,
    "member": True,
    "plan": "pro",
    "channel": "web",
    "code": "AB12",
    "email": "ada@example.org",
    "salary": 1234.5,
    "seen": "2026-01-31T12:00:00Z",
}
"""A row that keeps the mixed contract, with a secret in `email` and one in `salary`."""

MIXED_FEATURES = """\
task: classification
target_label: label
input_features:
  - name: amount
    ge: 0
    le: 1000
    example: 12.5
    unit: EUR
  - name: age
    type: int
    ge: 0
    lt: 150
    example: 41
  - name: visits
    type: int
    nullable: true
  - name: points
    type: int
  - name: member
    type: bool
  - name: plan
    type: category
    choices: [basic, pro, max]
    default: basic
  - name: channel
    type: category
    choices: [web, shop]
    unknown: accept
    nullable: true
  - name: code
    type: string
    pattern: "^[A-Z]{2}[0-9]{2}$"
    max_length: 4
    example: AB12
  - name: email
    type: string
    max_length: 40
    example: somebody@example.org
    log: hash
  - name: salary
    ge: 0
    le: 9999
    log: drop
  - name: seen
    type: datetime
    example: "2026-01-31T12:00:00Z"
"""

MIXED_LOADER = """\
import numpy as np
import pandas as pd


class DataLoader:
    def load_data(self, n_rows=None):
        n = n_rows or 400
        random = np.random.default_rng(0)
        amount = random.uniform(0, 1000, n)
        visits = random.integers(0, 50, n).astype(float)
        visits[::7] = np.nan
        plan = random.choice(["basic", "pro", "max"], n)
        return pd.DataFrame({
            "amount": amount,
            "age": random.integers(0, 100, n),
            "visits": visits,
            "points": random.integers(-9, 9, n),
            "member": random.random(n) < 0.5,
            "plan": plan,
            "channel": random.choice(["web", "shop"], n),
            "code": "AB12",
            "email": "somebody@example.org",
            "salary": random.uniform(0, 9999, n),
            "seen": pd.Timestamp("2026-01-31T12:00:00Z"),
            "label": np.where(amount + (plan == "pro") * 300 > 600, "yes", "no"),
        })
"""

MIXED_TRAIN = """\
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def __init__(self):
        self.transformer = make_column_transformer(
            (SimpleImputer(), ["amount", "age", "points", "visits", "salary"]),
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["plan", "channel"]),
        )


def train_model(X_processed, y_processed):
    return RandomForestClassifier(n_estimators=10, random_state=0).fit(X_processed, y_processed)


def get_classes(model):
    return list(model.classes_)
"""

TEXT_FEATURES = """\
task: classification
target_label: label
input_features:
  - name: size
  - name: channel
    type: category
    choices: [web, shop]
    unknown: accept
  - name: note
    type: string
"""

TEXT_LOADER = """\
import pandas as pd


class DataLoader:
    def load_data(self, n_rows=None):
        n = n_rows or 100
        label = ["no", "yes"] * (n // 2)
        return pd.DataFrame({"size": range(n), "channel": "web", "note": "of one", "label": label})
"""

TEXT_TRAIN = """\
from sklearn.tree import DecisionTreeClassifier

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def process_X(self, X):
        return X[["size"]]


def train_model(X_processed, y_processed):
    return DecisionTreeClassifier(max_depth=2, random_state=0).fit(X_processed, y_processed)


def get_classes(model):
    return list(model.classes_)
"""

PATIENT_TRAIN = """\
import time
from pathlib import Path

from sklearn.linear_model import LinearRegression

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def process_X(self, X):
        while Path("hold").exists():
            time.sleep(0.01)
        if Path("fail").exists():
            raise RuntimeError("it fails as it was told to")
        return X[["size"]]


def train_model(X_processed, y_processed):
    return LinearRegression().fit(X_processed, y_processed)
"""

NATIVE = "training:\n  compile: false\n"


def _iris(root: Path) -> None:
    shutil.copytree(ROOT / "source", root / "source", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "config.yaml", root / "config.yaml")


def _mixed(root: Path, *, config: str = "") -> None:
    make_project(root, features=MIXED_FEATURES, loader=MIXED_LOADER, train=MIXED_TRAIN, config=config)


PROJECTS: Mapping[str, Callable[[Path], object]] = {
    "iris": _iris,
    "mixed": _mixed,
    "texts": lambda root: make_project(
        root, features=TEXT_FEATURES, loader=TEXT_LOADER, train=TEXT_TRAIN, config=NATIVE
    ),
    "mixed native": lambda root: _mixed(root, config=NATIVE),
    "regression": make_regression,
    "patient": lambda root: make_project(
        root, features=REGRESSION_FEATURES, loader=REGRESSION_LOADER, train=PATIENT_TRAIN, config=NATIVE
    ),
}


def trained_once(name: str, factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a trained project, trained once for a whole test run: leave it as it is."""

    def train(root: Path) -> None:
        PROJECTS[name](root)
        train_here(root)

    return once(name.replace(" ", "-"), factory, train)
