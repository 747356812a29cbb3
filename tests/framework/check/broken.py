"""Projects with one hook broken, and what a person must be told. `# <-` marks the line to be named."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from tests.framework.helpers import FEATURES, LOADER, make_project

HEAD = """\
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from hookline import Preprocessor as Base
"""

PREPROCESSOR = """
class Preprocessor(Base):
    def fit_X(self, X):
        self.plans = sorted(X["plan"].dropna().unique())
        self.mean = X[["size", "weight"]].mean().to_dict()

    def process_X(self, X):
        plans = pd.DataFrame({plan: (X["plan"] == plan).astype(float) for plan in self.plans})
        return pd.concat([X[["size", "weight"]].fillna(self.mean), plans], axis=1)
"""

TRAIN_MODEL = """
def train_model(X_processed, y_processed):
    return DecisionTreeClassifier().fit(X_processed, y_processed)
"""

GET_CLASSES = """
def get_classes(model):
    return list(model.classes_)
"""

PLAIN = """
class Model:
    def fit(self, X, y):
        self.classes_ = np.array(["large", "small"])
        return self

    def predict(self, X):
        return np.array(["large"] * len(X))


def train_model(X_processed, y_processed):  # <-
    return Model().fit(X_processed, y_processed)
"""
"""A model of one's own; cases change a line of it."""

MARK = "# <-"


@dataclass(frozen=True)
class Broken:
    """Write a project that differs in one part, and hold what its check says."""

    name: str
    step: str
    hook: str
    came: str
    remedy: str
    expected: str = ""
    where: str = ""
    features: str = FEATURES
    loader: str = LOADER
    head: str = HEAD
    preprocessor: str = PREPROCESSOR
    train_model: str = TRAIN_MODEL
    get_classes: str = GET_CLASSES
    without: tuple[str, ...] = field(default=())

    def write(self, root: Path) -> Path:
        """Write the project into `root`."""
        train = "\n".join(
            dedent(part) for part in (self.head, self.preprocessor, self.train_model, self.get_classes)
        )
        make_project(root, features=self.features, loader=self.loader, train=train)
        for name in self.without:
            (root / name).unlink()
        return root

    def place(self, root: Path) -> str:
        """Return the place that the finding must name."""
        if self.where:
            return self.where
        for path in sorted((root / "source").rglob("*.py")):
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                if line.endswith(MARK):
                    return f"{path.relative_to(root).as_posix()}:{number}"
        raise AssertionError(f"{self.name}: mark the line with {MARK}")
