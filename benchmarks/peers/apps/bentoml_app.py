"""The model as a BentoML service."""

import os

import bentoml
import joblib
import pandas as pd


@bentoml.service(workers=1)
class Iris:
    def __init__(self):
        self.model = joblib.load(os.path.join(os.environ["MODEL"], "model.joblib"))  # noqa: PTH118 - as in its manual

    @bentoml.api
    def predict(self, rows: list[dict[str, float]]) -> list[int]:
        return self.model.predict(pd.DataFrame(rows)).tolist()
