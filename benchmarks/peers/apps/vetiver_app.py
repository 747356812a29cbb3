"""The model under vetiver's own app."""

import sys

import joblib
import pandas as pd
import uvicorn
import vetiver

rows = pd.read_pickle("rows.pickle")  # noqa: S301 - made by model.py
model = vetiver.VetiverModel(joblib.load("model.joblib"), "iris", prototype_data=rows)
uvicorn.run(
    vetiver.VetiverAPI(model).app, port=int(sys.argv[1]), loop="auto", access_log=False, log_level="warning"
)
