"""Four files in the shape of older templates: plain classes, short features, a loader without n_rows."""

from __future__ import annotations

from pathlib import Path

from tests.framework.helpers import make_project

FEATURES = """\
target_label: target
input_features:
  - sepal_length
  - sepal_width
  - petal_length
  - petal_width
"""

LOADER = '''\
import pandas as pd
from sklearn.datasets import load_iris


class DataLoader:
    """Load the data from wherever it lives."""

    def load_data(self):
        iris = load_iris()
        data = pd.DataFrame(iris.data, columns=["sepal_length", "sepal_width", "petal_length", "petal_width"])
        data["target"] = iris.target
        return data
'''

TRAIN = '''\
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler


class Preprocessor:
    """Turn raw data into what the model takes."""

    def __init__(self):
        self.scaler = StandardScaler()

    def split_X_y(self, data):
        X = data.drop("target", axis=1)
        y = data["target"]
        return X, y

    def fit_X(self, X):
        self.scaler.fit(X)

    def process_X(self, X):
        return self.scaler.transform(X)

    def fit_y(self, y):
        pass

    def process_y(self, y):
        return y


def train_model(X, y):
    model = RandomForestClassifier(n_estimators=20, random_state=1)
    model.fit(X, y)
    return model


def get_classes(model):
    return ["setosa", "versicolor", "virginica"]
'''


def make_legacy(root: Path) -> Path:
    """Write the four files into `root` and nothing else of hookline's; return it."""
    return make_project(root, features=FEATURES, loader=LOADER, train=TRAIN)
