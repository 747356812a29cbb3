"""get_classes."""

from __future__ import annotations

from typing import NoReturn

from hookline.check.bench import Bench
from hookline.check.steps.model import predict
from hookline.hooks import answers
from hookline.words import listed


def names(bench: Bench) -> str:
    """Ask for the names, and count them against the model's answers."""
    found = answers.class_names(bench.get_classes, bench.model)
    prediction = predict(bench, bench.processed)
    if prediction.probabilities is not None and prediction.probabilities.shape[1] != len(found):
        _refuse(found, f"{prediction.probabilities.shape[1]} names, one for each column of predict_proba")
    if prediction.labels is not None and prediction.labels.max() >= len(found):
        _refuse(
            found, f"{prediction.labels.max() + 1} names or more: predict gives {prediction.labels.max()}"
        )
    return listed(found)


def _refuse(found: tuple[str, ...], expected: str) -> NoReturn:
    answers.refuse(
        "get_classes",
        f"{len(found)}: {listed(found)}",
        "name every class the model knows, in the order of predict_proba",
        expected=expected,
    )
