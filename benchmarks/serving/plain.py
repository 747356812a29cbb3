"""What templates do: FastAPI, a DataFrame per request, scikit-learn. `PROJECT` names the folder of the hooks.

It is written as well as such an app usually is: pydantic models, one worker, the model loaded once.
"""

from __future__ import annotations

import os
import pickle
import sys
import uuid
from pathlib import Path
from typing import Any

import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

sys.path.insert(0, os.environ["PROJECT"])

from source.data.data_loader import DataLoader
from source.model.train import Preprocessor, get_classes, train_model


class Row(BaseModel):
    sepal_length: float
    sepal_width: float
    petal_length: float
    petal_width: float


class Answer(BaseModel):
    prediction_id: str
    class_name: str


def fit() -> tuple[Any, Any]:
    saved = Path(os.environ["PROJECT"]) / "plain.pickle"
    if saved.exists():
        found: tuple[Any, Any] = pickle.loads(saved.read_bytes())  # noqa: S301 - what the first start wrote
        return found
    data = DataLoader().load_data()
    preprocessor = Preprocessor()
    X, y = data.drop(columns="species"), data["species"]
    preprocessor.fit_X(X)
    model = train_model(preprocessor.process_X(X), y)
    saved.write_bytes(pickle.dumps((preprocessor, model)))
    return preprocessor, model


app = FastAPI()
preprocessor, model = fit()
classes = get_classes(model)


@app.post("/api/predictions")
def predict(rows: list[Row]) -> list[Answer]:
    frame = pd.DataFrame([row.model_dump() for row in rows])
    labels = model.predict(preprocessor.process_X(frame))
    return [Answer(prediction_id=str(uuid.uuid4()), class_name=classes[label]) for label in labels]
