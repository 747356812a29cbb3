from __future__ import annotations

import time

import numpy as np
import pytest
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

from hookline.errors import UnsafeModelError
from hookline.models.graph_check import check_graph
from tests.framework.models.parts import Parts


def model(*attributes: AttributeProto) -> ModelProto:
    body = helper.make_graph([helper.make_node("If", ["a"], ["b"])], "g", [], [])
    body.node[0].attribute.extend(attributes)
    return helper.make_model(body)


def external() -> TensorProto:
    return TensorProto(name="w", dims=[1], data_type=1, data_location=TensorProto.EXTERNAL)


def test_a_graph_that_hookline_compiled_passes(parts: Parts) -> None:
    check_graph(parts.graph, "graph.onnx")


@pytest.mark.parametrize(
    "attribute",
    [
        helper.make_attribute("t", external()),
        helper.make_attribute("ts", [external()]),
        helper.make_attribute("g", helper.make_graph([], "inner", [], [], [external()])),
        helper.make_attribute("gs", [helper.make_graph([], "inner", [], [], [external()])]),
        helper.make_attribute(
            "s", helper.make_sparse_tensor(external(), numpy_helper.from_array(np.array([0])), [1])
        ),
    ],
    ids=["tensor", "tensors", "graph", "graphs", "sparse"],
)
def test_data_in_another_file_is_found_wherever_it_is_named(attribute: AttributeProto) -> None:
    with pytest.raises(UnsafeModelError, match="data in another file"):
        check_graph(model(attribute).SerializeToString(), "graph.onnx")


def test_operators_of_another_domain_are_found_in_inner_graphs() -> None:
    inner = helper.make_graph([helper.make_node("Evil", [], [], domain="evil")], "inner", [], [])
    with pytest.raises(UnsafeModelError, match="domain 'evil'"):
        check_graph(model(helper.make_attribute("g", inner)).SerializeToString(), "graph.onnx")


def test_graphs_within_graphs_end_somewhere() -> None:
    data = b""
    for field in (6, 5, 1) * 30:  # a graph in an attribute, that in a node, that in a graph
        data = bytes([field << 3 | 2]) + length(data) + data
    with pytest.raises(UnsafeModelError, match="nested too deep"):
        check_graph(b"\x3a" + length(data) + data, "graph.onnx")


def length(data: bytes) -> bytes:
    return bytes([len(data) & 0x7F | 0x80, len(data) >> 7])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x3a", "cut off"),
        (b"\x3a\x05\x00", "ends behind"),
        (b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "too long"),
        (b"\x3b", "wire type 3"),
        (b"\x38\x01", "graph is not a message"),
        (b"\xba\x80\x80\x80\x10\x00", "number is too large"),
        (b"\x0d\x00\x00\x00\x00", "not an ONNX graph"),
        (b"\x09\x00\x00\x00\x00\x00\x00\x00\x00", "not an ONNX graph"),
    ],
    ids=["cut", "behind", "long", "group", "not a message", "upper bits", "fixed 32", "fixed 64"],
)
def test_what_is_not_protobuf_of_a_graph_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(UnsafeModelError, match=words):
        check_graph(data, "graph.onnx")


def test_a_large_forest_is_looked_through_quickly() -> None:
    nodes = 300_000
    forest = helper.make_node(
        "TreeEnsembleClassifier",
        ["matrix"],
        ["labels"],
        domain="ai.onnx.ml",
        nodes_values=[0.5] * nodes,
        nodes_featureids=[300] * nodes,
        nodes_modes=["BRANCH_LEQ", "LEAF"] * (nodes // 2),
    )
    data = helper.make_model(helper.make_graph([forest], "g", [], [])).SerializeToString()
    started = time.process_time()
    check_graph(data, "graph.onnx")
    assert time.process_time() - started < 1
