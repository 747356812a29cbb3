"""Answer a few rows here, by the model in the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hookline.contract.columns import columns_from_rows
from hookline.errors import DataError, ScoringError
from hookline.models.loading import LoadedModel, load_model
from hookline.models.policy import LoadPolicy
from hookline.models.store import ModelStore
from hookline.project import Project
from hookline.service.problems import Fault, Problem
from hookline.service.rows import RowReader
from hookline.types import Prediction

__all__ = ["RefusedError", "predict"]

_MOST_ROWS = 2**31


class RefusedError(ScoringError):
    """Say that rows break the contract; `faults` says which and how, in the service's words."""

    def __init__(self, detail: str, faults: Sequence[Fault]) -> None:
        super().__init__(detail)
        self.faults = tuple(faults)


def predict(
    project: Project, body: bytes, *, proba: bool = False, model: str | None = None
) -> list[dict[str, Any]]:
    """Answer the rows of a request's body; all of them, or none if one breaks the contract."""
    policy = LoadPolicy.from_settings(project.settings.models, project.root)
    loaded = load_model(ModelStore(project.model_directory), model, policy)
    if proba and loaded.manifest.task == "regression":
        raise DataError("a regression has no probabilities; leave --proba out")
    id_name = project.settings.service.ID_NAME
    try:
        rows = RowReader(loaded.contract, id_name=id_name, max_rows=_MOST_ROWS).read(body)
    except Problem as problem:
        raise RefusedError(problem.detail or problem.rule.help, problem.faults) from problem
    prediction = loaded.predictor.predict(columns_from_rows(loaded.contract, rows))
    ids = [{id_name: row[id_name]} if id_name in row else {} for row in rows]
    answers = zip(ids, _answers(loaded, prediction, proba=proba), strict=True)
    return [{"row": number, **own, **answer} for number, (own, answer) in enumerate(answers)]


def _answers(loaded: LoadedModel, prediction: Prediction, *, proba: bool) -> Iterator[dict[str, Any]]:
    classes = list(loaded.manifest.classes or ())
    if prediction.values is not None:
        yield from ({"value": value} for value in prediction.values.tolist())
    elif proba and prediction.probabilities is None:
        raise DataError("the model gives no probabilities; leave --proba out")
    elif proba and prediction.probabilities is not None:
        for shares in prediction.probabilities.tolist():
            yield {"class_names": classes, "probabilities": shares}
    elif prediction.labels is not None:
        yield from ({"class_name": classes[label]} for label in prediction.labels.tolist())
