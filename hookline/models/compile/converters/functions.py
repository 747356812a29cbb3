"""NumPy functions in FunctionTransformer and TransformedTargetRegressor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.tensor import Tensor, where
from hookline.models.compile.translate import transform

__all__ = ["apply", "expm1", "log1p"]


@transform.register(FunctionTransformer)
def _(model: Any, sheet: Sheet) -> Sheet:
    if model.func is None:
        return sheet
    if model.kw_args:
        raise CannotCompileError(f"FunctionTransformer({_name(model.func)}) with kw_args has no converter")
    return Sheet.of(apply(model.func, sheet.numbers(model)), len(sheet))


def apply(function: Any, x: Tensor) -> Tensor:
    """Write a NumPy function of one argument."""
    if function is None:
        return x
    try:
        return _FUNCTIONS[function](x)
    except (KeyError, TypeError) as error:  # TypeError: not hashable
        known = ", ".join(sorted(f"np.{_name(one)}" for one in _FUNCTIONS))
        raise CannotCompileError(
            f"the function {_name(function)} has no converter (these have: {known})"
        ) from error


def log1p(x: Tensor) -> Tensor:
    """Write log(1 + x), exact for small x too: ONNX has no such operator."""
    u = x + 1.0
    rounded = u - 1.0
    return where(rounded.equals(0.0) | u.op("IsInf"), x, u.op("Log") * x / rounded)


def expm1(x: Tensor) -> Tensor:
    """Write exp(x) - 1, exact for small x too: ONNX has no such operator."""
    u = x.op("Exp")
    near = where(u.equals(1.0), x, (u - 1.0) * x / u.op("Log"))
    return where(x.op("Abs").above(1.0), u - 1.0, near)


def _name(function: Any) -> str:
    return getattr(function, "__name__", repr(function))


_FUNCTIONS: dict[Any, Callable[[Tensor], Tensor]] = {
    np.abs: lambda x: x.op("Abs"),
    np.cos: lambda x: x.op("Cos"),
    np.exp: lambda x: x.op("Exp"),
    np.expm1: expm1,
    np.log: lambda x: x.op("Log"),
    np.log10: lambda x: x.op("Log") / np.log(10.0),
    np.log1p: log1p,
    np.log2: lambda x: x.op("Log") / np.log(2.0),
    np.negative: lambda x: -x,
    np.reciprocal: lambda x: x.op("Reciprocal"),
    np.sin: lambda x: x.op("Sin"),
    np.sqrt: lambda x: x.op("Sqrt"),
    np.square: lambda x: x * x,
    np.tanh: lambda x: x.op("Tanh"),
}
