from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from hookline.contract.columns import columns_from_rows, take
from hookline.errors import ModelError
from hookline.models.compile import compile_model
from hookline.models.compile.timing import one_row_seconds
from hookline.models.compiled import CompiledPredictor
from hookline.types import Predictor
from tests.framework.models.compile.frames import World, contract_of, world


def graph_of(data: World, estimator: object) -> bytes:
    native = data.fitted(estimator)
    verdict = compile_model(data.contract, native, data.columns, take(data.columns, slice(0, 10)))
    assert verdict.graph is not None, verdict.reason
    return verdict.graph


DATA = world("nullable", "classification", rows=120)
GRAPH = graph_of(DATA, LogisticRegression(max_iter=1000))
ROW = {
    "age": 40.0,
    "income": 30000.0,
    "score": 0.5,
    "rooms": 3,
    "garden": True,
    "plan": "pro",
    "zone": "west",
}


def test_it_is_a_predictor() -> None:
    predictor = CompiledPredictor(DATA.contract, GRAPH)
    assert isinstance(predictor, Predictor)
    assert predictor.kind == "compiled"
    predictor.close()


@pytest.mark.parametrize(
    "text", ["", "West", "west ", "\x00", "west\x00", "\uffff", "-1", "nan", "None", "ß🙂", "0"]
)
def test_every_text_that_no_transformer_knows_is_the_same_unknown(text: str) -> None:
    predictor = CompiledPredictor(DATA.contract, GRAPH)
    one, other = (
        predictor.predict(columns_from_rows(DATA.contract, [{**ROW, "zone": zone}]))
        for zone in (text, "elsewhere")
    )
    np.testing.assert_array_equal(one.probabilities, other.probabilities)
    null = predictor.predict(columns_from_rows(DATA.contract, [{**ROW, "zone": None}]))
    assert not np.array_equal(one.probabilities, null.probabilities)  # type: ignore[arg-type]  # never None here


def test_matrices_of_several_requests_may_be_put_under_one_another() -> None:
    predictor = CompiledPredictor(DATA.contract, GRAPH)
    parts = [predictor.encode(take(DATA.columns, slice(row, row + 1))) for row in range(5)]
    stacked = predictor.predict_matrix(np.vstack(parts))
    together = predictor.predict(take(DATA.columns, slice(0, 5)))
    np.testing.assert_array_equal(stacked.probabilities, together.probabilities)


def test_threads_may_share_a_predictor() -> None:
    predictor = CompiledPredictor(DATA.contract, GRAPH)
    expected = predictor.predict(DATA.columns)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(predictor.predict, [DATA.columns] * 64))
    for answer in answers:
        np.testing.assert_array_equal(answer.probabilities, expected.probabilities)


def test_a_graph_for_other_features_is_refused() -> None:
    words = "made for the features age, income, .*, the contract names age, income, score; train again"
    with pytest.raises(ModelError, match=words):
        CompiledPredictor(contract_of("numeric", "classification"), GRAPH)


def test_a_graph_of_the_estimator_alone_is_refused() -> None:
    graph = GRAPH.replace(b'"scope": "whole"', b'"scope": "whol3"')
    with pytest.raises(ModelError, match="the graph holds the estimator only and needs the preprocessor"):
        CompiledPredictor(DATA.contract, graph)


def test_neither_pandas_nor_scikit_learn_is_needed(tmp_path: Path) -> None:
    (tmp_path / "graph.onnx").write_bytes(GRAPH)
    (tmp_path / "contract.json").write_text(DATA.contract.model_dump_json(exclude_unset=True))
    code = f"""
import json, sys
for name in ("pandas", "sklearn", "scipy", "skops", "joblib", "onnx", "skl2onnx"):
    sys.modules[name] = None
from hookline.contract import Contract
from hookline.contract.columns import columns_from_rows
from hookline.models.compiled import CompiledPredictor
contract = Contract.model_validate_json(open("contract.json").read())
predictor = CompiledPredictor(contract, open("graph.onnx", "rb").read())
print(predictor.predict(columns_from_rows(contract, [{ROW!r}])).labels[0])
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    predictor = CompiledPredictor(DATA.contract, GRAPH)
    labels = predictor.predict(columns_from_rows(DATA.contract, [ROW])).labels
    assert labels is not None
    assert ran.stdout.strip() == str(labels[0])


def test_one_row_takes_microseconds() -> None:
    # Ten on a quiet machine; a thousand would mean that something is done per row that should be done once.
    data = world("numeric", "classification", rows=150)
    predictor = CompiledPredictor(data.contract, graph_of(data, RandomForestClassifier(100, random_state=0)))
    best = min(one_row_seconds(predictor, take(data.columns, slice(0, 1))) for _ in range(3))
    assert best < 1e-3
