"""Run inside a peer's environment: fit the same pipeline and save it where and how the peer wants it."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

peer, kind, columns = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
data = load_iris(as_frame=True)
X, y = data.data.set_axis(columns, axis=1), data.target
estimators = {
    "forest": RandomForestClassifier(n_estimators=100, random_state=0),
    "logistic": LogisticRegression(max_iter=1000),
}
pipeline = make_pipeline(StandardScaler(), estimators[kind])
if peer == "MLServer":
    pipeline.fit(X.to_numpy(), y)  # it hands over arrays
    settings = {
        "name": "iris",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": "./model.joblib", "version": "1"},
    }
    Path("model-settings.json").write_text(json.dumps(settings))
else:
    pipeline.fit(X, y)
if peer == "MLflow":
    import mlflow.sklearn

    mlflow.sklearn.save_model(pipeline, "mlflow-model", serialization_format="cloudpickle")
joblib.dump(pipeline, "model.joblib")
X.head().to_pickle("rows.pickle")
print(version(peer.lower()))
