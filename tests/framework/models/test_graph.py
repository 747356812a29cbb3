from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

from hookline.errors import ModelError
from hookline.models.graph import METADATA_KEY, Graph


def identity(notes: str | None) -> bytes:
    matrix = helper.make_tensor_value_info("matrix", TensorProto.DOUBLE, [None, 1])
    values = helper.make_tensor_value_info("values", TensorProto.DOUBLE, [None, 1])
    node = helper.make_node("Identity", ["matrix"], ["values"])
    graph = helper.make_graph([node], "test", [matrix], [values])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    if notes is not None:
        helper.set_model_props(model, {METADATA_KEY: notes})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("notes", [None, '{"format": 2}'], ids=["none", "newer"])
def test_a_graph_of_another_format_is_refused(notes: str | None) -> None:
    with pytest.raises(
        ModelError, match=r"the graph has format (None|2), this hookline reads 1; train again"
    ):
        Graph(identity(notes))


def test_bytes_that_are_no_graph_are_refused() -> None:
    with pytest.raises(ModelError, match="onnxruntime cannot load the graph"):
        Graph(b"not a graph")
