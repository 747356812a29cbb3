"""A proof that cannot fail is worthless: each graph here is wrong in one place, and each must be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import AttributeProto, ModelProto, NodeProto, helper, numpy_helper
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from hookline.contract.columns import take
from hookline.models.compile.exactness import jumps_exactly
from hookline.models.compile.prove import prove
from hookline.models.compile.refusal import CannotCompileError
from hookline.models.compiled import CompiledPredictor
from hookline.models.graph import METADATA_KEY
from tests.framework.models.compile.alike import assert_compiled, compiled
from tests.framework.models.compile.frames import Kind, world

Harm = Callable[[ModelProto], None]


def attribute(model: ModelProto, name: str) -> AttributeProto:
    (tree,) = (node for node in model.graph.node if node.op_type == "TreeEnsemble")
    return next(one for one in tree.attribute if one.name == name)


def change(proto: Any, new: Callable[[Any], Any]) -> None:
    array = numpy_helper.to_array(proto).copy()
    proto.CopyFrom(numpy_helper.from_array(new(array), proto.name))


def first_value(new: Callable[[float], float]) -> Callable[[Any], Any]:
    def changed(array: Any) -> Any:
        array.flat[0] = new(array.flat[0])
        return array

    return changed


def threshold(new: Callable[[float], float]) -> Harm:
    return lambda model: change(attribute(model, "nodes_splits").t, first_value(new))


def one_float32_higher(split: float) -> float:
    return float(np.nextafter(np.float32(split), np.float32(np.inf)))


def leaf(model: ModelProto) -> None:
    change(attribute(model, "leaf_weights").t, lambda weights: weights + 1e-4)


def one_leaf(model: ModelProto) -> None:
    change(attribute(model, "leaf_weights").t, first_value(lambda weight: weight * 1.01 + 0.01))


def missing_side(model: ModelProto) -> None:
    sides = attribute(model, "nodes_missing_value_tracks_true")
    sides.ints[:] = [1 - side for side in sides.ints]


def constant_of(model: ModelProto, operator: str) -> Any:
    node = next(one for one in model.graph.node if one.op_type == operator)
    return next(one for one in model.graph.initializer if one.name in node.input)


def constant(operator: str, new: Callable[[Any], Any]) -> Harm:
    return lambda model: change(constant_of(model, operator), new)


def after(output: str, make: Callable[[str, str], list[NodeProto]]) -> Harm:
    """Put nodes between what the graph computes and what it gives out."""

    def harm(model: ModelProto) -> None:
        last = next(node for node in model.graph.node if output in node.output)
        last.output[0] = "before"
        model.graph.node.extend(make("before", output))

    return harm


def swapped(before: str, output: str) -> list[NodeProto]:
    order = numpy_helper.from_array(np.array([1, 0, 2]), "order")
    return [
        helper.make_node("Constant", [], ["order"], value=order),
        helper.make_node("Gather", [before, "order"], [output], axis=1),
    ]


def single(before: str, output: str) -> list[NodeProto]:
    return [
        helper.make_node("Cast", [before], ["half"], to=onnx.TensorProto.FLOAT16),
        helper.make_node("Cast", ["half"], [output], to=onnx.TensorProto.DOUBLE),
    ]


def words(new: Callable[[str], str]) -> Harm:
    def harm(model: ModelProto) -> None:
        (notes,) = (note for note in model.metadata_props if note.key == METADATA_KEY)
        notes.value = new(notes.value)

    return harm


def without_float32(model: ModelProto) -> None:
    for node in model.graph.node:
        for one in node.attribute:
            if node.op_type == "Cast" and one.name == "to" and one.i == onnx.TensorProto.FLOAT:
                one.i = onnx.TensorProto.DOUBLE


def tree() -> Any:
    return DecisionTreeClassifier(max_depth=3, random_state=0)


def forest() -> Any:
    return RandomForestClassifier(5, max_depth=4, random_state=0)


HARMS: dict[str, tuple[Kind, Callable[[], Any], Harm]] = {
    "a split one float32 higher": ("numeric", tree, threshold(one_float32_higher)),
    "a split one double higher, of a model that sees doubles": (
        "numeric",
        lambda: HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=3, random_state=0),
        threshold(lambda x: np.nextafter(x, np.inf)),
    ),
    "a split a little lower": ("numeric", tree, threshold(lambda x: x - 1e-6)),
    "all leaves heavier": ("numeric", forest, leaf),
    "one leaf heavier": ("numeric", tree, one_leaf),
    "nulls to the other side": (
        "nullable",
        lambda: HistGradientBoostingClassifier(max_iter=3, random_state=0),
        missing_side,
    ),
    "another scaler mean": ("numeric", LogisticRegression, constant("Sub", lambda x: x * 1.001)),
    "another scaler scale": ("numeric", LogisticRegression, constant("Div", lambda x: x * 1.001)),
    "another weight": ("numeric", LogisticRegression, constant("MatMul", first_value(lambda x: x + 1e-3))),
    "two classes swapped": ("numeric", LogisticRegression, after("probabilities", swapped)),
    "answers in half precision": ("numeric", LogisticRegression, after("probabilities", single)),
    "another fill for nulls": ("nullable", LogisticRegression, constant("Where", lambda x: x + 0.01)),
    "a category taken for another": ("mixed", forest, words(lambda text: text.replace('"pro"', '"prO"'))),
    "an unknown category taken for a known one": (
        "mixed",
        LogisticRegression,
        words(lambda text: text.replace('"south"', '"dahlia", "south"')),
    ),
    "trees in double instead of float32": ("numeric", tree, without_float32),
}


def transformer_for(name: str) -> Any:
    if name.startswith(("a split", "trees")):
        return None
    if name.startswith("nulls"):
        return ColumnTransformer([("numbers", "passthrough", ["age", "income", "score"])])
    return StandardScaler() if name.startswith("another scaler") else "usual"


@pytest.mark.parametrize("name", HARMS)
def test_a_wrong_graph_is_refused(name: str) -> None:
    kind, make, harm = HARMS[name]
    data = world(kind, "classification", rows=200)
    native = data.fitted(make(), transformer_for(name))
    model = onnx.load_from_string(assert_compiled(compiled(native, data.columns)))
    harm(model)
    wrong = CompiledPredictor(data.contract, model.SerializeToString())
    exact = jumps_exactly(model.SerializeToString())
    with pytest.raises(CannotCompileError, match="differ"):
        prove(data.contract, native, wrong, data.columns, take(data.columns, slice(0, 10)), exact=exact)


def test_a_wrong_value_is_refused_for_a_regression_too() -> None:
    data = world("numeric", "regression", rows=200)
    native = data.fitted(GradientBoostingRegressor(n_estimators=3, random_state=0))
    model = onnx.load_from_string(assert_compiled(compiled(native, data.columns)))
    leaf(model)
    change(attribute(model, "leaf_weights").t, lambda weights: weights * (1 + 1e-5))
    wrong = CompiledPredictor(data.contract, model.SerializeToString())
    with pytest.raises(CannotCompileError, match=r"answers differ by up to .* rows, first at row \d+"):
        prove(data.contract, native, wrong, data.columns, take(data.columns, slice(0, 10)))
