from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB

from hookline.contract import contract_from_plain
from hookline.contract.columns import take
from hookline.errors import ModelError
from hookline.hooks.base import Preprocessor
from hookline.models.compile import Verdict, compile_model, not_compiled
from hookline.models.compiled import CompiledPredictor
from hookline.models.graph import Graph
from hookline.models.native import NativePredictor
from hookline.types import Columns
from tests.framework.models.compile.alike import assert_alike, assert_compiled, compiled
from tests.framework.models.compile.frames import contract_of, world

NUMERIC = world("numeric", "classification", rows=120)


def native_of(estimator: Any, preprocessor: Any = None) -> NativePredictor:
    preprocessor = preprocessor or Preprocessor()
    estimator.fit(preprocessor.process_X(NUMERIC.frame), NUMERIC.target)
    return NativePredictor(NUMERIC.contract, preprocessor, estimator)


class Ratios(Preprocessor):
    def process_X(self, X: Any) -> Any:
        return np.column_stack([X["age"] / 100, X["income"] / (1 + X["income"].abs()), X["score"]])


def test_the_verdict_says_what_was_proved_and_what_it_brings() -> None:
    verdict = compiled(native_of(RandomForestClassifier(5, random_state=0)), NUMERIC.columns)
    assert_compiled(verdict)
    assert verdict.reason.startswith("proved equal on ")
    assert "µs instead of" in verdict.reason
    assert verdict.checks.keys() == {
        "golden_rows", "edge_rows", "split_rows", "training_rows", "far_rows",
        "largest_difference", "native_us", "compiled_us", "seconds",
    }  # fmt: skip
    assert verdict.checks["largest_difference"] == 0.0
    assert verdict.checks["compiled_us"] < verdict.checks["native_us"]


def test_text_classes_compile() -> None:
    target = np.array(["low", "mid", "high"])[NUMERIC.target]
    estimator = GaussianNB().fit(NUMERIC.frame, target)
    native = NativePredictor(NUMERIC.contract, Preprocessor(), estimator)
    graph = assert_compiled(compiled(native, NUMERIC.columns))
    assert_alike(native, CompiledPredictor(NUMERIC.contract, graph), NUMERIC.columns)


def test_behind_a_process_x_of_its_own_the_estimator_alone_compiles() -> None:
    native = native_of(RandomForestClassifier(20, random_state=0), Ratios())
    verdict = compiled(native, NUMERIC.columns)
    assert verdict.adopted
    assert verdict.scope == "estimator"
    assert "process_X still runs in front, because process_X does more than one" in verdict.reason
    half = NativePredictor(native.contract, native.preprocessor, native.estimator, verdict.graph)
    assert_alike(native, half, world("numeric", "classification", seed=1).columns)


def test_native_answers_that_are_there_already_are_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = world("numeric", "classification", rows=3000)
    native = many.fitted(LogisticRegression(max_iter=1000))
    answers, sizes = native.predict(many.columns), []
    predict = NativePredictor.predict

    def counted(self: NativePredictor, columns: Columns) -> Any:
        sizes.append(len(columns["age"]))
        return predict(self, columns)

    monkeypatch.setattr(NativePredictor, "predict", counted)
    monkeypatch.setattr("hookline.models.compile.prove.CHUNK", 200)
    golden = take(many.columns, slice(0, 10))
    verdict = compile_model(many.contract, native, many.columns, golden, native_answers=answers)
    assert_compiled(verdict)
    assert max(sizes) < 3000


def test_wrong_native_answers_are_noticed() -> None:
    native = native_of(GaussianNB())
    reversed_answers = native.predict({k: v[::-1] for k, v in NUMERIC.columns.items()})
    golden = take(NUMERIC.columns, slice(0, 10))
    verdict = compile_model(
        NUMERIC.contract, native, NUMERIC.columns, golden, native_answers=reversed_answers
    )
    assert not verdict.adopted
    assert "of 120 training rows, first at row" in verdict.reason


