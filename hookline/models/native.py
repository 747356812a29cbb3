"""Answer with the user's own code: the frame, `process_X`, the estimator."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from hookline.contract import Contract
from hookline.contract.frame import frame_from_columns
from hookline.models.answers import finite, label_positions, probability_table, value_list
from hookline.models.graph import Graph
from hookline.types import Columns, Prediction, PreprocessorHook, Task

__all__ = ["NativePredictor", "answer", "predicts_most_probable"]

_MOST_PROBABLE = frozenset({
    "BaggingClassifier",
    "BernoulliNB",
    "CalibratedClassifierCV",
    "DecisionTreeClassifier",
    "ExtraTreeClassifier",
    "ExtraTreesClassifier",
    "GaussianNB",
    "HistGradientBoostingClassifier",
    "LogisticRegression",
    "LogisticRegressionCV",
    "MLPClassifier",
    "MultinomialNB",
    "RandomForestClassifier",
    "VotingClassifier",
})  # fmt: skip
"""scikit-learn's classifiers whose `predict` is the most probable class; asking both computes all twice."""


class NativePredictor:
    """Answer columns by the user's preprocessor and estimator.

    With `graph`, the estimator's step alone runs in onnxruntime, behind the same `process_X`.
    """

    kind: Literal["native"] = "native"

    def __init__(
        self,
        contract: Contract,
        preprocessor: PreprocessorHook,
        estimator: Any,
        graph: bytes | None = None,
        *,
        threads: int = 1,
        bulk: bool = False,
    ) -> None:
        self.contract = contract
        self.preprocessor = preprocessor
        self.estimator = estimator
        self._graph = None if graph is None else Graph(graph, threads=threads, bulk=bulk)

    def predict(self, columns: Columns) -> Prediction:
        """Answer every row of `columns`."""
        processed = self.preprocessor.process_X(frame_from_columns(self.contract, columns))
        if self._graph is None:
            return answer(self.estimator, processed, self.contract.task)
        matrix = processed.toarray() if hasattr(processed, "toarray") else processed
        return finite(self._graph.run(np.asarray(matrix, dtype=np.float64)), self.contract.task)

    def close(self) -> None:
        """Do nothing: Python frees the model with its last reference."""


def answer(estimator: Any, processed: Any, task: Task) -> Prediction:
    """Ask the estimator for everything it has to say about `processed`."""
    if task == "regression":
        predicted = np.asarray(estimator.predict(processed))
        return finite(Prediction(values=value_list(predicted, len(predicted))), task)
    classes = getattr(estimator, "classes_", None)
    if not hasattr(estimator, "predict_proba"):
        return Prediction(labels=label_positions(estimator.predict(processed), classes))
    table = np.asarray(estimator.predict_proba(processed))
    table = probability_table(table, len(table), None if classes is None else len(classes))
    if predicts_most_probable(estimator):
        labels = table.argmax(axis=1)
    else:
        labels = label_positions(estimator.predict(processed), classes)
    return finite(Prediction(labels=labels, probabilities=table), task)


def predicts_most_probable(estimator: Any) -> bool:
    """Tell whether `predict` is, by definition, the most probable class of `predict_proba`."""
    kind = type(estimator)
    if not kind.__module__.startswith("sklearn."):
        return False
    if kind.__name__ == "Pipeline":
        return predicts_most_probable(estimator.steps[-1][1])
    return kind.__name__ in _MOST_PROBABLE
