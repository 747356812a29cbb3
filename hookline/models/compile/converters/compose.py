"""Models made of models: pipelines, column transformers, unions, searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.linear_model import RANSACRegressor
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline

from hookline.models.compile.converters.functions import apply
from hookline.models.compile.outputs import Outputs
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.translate import ask, transform

__all__: list[str] = []


@transform.register(Pipeline)
def _(model: Any, sheet: Sheet) -> Sheet:
    return _through(model.steps, sheet)


@ask.register(Pipeline)
def _(model: Any, sheet: Sheet) -> Outputs:
    return ask(model.steps[-1][1], _through(model.steps[:-1], sheet))


@transform.register(ColumnTransformer)
def _(model: Any, sheet: Sheet) -> Sheet:
    _same_names(model, sheet)
    joined = Sheet(())
    for name, part, columns in model.transformers_:
        chosen = sheet.pick(_places(model, columns, len(sheet)))
        if len(chosen):
            joined += _weighted(_step(part, chosen), model.transformer_weights, name)
    return joined


@transform.register(FeatureUnion)
def _(model: Any, sheet: Sheet) -> Sheet:
    joined = Sheet(())
    for name, part in model.transformer_list:
        joined += _weighted(_step(part, sheet), model.transformer_weights, name)
    return joined


@ask.register(GridSearchCV)
@ask.register(RandomizedSearchCV)
def _(model: Any, sheet: Sheet) -> Outputs:
    return ask(model.best_estimator_, sheet)


@ask.register(RANSACRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    return ask(model.estimator_, sheet)


@ask.register(TransformedTargetRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    if model.transformer is not None:
        raise CannotCompileError(
            "TransformedTargetRegressor compiles with inverse_func, not with a transformer"
        )
    return Outputs(values=apply(model.inverse_func, ask(model.regressor_, sheet).value()))


def _through(steps: Sequence[tuple[str, Any]], sheet: Sheet) -> Sheet:
    for _, step in steps:
        sheet = _step(step, sheet)
    return sheet


def _step(part: Any, sheet: Sheet) -> Sheet:
    if part is None or (isinstance(part, str) and part == "passthrough"):
        return sheet
    if isinstance(part, str) and part == "drop":
        return Sheet(())
    return transform(part, sheet)


def _weighted(sheet: Sheet, weights: Mapping[str, float] | None, name: str) -> Sheet:
    weight = (weights or {}).get(name)
    if weight is None or not len(sheet):
        return sheet
    return Sheet.of(sheet.numbers("transformer_weights") * float(weight), len(sheet))


def _same_names(model: Any, sheet: Sheet) -> None:
    """Refuse a transformer that was fitted on other columns than it is given: places would be wrong."""
    names = [slot.name for slot in sheet]
    if hasattr(model, "feature_names_in_") and all(names) and list(model.feature_names_in_) != names:
        raise CannotCompileError(f"{type(model).__name__} was fitted on {', '.join(model.feature_names_in_)}")


def _places(model: Any, columns: Any, width: int) -> list[int]:
    names = list(getattr(model, "feature_names_in_", []))
    if isinstance(columns, slice):
        return _slice_places(columns, names, width)
    chosen = [columns] if isinstance(columns, str | int) else list(columns)
    if chosen and isinstance(chosen[0], bool | np.bool_):
        return [int(place) for place in np.flatnonzero(chosen)]
    places = [names.index(one) if isinstance(one, str) else int(one) for one in chosen]
    return [place % width for place in places]


def _slice_places(columns: slice, names: list[str], width: int) -> list[int]:
    start, stop = columns.start, columns.stop
    if isinstance(start, str):
        start = names.index(start)
    if isinstance(stop, str):
        stop = names.index(stop) + 1  # a slice of names includes its end, as in pandas
    return list(range(width))[slice(start, stop, columns.step)]
