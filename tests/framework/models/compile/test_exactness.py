from __future__ import annotations

from typing import Any

import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from hookline.models.compile.exactness import jumps_exactly
from hookline.models.compiled import CompiledPredictor
from tests.framework.models.compile.alike import assert_alike, assert_compiled, compiled
from tests.framework.models.compile.frames import world


@pytest.mark.parametrize(
    ("transformer", "estimator", "exact"),
    [
        (StandardScaler(), RandomForestClassifier(5, random_state=0), True),
        (StandardScaler(), HistGradientBoostingClassifier(max_iter=3, random_state=0), True),
        (PCA(2), RandomForestClassifier(5, random_state=0), False),
        (StandardScaler(), LinearSVC(), False),
    ],
    ids=["scaled forest", "scaled boosting", "forest behind a product", "sign of a product"],
)
def test_jumps_are_exact_unless_something_rounded_reaches_them(
    transformer: Any, estimator: Any, exact: bool
) -> None:
    data, fresh = (world("numeric", "classification", rows=150, seed=seed) for seed in (0, 1))
    native = data.fitted(estimator, transformer)
    graph = assert_compiled(compiled(native, data.columns))
    assert jumps_exactly(graph) is exact
    assert_alike(native, CompiledPredictor(data.contract, graph), fresh.columns)
