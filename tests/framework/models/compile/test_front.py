from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from hookline.hooks.base import Preprocessor
from hookline.models.compile.front import Front, find_front
from hookline.models.compile.refusal import CannotCompileError
from tests.framework.models.compile.frames import world

FRAME = world("mixed", "classification", rows=60).frame
NUMBERS = ["age", "income", "score"]


class Plain:
    """A preprocessor of an older template: no base class, its scaler under a name of its own."""

    def __init__(self) -> None:
        self.scaler = StandardScaler().fit(FRAME[NUMBERS])
        self.unfitted = PCA()
        self.factor = 2


class Own(Plain):
    def __init__(self, process: Any) -> None:
        super().__init__()
        self.process = process

    def process_X(self, X: Any) -> Any:
        return self.process(self, X)


PICKS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "X": (lambda _, X: X, (0, 1, 2, 3, 4, 5, 6)),
    "values": (lambda _, X: X.to_numpy(), (0, 1, 2, 3, 4, 5, 6)),
    "copy": (lambda _, X: X.copy(), (0, 1, 2, 3, 4, 5, 6)),
    "columns": (lambda _, X: X[["score", "age"]], (2, 0)),
    "dropped": (lambda _, X: X.drop(columns=["plan", "zone"]), (0, 1, 2, 3, 4)),
}


@pytest.mark.parametrize("name", PICKS)
def test_columns_handed_on_unchanged_are_seen(name: str) -> None:
    process, places = PICKS[name]
    assert find_front(Own(process), FRAME) == Front(places)


def test_a_transformer_named_so_is_found() -> None:
    preprocessor = Preprocessor()
    preprocessor.transformer = ColumnTransformer(  # type: ignore[attr-defined]  # users add it in their subclass
        [("texts", OneHotEncoder(), ["plan", "zone"])]
    )
    preprocessor.fit_X(FRAME)
    found = find_front(preprocessor, FRAME)
    assert found.transformer is preprocessor.transformer  # type: ignore[attr-defined]  # as above


def test_a_transformer_of_another_name_is_found_with_its_columns() -> None:
    preprocessor = Own(lambda self, X: self.scaler.transform(X[NUMBERS]))
    assert find_front(preprocessor, FRAME) == Front((0, 1, 2), preprocessor.scaler)


WORK = {
    "more than the transformer": lambda self, X: self.scaler.transform(X[NUMBERS]) * self.factor,
    "arithmetic": lambda _, X: X[NUMBERS] * 2,
    "a new column": lambda _, X: X.assign(twice=X["age"] * 2),
    "another name": lambda _, X: X[["age"]].rename(columns={"age": "years"}),
    "float32": lambda _, X: X[NUMBERS].to_numpy(np.float32),
    "one column as a list": lambda _, X: X["age"],
    "other rows": lambda _, X: pd.concat([X, X]),
}


@pytest.mark.parametrize("name", WORK)
def test_work_of_its_own_is_never_overlooked(name: str) -> None:
    with pytest.raises(CannotCompileError, match="name that in the attribute `transformer`"):
        find_front(Own(WORK[name]), FRAME)
