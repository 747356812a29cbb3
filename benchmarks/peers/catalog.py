"""The peers: what to install, how to start each, what to send it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.server import ROW

__all__ = ["PEERS", "Peer"]

APPS = Path(__file__).resolve().parent / "apps"
_VALUES = list(ROW.values())
_SPLIT = {"dataframe_split": {"columns": list(ROW), "data": [_VALUES]}}
_TENSOR = {"inputs": [{"name": "rows", "shape": [1, len(ROW)], "datatype": "FP64", "data": _VALUES}]}


@dataclass(frozen=True)
class Peer:
    """Say how one peer serves the model in the folder that is its working directory.

    `command` is given the folder of its programs and the port.
    """

    name: str
    requirements: tuple[str, ...]
    command: Callable[[Path, int], list[str]]
    path: str
    body: bytes


def _lines(content: object) -> bytes:
    return json.dumps(content).encode()


PEERS = (
    Peer(
        "MLServer",
        ("mlserver==1.7.1", "mlserver-sklearn==1.7.1"),
        lambda programs, port: [str(programs / "python"), str(APPS / "mlserver_app.py"), str(port)],
        "/v2/models/iris/infer",
        _lines(_TENSOR),
    ),
    Peer(
        "BentoML",
        ("bentoml", "pandas", "scikit-learn"),
        lambda programs, port: [
            *(str(programs / "bentoml"), "serve", "bentoml_app:Iris", "--port", str(port)),
            *("--working-dir", str(APPS)),
        ],
        "/predict",
        _lines({"rows": [ROW]}),
    ),
    Peer(
        "LitServe",
        ("litserve", "pandas", "scikit-learn"),
        lambda programs, port: [str(programs / "python"), str(APPS / "litserve_app.py"), str(port)],
        "/predict",
        _lines([ROW]),
    ),
    Peer(
        "vetiver",
        ("vetiver", "pandas", "scikit-learn"),
        lambda programs, port: [str(programs / "python"), str(APPS / "vetiver_app.py"), str(port)],
        "/predict",
        _lines([ROW]),
    ),
    Peer(
        "MLflow",
        ("mlflow", "pandas", "scikit-learn"),
        lambda programs, port: [
            *(str(programs / "mlflow"), "models", "serve", "-m", "mlflow-model", "--env-manager", "local"),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        ],
        "/invocations",
        _lines(_SPLIT),
    ),
)
