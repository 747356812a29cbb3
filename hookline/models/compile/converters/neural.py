"""Multi-layer perceptrons in double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.neural_network import MLPClassifier, MLPRegressor

from hookline.models.compile.outputs import Outputs, binary
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor
from hookline.models.compile.translate import ask

__all__: list[str] = []

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda x: x,
    "logistic": lambda x: x.sigmoid(),
    "relu": lambda x: x.op("Relu"),
    "softmax": lambda x: x.softmax(),
    "tanh": lambda x: x.op("Tanh"),
}


@ask.register(MLPRegressor)
def _(model: Any, sheet: Sheet) -> Outputs:
    if model.n_outputs_ != 1:
        raise CannotCompileError(f"MLPRegressor answers {model.n_outputs_} targets at once")
    return Outputs(values=_forward(model, sheet))


@ask.register(MLPClassifier)
def _(model: Any, sheet: Sheet) -> Outputs:
    out = _forward(model, sheet)
    return Outputs(probabilities=binary(out) if len(model.classes_) == 2 else out)


def _forward(model: Any, sheet: Sheet) -> Tensor:
    x, last = sheet.numbers(model), len(model.coefs_) - 1
    for layer, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        name = model.out_activation_ if layer == last else model.activation
        x = _ACTIVATIONS[name](x @ weights.astype(float) + bias.astype(float))
    return x