class Odd(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    def fit(self, X: Any, y: Any) -> Odd:
        self.classes_ = np.unique(y)
        self.width = X.shape[1]
        return self

    def predict(self, X: Any) -> Any:
        return self.classes_[np.zeros(len(X), dtype=int)]


def test_a_class_of_the_users_own_stays_native() -> None:
    verdict = compiled(native_of(Odd()), NUMERIC.columns)
    assert verdict == Verdict(False, "Odd has no converter", checks={"seconds": verdict.checks["seconds"]})


def test_nulls_that_the_model_cannot_take_are_told() -> None:
    contract = contract_from_plain(
        {
            "target_label": "target",
            "input_features": [
                {"name": "age", "nullable": True, "log": "hash"},
                {"name": "income"},
                {"name": "score"},
            ],
        },
        name="features.yaml",
    )
    native = NativePredictor(contract, Preprocessor(), native_of(GaussianNB()).estimator)
    verdict = compiled(native, NUMERIC.columns)
    assert not verdict.adopted
    assert "the model itself fails on a row that its contract allows, {'age': '...'" in verdict.reason
    assert "ValueError: Input X contains NaN" in verdict.reason


def test_a_graph_that_is_not_faster_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookline.models.compile.prove.one_row_seconds", lambda *_: 0.0008)
    verdict = compiled(native_of(GaussianNB()), NUMERIC.columns)
    assert not verdict.adopted
    assert verdict.reason == "not faster: 800 µs for one row against 800 µs"


def test_a_graph_that_fails_where_the_model_does_not_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> Any:
        raise ModelError("the graph is broken")

    monkeypatch.setattr(CompiledPredictor, "predict", failing)
    monkeypatch.setattr(Graph, "run", failing)
    verdict = compiled(native_of(GaussianNB()), NUMERIC.columns)
    assert "the graph fails where the model does not: the graph is broken" in verdict.reason


def test_text_from_process_x_leaves_nothing_to_compile() -> None:
    class Texts(Preprocessor):
        def process_X(self, X: Any) -> Any:
            return X.astype(str)

    native = NativePredictor(NUMERIC.contract, Texts(), Odd().fit(NUMERIC.frame, NUMERIC.target))
    verdict = compiled(native, NUMERIC.columns)
    assert "and the estimator alone: " in verdict.reason


def test_a_bug_of_ours_never_stops_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("boom\nand more")

    monkeypatch.setattr("hookline.models.compile.model.find_front", broken)
    monkeypatch.setattr("hookline.models.compile.model.as_matrix", broken)
    verdict = compiled(native_of(GaussianNB()), NUMERIC.columns)
    assert verdict.reason == "compiling failed with RuntimeError: boom"


def test_whole_numbers_that_a_double_cannot_hold_stay_native() -> None:
    contract = contract_from_plain(
        {"target_label": "target", "input_features": [{"name": "number", "type": "int"}]},
        name="features.yaml",
    )
    columns = {"number": np.array([2**53 + 1, 5, 7, 9] * 10)}
    estimator = LogisticRegression().fit(columns["number"].reshape(-1, 1) % 10, [0, 1, 0, 1] * 10)
    verdict = compiled(NativePredictor(contract, Preprocessor(), estimator), columns)
    assert "number holds whole numbers beyond 2**53, which a graph's doubles would round" in verdict.reason


def test_datetimes_compile_where_nothing_looks_at_them() -> None:
    contract = contract_from_plain(
        {
            "target_label": "target",
            "input_features": [{"name": "when", "type": "datetime"}, {"name": "age", "ge": 0, "le": 120}],
        },
        name="features.yaml",
    )
    columns = {
        "when": np.arange(120).astype("datetime64[D]").astype("datetime64[us]"),
        "age": np.asarray(NUMERIC.columns["age"]),
    }

    class Ages(Preprocessor):
        def process_X(self, X: Any) -> Any:
            return X[["age"]]

    estimator = LogisticRegression(max_iter=1000).fit(NUMERIC.frame[["age"]], NUMERIC.target)
    native = NativePredictor(contract, Ages(), estimator)
    graph = assert_compiled(compiled(native, columns))
    assert_alike(native, CompiledPredictor(contract, graph), columns)


def test_a_datetime_that_a_model_looks_at_is_named() -> None:
    contract = contract_from_plain(
        {"target_label": "target", "input_features": [{"name": "when", "type": "datetime"}]},
        name="features.yaml",
    )
    columns = {"when": np.arange(60).astype("datetime64[D]").astype("datetime64[us]")}
    estimator = RandomForestRegressor(2).fit(np.arange(60).reshape(-1, 1), np.arange(60))
    regression = contract.model_copy(update={"task": "regression"})
    verdict = compiled(NativePredictor(regression, Preprocessor(), estimator), columns)
    assert verdict.scope == "estimator"
    assert "when holds time and reaches RandomForestRegressor as it is" in verdict.reason


@pytest.mark.parametrize(
    "estimator", [LinearRegression(), RandomForestRegressor(2), MultiOutputRegressor(LinearRegression())]
)
def test_several_targets_at_once_stay_native(estimator: Any) -> None:
    data = world("numeric", "regression", rows=60)
    estimator.fit(data.frame, np.column_stack([data.target, data.target]))
    verdict = compiled(
        NativePredictor(contract_of("numeric", "regression"), Preprocessor(), estimator), data.columns
    )
    assert not verdict.adopted


def test_not_compiled_is_a_verdict_too() -> None:
    assert not_compiled("training.compile is false") == Verdict(False, "training.compile is false")


def test_nothing_is_left_behind_in_the_warning_filters() -> None:
    before = list(warnings.filters)
    compiled(native_of(GaussianNB()), NUMERIC.columns)
    assert warnings.filters == before
