from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.framework.helpers import make_regression
from tests.framework.once import once
from tests.framework.trained import train_here

MAIN = Path(__file__).parents[3] / "main.py"

TRAIN = """\
from sklearn.linear_model import LinearRegression

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def process_X(self, X):
        return X[["size"]]


def train_model(X_processed, y_processed):
    return LinearRegression().fit(X_processed, y_processed)
"""


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a small model, once."""

    def train(root: Path) -> None:
        make_regression(root)
        (root / "source/model/train.py").write_text(TRAIN)
        (root / "main.py").write_text(MAIN.read_text(encoding="utf-8"))
        train_here(root)

    return once("logged", tmp_path_factory, train)


@pytest.fixture
def served(trained_once: Path, tmp_path: Path) -> Path:
    """Return a copy of a trained project without a log, to do with it as a test likes."""
    return Path(shutil.copytree(trained_once, tmp_path / "served"))
