"""A project with three models whose answers differ, so that a mix-up shows: it is `factor * size`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hookline.models.store import ModelStore
from tests.framework.helpers import make_project

__all__ = ["FACTORS", "ROW", "factors_by_id", "make_variants"]

FACTORS = (1, 2, 3)
ROW = b'[{"size":10.0}]'

_FEATURES = "task: regression\ntarget_label: price\ninput_features: [size]\n"
_LOADER = """\
from pathlib import Path

import numpy as np
import pandas as pd


class DataLoader:
    def load_data(self, n_rows=None):
        size = np.random.default_rng(0).uniform(0, 100, n_rows or 100)
        return pd.DataFrame({"size": size, "price": size * float(Path("factor").read_text())})
"""
_TRAIN = """\
from sklearn.linear_model import LinearRegression

from hookline import Preprocessor as Base


class Preprocessor(Base):
    pass


def train_model(X_processed, y_processed):
    return LinearRegression().fit(X_processed, y_processed)
"""
_SCRIPT = """\
from pathlib import Path

from hookline.project import open_project
from hookline.training import train

for factor in {factors}:
    Path("factor").write_text(str(factor))
    train(open_project(Path()))
"""


def make_variants(root: Path) -> Path:
    """Train one version for each factor; the last one is current."""
    make_project(root, features=_FEATURES, loader=_LOADER, train=_TRAIN)
    subprocess.run([sys.executable, "-c", _SCRIPT.format(factors=FACTORS)], cwd=root, check=True)
    return root


def factors_by_id(store: ModelStore) -> dict[str, int]:
    """Return which model answers with which factor."""
    names = sorted(store.names())
    return {str(store.manifest(name).model_id): factor for name, factor in zip(names, FACTORS, strict=True)}
