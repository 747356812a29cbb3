from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from hookline.contract import Feature
from hookline.contract.columns import columns_from_rows
from hookline.models.compiled import CompiledPredictor
from hookline.models.native import NativePredictor
from hookline.types import Predictor
from tests.framework.models.compile.alike import assert_equal, graph_of
from tests.framework.models.compile.frames import Kind, contract_of, world

MAKERS: dict[str, Any] = {
    "boosting": lambda: GradientBoostingRegressor(n_estimators=5, random_state=0),
    "forest": lambda: RandomForestClassifier(5, random_state=0),
    "histogram": lambda: HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "logistic": lambda: LogisticRegression(max_iter=1000),
}


@functools.cache
def predictors(name: str, kind: Kind) -> tuple[NativePredictor, CompiledPredictor]:
    data = world(kind, "regression" if name == "boosting" else "classification", rows=150)
    native = data.fitted(MAKERS[name]())
    return native, graph_of(native, data.columns)


def values(feature: Feature) -> st.SearchStrategy[Any]:
    """Anything that the contract allows, up to where scikit-learn's trees refuse a number as too large."""
    low, high = feature.ge, feature.le
    if feature.type == "int":
        made: st.SearchStrategy[Any] = st.integers(int(low or 0), int(high or 9))
    elif feature.type == "float":
        made = st.floats(-1e30 if low is None else float(low), 1e30 if high is None else float(high))
    elif feature.type == "bool":
        made = st.booleans()
    else:
        known = st.sampled_from(feature.choices or ("",))
        made = known | st.text(max_size=5) if feature.unknown == "accept" else known
    return made | st.none() if feature.nullable else made


def rows(kind: Kind) -> st.SearchStrategy[list[dict[str, Any]]]:
    contract = contract_of(kind, "classification")
    return st.lists(st.fixed_dictionaries({f.name: values(f) for f in contract}), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", ["mixed", pytest.param("nullable", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_valid_rows_are_answered_alike(name: str, kind: Kind, data: Any) -> None:
    native, compiled = predictors(name, kind)
    columns = columns_from_rows(native.contract, data.draw(rows(kind)))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # unknown categories, overflowing products: meant
        expected = native.predict(columns)
        got = compiled.predict(columns)
        assert_equal(expected, got)
        # The exponential function may round its last bit differently for a row alone; sums of leaves do not.
        assert_alone_as_together(compiled, columns, last_bit=0.0 if name in ("boosting", "forest") else 4e-16)


def assert_alone_as_together(predictor: Predictor, columns: Any, last_bit: float) -> None:
    together = predictor.predict(columns)
    for row in range(len(together)):
        alone = predictor.predict({name: column[row : row + 1] for name, column in columns.items()})
        for field in ("labels", "probabilities", "values"):
            whole, part = getattr(together, field), getattr(alone, field)
            if whole is not None:
                np.testing.assert_allclose(part, whole[row : row + 1], rtol=last_bit, atol=0)
