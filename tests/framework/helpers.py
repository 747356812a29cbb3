"""Build small real projects: four files and a config in a folder of their own."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

FEATURES = """\
task: classification
target_label: label
input_features:
  - name: size
    ge: 0
  - name: weight
    nullable: true
  - name: plan
    type: category
    choices: [basic, pro, max]
    unknown: accept
    nullable: true
"""

LOADER = """\
import numpy as np
import pandas as pd


class DataLoader:
    def load_data(self, n_rows=None):
        n = n_rows or 300
        random = np.random.default_rng(0)
        size = random.uniform(0, 10, n)
        weight = random.normal(5, 2, n)
        weight[::10] = np.nan
        plan = random.choice(["basic", "pro", "max"], n)
        label = np.where(size + (plan == "pro") * 3 > 6, "large", "small")
        return pd.DataFrame({"size": size, "weight": weight, "plan": plan, "label": label})
"""

TRAIN = """\
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def __init__(self):
        self.transformer = make_column_transformer(
            (SimpleImputer(), ["size", "weight"]),
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["plan"]),
        )


def train_model(X_processed, y_processed):
    return RandomForestClassifier(n_estimators=10, random_state=0).fit(X_processed, y_processed)


def get_classes(model):
    return list(model.classes_)
"""

REGRESSION_FEATURES = FEATURES.replace("classification", "regression").replace("label: label", "label: price")

REGRESSION_LOADER = LOADER.replace(
    'label = np.where(size + (plan == "pro") * 3 > 6, "large", "small")',
    'price = 3 * size + (plan == "pro") * 3 + random.normal(0, 0.1, n)',
).replace('"label": label', '"price": price')

REGRESSION_TRAIN = TRAIN.replace("RandomForestClassifier", "RandomForestRegressor").split(
    "\n\ndef get_classes"
)[0]


def make_project(
    root: Path,
    *,
    features: str = FEATURES,
    loader: str = LOADER,
    train: str = TRAIN,
    config: str = "",
) -> Path:
    """Write a project into `root` and return it.

    Left alone it is a classification of 300 rows: a number, a nullable number, a nullable category that
    accepts unknown words, and a small random forest. `REGRESSION_*` are its siblings.
    """
    files = {
        "source/model/features.yaml": features,
        "source/data/data_loader.py": loader,
        "source/model/train.py": train,
        "config.yaml": config,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


def make_regression(root: Path, *, config: str = "") -> Path:
    """Write the regression project into `root` and return it."""
    return make_project(
        root, features=REGRESSION_FEATURES, loader=REGRESSION_LOADER, train=REGRESSION_TRAIN, config=config
    )
