"""Whether a graph's jumps must lie where the model's lie, to the last bit."""

from __future__ import annotations

import onnx

__all__ = ["jumps_exactly"]

_EXACT = {
    "Abs", "Add", "And", "Cast", "Concat", "Div", "Gather", "Identity", "IsInf", "IsNaN", "Mul", "Neg", "Not",
    "Or", "ReduceMax", "ReduceMin", "Relu", "Reshape", "Sign", "Sqrt", "Sub", "Where",
}  # fmt: skip
"""They calculate as IEEE 754 says, or only choose; any other may differ from NumPy in its last bit."""
_JUMPING = {"ArgMax", "Equal", "Greater", "GreaterOrEqual", "Less", "TreeEnsemble"}


def jumps_exactly(graph: bytes) -> bool:
    """Tell whether nothing rounded reaches an operator that jumps.

    Behind a product, say, a tree meets numbers whose last bit depends on the order of additions; scikit-learn
    itself may then put a row on one side alone and on the other among many.
    """
    rounded: set[str] = set()
    for node in onnx.load_from_string(graph).graph.node:
        reached = not rounded.isdisjoint(node.input)
        if reached and node.op_type in _JUMPING:
            return False
        if reached or node.op_type not in _EXACT | _JUMPING:
            rounded.update(node.output)
    return True
