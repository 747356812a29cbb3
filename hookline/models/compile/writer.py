"""Write an ONNX graph: constants, operators, and at the end only what the outputs need."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compile.tensor import Operand, Tensor
from hookline.models.graph import FORMAT, METADATA_KEY, Scope

__all__ = ["OPSET", "OPSET_ML", "Writer"]

OPSET, OPSET_ML, IR_VERSION = 21, 5, 10
"""Old enough for onnxruntime 1.22, the oldest that hookline takes; the trees in double need ai.onnx.ml 5."""

_LARGEST = 1 << 30
_DOUBLE = TensorProto.DOUBLE


class Writer:
    """Collect the nodes of one graph. Equal nodes and equal constants are written once."""

    def __init__(self) -> None:
        self._nodes: dict[Any, NodeProto] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], TensorProto] = {}
        self._words: dict[str, int] = {}
        self.matrix = Tensor(self, "matrix")

    def constant(self, value: Any) -> Tensor:
        """Hold a number as double, or an array of doubles, whole numbers or truths."""
        array = np.ascontiguousarray(value, dtype=None if isinstance(value, np.ndarray) else np.float64)
        array = array.reshape(np.shape(value))
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(array, f"c{len(self._constants)}")
        return Tensor(self, self._constants[key].name)

    def op(self, name: str, *inputs: Operand, domain: str = "", **attributes: Any) -> Tensor:
        """Apply an operator with one output."""
        names = [(one if isinstance(one, Tensor) else self.constant(one)).name for one in inputs]
        node = helper.make_node(name, names, ["_"], domain=domain)
        node.attribute.extend(_attribute(key, value) for key, value in attributes.items())
        # A forest may have hundreds of MiB; it is not kept twice for the sake of finding its equal.
        key = len(self._nodes) if domain else node.SerializeToString(deterministic=True)
        if key not in self._nodes:
            node.output[0] = f"t{len(self._nodes)}"
            self._nodes[key] = node
        return Tensor(self, self._nodes[key].output[0])

    def word(self, text: str) -> float:
        """Return the number by which the graph knows a text."""
        return float(self._words.setdefault(text, len(self._words)))

    def inline(self, model: ModelProto, feeds: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Write another graph into this one, and return its outputs by name."""
        prefix = f"g{len(self._nodes)}_"
        names = {name: tensor.name for name, tensor in feeds.items()}
        for constant in model.graph.initializer:
            names[constant.name] = prefix + constant.name
            copy = TensorProto()
            copy.CopyFrom(constant)
            copy.name = names[constant.name]
            self._constants[("inlined", (), copy.name.encode())] = copy
        for node in model.graph.node:
            copied = NodeProto()
            copied.CopyFrom(node)
            names.update({name: prefix + name for name in node.output})
            copied.input[:] = [names.get(name, name) for name in node.input]
            copied.output[:] = [names[name] for name in node.output]
            self._nodes[copied.SerializeToString(deterministic=True)] = copied
        return {output.name: Tensor(self, names[output.name]) for output in model.graph.output}

    def finish(
        self, outputs: Mapping[str, Tensor], width: int, scope: Scope, features: Sequence[str]
    ) -> bytes:
        """Write the model: the outputs, what they need, and the notes that `hookline.models.graph` reads."""
        named = [helper.make_node("Identity", [tensor.name], [name]) for name, tensor in outputs.items()]
        nodes = _needed([*self._nodes.values(), *named], list(outputs))
        used = {name for node in nodes for name in node.input}
        graph = helper.make_graph(
            nodes,
            "hookline",
            [helper.make_tensor_value_info("matrix", _DOUBLE, ["rows", width])],
            [_output(name) for name in outputs],
            [constant for constant in self._constants.values() if constant.name in used],
        )
        versions = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", OPSET_ML)]
        model = helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION)
        notes = {"format": FORMAT, "scope": scope, "features": list(features), "words": list(self._words)}
        helper.set_model_props(model, {METADATA_KEY: json.dumps(notes, ensure_ascii=False)})
        if model.ByteSize() > _LARGEST:
            raise CannotCompileError(f"the graph would have {model.ByteSize() >> 20} MiB")
        return bytes(model.SerializeToString())


def _attribute(name: str, value: Any) -> AttributeProto:
    """Make an attribute; an array of whole numbers becomes a list, any other a tensor."""
    if not isinstance(value, np.ndarray):
        return helper.make_attribute(name, value)
    if value.dtype != np.int64:
        return helper.make_attribute(name, numpy_helper.from_array(value))
    return AttributeProto(name=name, type=AttributeProto.INTS, ints=value.tolist())


def _output(name: str) -> Any:
    kind, shape = (TensorProto.INT64, ["rows"]) if name == "labels" else (_DOUBLE, ["rows", None])
    return helper.make_tensor_value_info(name, kind, shape)


def _needed(nodes: Sequence[NodeProto], outputs: Sequence[str]) -> list[NodeProto]:
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]
