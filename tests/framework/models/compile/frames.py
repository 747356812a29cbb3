"""Small data of three kinds, each with its contract and the preprocessor that people would write for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from hookline.contract import Contract, contract_from_plain
from hookline.contract.frame import columns_from_frame, frame_from_columns
from hookline.hooks.base import Preprocessor
from hookline.models.native import NativePredictor
from hookline.types import Columns, Task

Kind = Literal["numeric", "mixed", "nullable"]
KINDS: tuple[Kind, ...] = ("numeric", "mixed", "nullable")
PLANS, ZONES = ("basic", "plus", "pro"), ("north", "south", "east", "west")
_NUMBERS = ({"name": "age", "ge": 0, "le": 120}, {"name": "income"}, {"name": "score", "ge": -10, "le": 10})


@dataclass(frozen=True)
class World:
    """Data that keeps a contract, and its target."""

    contract: Contract
    columns: Columns
    target: Any

    @property
    def frame(self) -> pd.DataFrame:
        return frame_from_columns(self.contract, self.columns)

    def fitted(self, estimator: Any, transformer: Any = "usual") -> NativePredictor:
        """Fit what a user would fit, the way hookline does."""
        preprocessor = Preprocessor()
        if transformer is not None:
            named = usual_transformer(self.contract) if transformer == "usual" else transformer
            preprocessor.transformer = named  # type: ignore[attr-defined]  # users add it in their subclass
        preprocessor.fit_X(self.frame)
        estimator.fit(preprocessor.process_X(self.frame), self.target)
        return NativePredictor(self.contract, preprocessor, estimator)


def contract_of(kind: Kind, task: Task) -> Contract:
    nullable = kind == "nullable"
    features: list[dict[str, Any]] = [{**number, "nullable": nullable} for number in _NUMBERS]
    if kind != "numeric":
        features += [
            {"name": "rooms", "type": "int", "ge": 1, "le": 9, "nullable": nullable},
            {"name": "garden", "type": "bool", "nullable": nullable},
            {"name": "plan", "type": "category", "choices": list(PLANS), "nullable": nullable},
            {
                "name": "zone",
                "type": "category",
                "choices": list(ZONES),
                "unknown": "accept",
                "nullable": nullable,
            },
        ]
    plain = {"task": task, "target_label": "target", "input_features": features}
    return contract_from_plain(plain, name="features.yaml")


def world(kind: Kind, task: Task, *, rows: int = 300, classes: int = 3, seed: int = 0) -> World:
    rng = np.random.default_rng(seed)
    contract = contract_of(kind, task)
    frame = pd.DataFrame(
        {
            "age": rng.uniform(18, 90, rows).round(1),
            "income": rng.lognormal(10, 0.5, rows),
            "score": rng.normal(0, 2, rows).clip(-10, 10),
            "rooms": rng.integers(1, 10, rows),
            "garden": rng.random(rows) < 0.4,
            "plan": rng.choice(PLANS, rows),
            "zone": rng.choice(ZONES, rows),
        }
    )
    signal = (
        (frame["age"] - 50) / 15 + frame["score"] + (frame["plan"] == "pro") * 2.0 * (kind != "numeric")
        + rng.normal(0, 0.5, rows)
    )  # fmt: skip
    target: Any = (signal * 100 + 1000).to_numpy()
    if task == "classification":
        target = pd.qcut(signal, classes, labels=False).to_numpy()
    frame = frame[list(contract.names)]
    if kind == "nullable":
        frame = frame.astype({"rooms": float, "garden": float})
        frame = frame.mask(rng.random(frame.shape) < 0.1)
    return World(contract, columns_from_frame(contract, frame), target)


def usual_transformer(contract: Contract) -> ColumnTransformer:
    numbers = [f.name for f in contract if not f.is_text]
    texts = [f.name for f in contract if f.is_text]
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts),
        ]
    )


Maker = Callable[[], Any]
