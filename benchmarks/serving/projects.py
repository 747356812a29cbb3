"""The projects that are served: iris data, three ways to answer it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOADER = '''\
"""Yours: the iris table."""

from sklearn.datasets import load_iris

COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]


class DataLoader:
    def load_data(self, n_rows=None):
        return load_iris(as_frame=True).frame.set_axis(COLUMNS, axis=1)
'''
FEATURES = """\
# Yours: four measures.
task: classification
target_label: species
input_features: [sepal_length, sepal_width, petal_length, petal_width]
"""
SCALED = '''\
"""Yours: scaled measures."""

from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def __init__(self):
        self.transformer = StandardScaler()


def train_model(X_processed, y_processed):
    return {estimator}.fit(X_processed, y_processed)


def get_classes(model):
    return ["setosa", "versicolor", "virginica"]
'''
PANDAS = '''\
"""Yours: ratios, made by pandas, which no graph holds."""

from sklearn.ensemble import RandomForestClassifier

from hookline import Preprocessor as Base


class Preprocessor(Base):
    def process_X(self, X):
        made = X.copy()
        made["sepal_ratio"] = made["sepal_length"] / made["sepal_width"].clip(lower=0.1)
        made["petal_ratio"] = made["petal_length"] / made["petal_width"].clip(lower=0.1)
        made["size"] = made.mean(axis=1).round(3)
        return made


def train_model(X_processed, y_processed):
    return RandomForestClassifier(n_estimators=100, random_state=0).fit(X_processed, y_processed)


def get_classes(model):
    return ["setosa", "versicolor", "virginica"]
'''
FOREST = "RandomForestClassifier(n_estimators=100, random_state=0)"
LOGISTIC = "LogisticRegression(max_iter=1000)"
TRAIN = {
    "forest": SCALED.replace("{estimator}", FOREST),
    "logistic": SCALED.replace("{estimator}", LOGISTIC),
    "native": PANDAS,
}
CONFIG = """\
service:
  host: 127.0.0.1
  max_body_bytes: 16777216
  max_in_flight: 1024
training:
  compile: {compile}
"""


def make(name: str, folder: Path) -> Path:
    """Write and train a project; return its folder."""
    project = folder / name
    (project / "source" / "data").mkdir(parents=True)
    (project / "source" / "model").mkdir()
    (project / "source" / "data" / "data_loader.py").write_text(LOADER)
    (project / "source" / "model" / "train.py").write_text(TRAIN[name])
    (project / "source" / "model" / "features.yaml").write_text(FEATURES)
    compiled = "false" if name == "native" else "true"
    (project / "config.yaml").write_text(CONFIG.replace("{compile}", compiled))
    subprocess.run([sys.executable, "-m", "hookline.cli", "train", "-q", "-C", str(project)], check=True)
    return project
