"""The long tail: what hookline has no converter for is left to skl2onnx, and its graph written into ours."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from onnx import ModelProto

from hookline.models.compile.outputs import Outputs
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor

__all__ = ["ask", "transform"]

_DOMAINS = {"", "ai.onnx.ml"}


def transform(model: Any, sheet: Sheet) -> Sheet:
    """Write what `model.transform` does."""
    width = len(model.get_feature_names_out()) if hasattr(model, "get_feature_names_out") else None
    (out,) = _inlined(model, sheet, {}).values()
    if width is None:
        raise CannotCompileError(f"{type(model).__name__} does not say how many columns it makes")
    return Sheet.of(out.double(), width)


def ask(model: Any, sheet: Sheet) -> Outputs:
    """Write what the model's predict methods answer."""
    classes = getattr(model, "classes_", None)
    if classes is None:
        (values,) = _inlined(model, sheet, {}).values()
        return Outputs(values=values.double().reshape(-1, 1))
    label, second = _inlined(model, sheet, {"zipmap": False}).values()
    probabilities = second.double() if hasattr(model, "predict_proba") else None
    return Outputs(probabilities=probabilities, labels=_positions(label, np.asarray(classes)))


def _positions(label: Tensor, classes: Any) -> Tensor:
    if classes.dtype.kind in "OU":
        keys = [str(one) for one in classes]
        return label.reshape(-1).op(
            "LabelEncoder", domain="ai.onnx.ml", keys_strings=keys, values_int64s=np.arange(len(keys))
        )
    return label.reshape(-1, 1).equals(classes.astype(np.int64)).whole().argmax()


def _inlined(model: Any, sheet: Sheet, options: dict[str, Any]) -> dict[str, Tensor]:
    x = sheet.numbers(model)
    return x.writer.inline(_converted(model, len(sheet), options), {"X": x})


def _converted(model: Any, width: int, options: dict[str, Any]) -> ModelProto:
    from skl2onnx import convert_sklearn  # noqa: PLC0415 - a second's import, needed by few models
    from skl2onnx.common.data_types import DoubleTensorType  # noqa: PLC0415 - the same

    name = type(model).__name__
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            converted: ModelProto = convert_sklearn(
                model,
                initial_types=[("X", DoubleTensorType([None, width]))],
                options={id(model): options} if options else None,
                target_opset={"": 21, "ai.onnx.ml": 3},
            )
    except Exception as error:  # skl2onnx raises whatever its converters stumble over
        raise CannotCompileError(f"{name} has no converter") from error
    used = {node.domain for node in converted.graph.node}
    if not used <= _DOMAINS:
        raise CannotCompileError(f"{name} needs operators of {', '.join(sorted(used - _DOMAINS))}")
    return converted
