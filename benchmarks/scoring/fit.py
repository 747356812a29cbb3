"""Fit and save the pipeline that is asked by hand."""

from __future__ import annotations

import sys

import joblib
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.scoring.estimators import ESTIMATORS


def main(data: str, name: str, target: str) -> None:
    frame = pd.read_parquet(data)
    pipeline = make_pipeline(StandardScaler(), ESTIMATORS[name]())
    joblib.dump(pipeline.fit(frame.drop(columns="label"), frame["label"]), target)


if __name__ == "__main__":
    main(*sys.argv[1:])
