"""A project in the public shape of older templates: names in a module, values in .env, DataFrame hooks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sklearn.datasets import load_iris

__all__ = ["make_older", "own_answers"]

FEATURES = """\
### API ###

# the features that the model expects
input_features = [
    # Example:
    "sepal_length",
    "sepal_width",
    "petal_length",
    "petal_width",
    # End Example
]
ID_NAME = "ID"

### Logging ###
enable_mongodb_logging = False
enable_fluentd_logging = True

### Model ###
model_path = "model_bin"
model_name = "model.pkl"
"""

ENV = """\
# values of the machine
fluentd_url=127.0.0.1
fluentd_port=24225
export fluentd_base_log_name="iris-service"  # of this service
fluentd_log_n_best=2
mongo_db_port=not-a-port
mongo_db_password=only-a-dummy
"""

CONFIG = """\
repository: flowers
production_image_name: iris-production
replicas: 2
service_port: 5001
timezone: Europe/Vienna
some_switch_of_then: true
"""

HELPER = """\
def in_words(number):
    return ["setosa", "versicolor", "virginica"][number]
"""

LOADER = '''\
import pandas as pd
from pathlib import Path


class DataLoader:
    """Load the data."""

    def load_data(self):
        return pd.read_csv(Path(__file__).parent / "flowers.csv")
'''

TRAIN = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from source.features import input_features
from source.helper import in_words


class Preprocessor:
    def __init__(self):
        self.scaler = StandardScaler()

    def split_X_y(self, data):
        X = data.drop("flower", axis=1)
        y = data["flower"]
        return X, y

    def fit_X(self, X):
        self.scaler.fit(X[input_features])

    def process_X(self, X):
        scaled = self.scaler.transform(X[input_features])
        frame = pd.DataFrame(scaled, columns=input_features, index=X.index)
        frame["petal_area"] = X["petal_length"] * X["petal_width"]
        return frame

    def fit_y(self, y):
        pass

    def process_y(self, y):
        return y


def train_model(X, y):
    return LogisticRegression(max_iter=500).fit(X, y)


def get_classes(model):
    return [in_words(number) for number in model.classes_]
"""

OWN_WAY = """\
import json, sys
sys.path.insert(0, ".")
import pandas as pd
from source.data.data_loader import DataLoader
from source.model.train import Preprocessor, get_classes, train_model

preprocessor = Preprocessor()
X, y = preprocessor.split_X_y(DataLoader().load_data())
preprocessor.fit_X(X)
preprocessor.fit_y(y)
model = train_model(preprocessor.process_X(X), preprocessor.process_y(y))
rows = pd.DataFrame(json.load(sys.stdin))
print(json.dumps([get_classes(model), model.predict_proba(preprocessor.process_X(rows)).tolist()]))
"""
"""What such a project does to answer, with its own files and nothing of hookline."""


def make_older(root: Path) -> Path:
    """Write the project into `root` and return it."""
    flowers = load_iris(as_frame=True).frame
    flowers.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width", "flower"]
    files = {
        "source/features.py": FEATURES,
        "source/helper.py": HELPER,
        "source/api/main.py": "app = None\n",
        "source/data/data_loader.py": LOADER,
        "source/data/flowers.csv": flowers.to_csv(index=False),
        "source/model/train.py": TRAIN,
        "config.yaml": CONFIG,
        ".env": ENV,
        "Dockerfile": "FROM scratch\n",
        "model_bin/model.pkl": "not read by anybody",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def own_answers(root: Path, rows: list[dict[str, float]]) -> tuple[list[str], list[list[float]]]:
    """Let the project's own code train and answer: class names, and probabilities by row."""
    done = subprocess.run(
        [sys.executable, "-c", OWN_WAY],
        cwd=root,
        input=json.dumps(rows),
        capture_output=True,
        text=True,
        check=True,
    )
    names, probabilities = json.loads(done.stdout)
    return names, probabilities
