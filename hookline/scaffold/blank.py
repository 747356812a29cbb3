"""A project to be filled in: every hook is there, and says what to write in it."""

from __future__ import annotations

from hookline.contract import parse_contract_text
from hookline.scaffold.pytext import spelled
from hookline.scaffold.request import REQUEST, request_text
from hookline.scaffold.yours import Yours
from hookline.types import Task
from hookline.yamltext import as_yaml

__all__ = ["blank"]


def blank(task: Task = "classification", target: str = "target") -> Yours:
    """Return hooks that raise, with the words for what is missing, and a contract with one feature."""
    train = _TRAIN + (_CLASSES if task == "classification" else "")
    files = {
        "source/model/features.yaml": _FEATURES.format(task=task, target=as_yaml(target)),
        "source/data/data_loader.py": _LOADER.format(target=spelled(f"and the column {target}; ")),
        "source/model/train.py": train.format(estimator=_ESTIMATORS[task]),
    }
    files[REQUEST] = request_text(parse_contract_text(files["source/model/features.yaml"]))
    return Yours(
        "blank",
        files,
        (
            f"Write {', then '.join(list(files)[:3])}.",
            "Ask `hookline check` after each step: it says what is missing.",
        ),
    )


_ESTIMATORS: dict[Task, str] = {
    "classification": "LogisticRegression",
    "regression": "Ridge",
}

_FEATURES = """\
# Yours: what a request holds. See docs/contract.md for everything a feature may say.
# `hookline contract infer data.csv --target {target}` drafts this file from data.
task: {task}
target_label: {target}
input_features:
  # A number that must be there is its name and nothing else; replace this one.
  - first_feature
  # - name: plan
  #   type: category            # float · int · bool · category · string · datetime
  #   choices: [basic, pro]
  #   nullable: true
  #   example: basic
"""

_LOADER = '''\
"""Yours: where the training data comes from."""

import pandas as pd

from hookline import DataLoader as BaseDataLoader


class DataLoader(BaseDataLoader):
    def load_data(self, n_rows: int | None = None) -> pd.DataFrame:
        raise NotImplementedError(
            "return a DataFrame with every feature of features.yaml, "
            {target}
            "with n_rows, at most so many rows. Such as: `return pd.read_csv('data.csv', nrows=n_rows)`"
        )
'''

_TRAIN = '''\
"""Yours: from raw columns to a fitted model."""

from typing import Any

from hookline import Preprocessor as BasePreprocessor


class Preprocessor(BasePreprocessor):
    """Hand the columns on as they are.

    To change them, keep a scikit-learn transformer in `self.transformer` (in __init__); docs/hooks.md.
    """


def train_model(X_processed: Any, y_processed: Any) -> Any:
    raise NotImplementedError(
        "return a fitted model: anything with `predict`. "
        "Such as: `from sklearn.linear_model import {estimator}` above, "
        "and here `return {estimator}().fit(X_processed, y_processed)`"
    )
'''

_CLASSES = """

def get_classes(model: Any) -> list[str]:
    raise NotImplementedError(
        "return the class names in the order of predict_proba. "
        "Such as: `return [str(name) for name in model.classes_]`"
    )
"""
