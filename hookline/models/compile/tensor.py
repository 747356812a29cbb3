"""A value in a graph that is being written. Python's operators write nodes: converters read like formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

if TYPE_CHECKING:
    from hookline.models.compile.writer import Writer

__all__ = ["Operand", "Tensor", "concat", "where"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """Name a value in the graph."""

    writer: Writer
    name: str

    def __add__(self, other: Operand) -> Tensor:
        return self.op("Add", other)

    def __sub__(self, other: Operand) -> Tensor:
        return self.op("Sub", other)

    def __rsub__(self, other: Operand) -> Tensor:
        return self.writer.op("Sub", other, self)

    def __mul__(self, other: Operand) -> Tensor:
        return self.op("Mul", other)

    def __truediv__(self, other: Operand) -> Tensor:
        return self.op("Div", other)

    def __pow__(self, other: Operand) -> Tensor:
        return self.op("Pow", other)

    def __matmul__(self, other: Operand) -> Tensor:
        return self.op("MatMul", other)

    def __neg__(self) -> Tensor:
        return self.op("Neg")

    def __and__(self, other: Operand) -> Tensor:
        return self.op("And", other)

    def __or__(self, other: Operand) -> Tensor:
        return self.op("Or", other)

    def op(self, name: str, *others: Operand, **attributes: Any) -> Tensor:
        """Apply an operator of which this is the first input."""
        return self.writer.op(name, self, *others, **attributes)

    def above(self, other: Operand) -> Tensor:
        """Tell which are larger."""
        return self.op("Greater", other)

    def at_least(self, other: Operand) -> Tensor:
        """Tell which are larger or equal."""
        return self.op("GreaterOrEqual", other)

    def below(self, other: Operand) -> Tensor:
        """Tell which are smaller."""
        return self.op("Less", other)

    def equals(self, other: Operand) -> Tensor:
        """Compare; `==` stays what Python makes of it."""
        return self.op("Equal", other)

    def is_nan(self) -> Tensor:
        """Tell which are NaN."""
        return self.op("IsNaN")

    def double(self) -> Tensor:
        """Cast to double."""
        return self.op("Cast", to=TensorProto.DOUBLE)

    def whole(self) -> Tensor:
        """Cast to int64."""
        return self.op("Cast", to=TensorProto.INT64)

    def float32(self) -> Tensor:
        """Round to the nearest float32, and stay double."""
        return self.op("Cast", to=TensorProto.FLOAT).double()

    def sigmoid(self) -> Tensor:
        """Write 1 / (1 + exp(-x)); the operator of that name gives 0 for what is only small."""
        return ((-self).op("Exp") + 1.0).op("Reciprocal")

    def softmax(self) -> Tensor:
        """Make each row sum to one."""
        return self.op("Softmax", axis=-1)

    def argmax(self) -> Tensor:
        """Find each row's largest, the first of equals; one number per row."""
        return self.op("ArgMax", axis=1, keepdims=0)

    def total(self, width: int) -> Tensor:
        """Sum each row of `width` numbers to one column.

        By a product: unlike ReduceSum it adds in the same order however many rows there are, so a row's
        answer never depends on its neighbours.
        """
        return self @ np.ones((width, 1))

    def take(self, places: Sequence[int] | NDArray[Any]) -> Tensor:
        """Pick columns."""
        return self.op("Gather", np.asarray(places, dtype=np.int64), axis=1)

    def reshape(self, *shape: int) -> Tensor:
        """Give another shape; -1 once for the rows."""
        return self.op("Reshape", np.array(shape, dtype=np.int64))


Operand: TypeAlias = Tensor | float | NDArray[Any]


def where(condition: Tensor, yes: Operand, no: Operand) -> Tensor:
    """Choose element by element."""
    return condition.op("Where", yes, no)


def concat(parts: Sequence[Tensor]) -> Tensor:
    """Put columns beside one another."""
    first, *others = parts
    return first.op("Concat", *others, axis=1) if others else first
