from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression

from hookline.models import apart
from hookline.models.apart import trees_apart
from hookline.models.compile.sheet import Sheet
from hookline.models.compile.translate import ask
from hookline.models.compile.writer import Writer
from hookline.models.graph import Graph
from hookline.types import Prediction

WIDTH = 6
TREES = 7


@pytest.fixture
def _any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LARGE", 3)


def matrix(rows: int, *, gaps: bool = False) -> NDArray[np.float64]:
    random = np.random.default_rng(rows)
    X = random.normal(size=(rows, WIDTH))
    if gaps:
        X[random.random(X.shape) < 0.1] = np.nan
    return X


def graph_of(model: Any, *, gaps: bool = False, borders: tuple[float, ...] = (-1, 1)) -> bytes:
    X = matrix(400, gaps=gaps)
    known = np.nan_to_num(X)
    signal = known[:, 0] + known[:, 1] * known[:, 2]
    values = getattr(model, "criterion", "") == "squared_error"
    y = signal if values else np.digitize(signal, borders)
    return written(model.fit(X, y))


def written(fitted: Any) -> bytes:
    writer = Writer()
    outputs = ask(fitted, Sheet.of(writer.matrix, WIDTH)).named()
    return writer.finish(outputs, WIDTH, "whole", [f"f{place}" for place in range(WIDTH)])


def bits(prediction: Prediction) -> list[bytes]:
    answers = (prediction.labels, prediction.probabilities, prediction.values)
    return [answer.tobytes() for answer in answers if answer is not None]


def operators(graph: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_from_string(graph).graph.node]


FORESTS: dict[str, Callable[[], Any]] = {
    "whole weights": lambda: RandomForestClassifier(TREES, random_state=0),
    "weights that round": lambda: RandomForestClassifier(TREES, min_samples_leaf=5, random_state=0),
    "values": lambda: RandomForestRegressor(TREES, random_state=0),
    "extra trees": lambda: ExtraTreesRegressor(TREES, random_state=0),
}


@pytest.mark.usefixtures("_any_size")
@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "with gaps"])
@pytest.mark.parametrize("name", FORESTS)
def test_trees_apart_answer_the_same_to_the_bit(name: str, gaps: bool) -> None:
    graph = graph_of(FORESTS[name](), gaps=gaps)
    changed = trees_apart(graph)
    assert changed is not None
    onnx.checker.check_model(onnx.load_from_string(changed))
    assert operators(changed).count("TreeEnsemble") >= TREES
    assert operators(graph).count("TreeEnsemble") == 1
    X = matrix(2000, gaps=gaps)
    assert bits(Graph(graph, bulk=True).run(X)) == bits(Graph(graph).run(X))


@pytest.mark.usefixtures("_any_size")
@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "with gaps"])
@pytest.mark.parametrize(
    ("name", "counted"), [("whole weights", True), ("weights that round", False)], ids=["votes", "shares"]
)
def test_of_two_classes_only_one_is_counted_if_leaves_are_votes(name: str, counted: bool, gaps: bool) -> None:
    graph = graph_of(FORESTS[name](), gaps=gaps, borders=(0,))
    changed = trees_apart(graph)
    assert changed is not None
    onnx.checker.check_model(onnx.load_from_string(changed))
    assert ("Concat" in operators(changed)) == counted
    X = matrix(2000, gaps=gaps)
    assert bits(Graph(graph, bulk=True).run(X)) == bits(Graph(graph).run(X))


@pytest.mark.usefixtures("_any_size")
def test_answers_are_added_up_while_trees_are_asked(tmp_path: Path) -> None:
    changed = trees_apart(graph_of(FORESTS["values"]()))
    options = ort.SessionOptions()
    options.enable_profiling, options.profile_file_prefix = True, str(tmp_path / "profile")
    session = ort.InferenceSession(changed, options, providers=["CPUExecutionProvider"])
    session.run(None, {"matrix": matrix(100)})
    events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    kinds = [event["args"].get("op_name") for event in events if event["name"].endswith("_kernel_time")]
    asked = [kind for kind in kinds if kind in {"TreeEnsemble", "Add"}]
    assert asked == ["TreeEnsemble", "TreeEnsemble", *["TreeEnsemble", "Add"] * (TREES - 1)]


@pytest.mark.usefixtures("_any_size")
def test_another_order_of_trees_would_not_be_the_same() -> None:
    backwards = RandomForestRegressor(TREES, random_state=0)
    graph = graph_of(backwards)
    backwards.estimators_.reverse()
    X = matrix(2000)
    assert bits(Graph(written(backwards), bulk=True).run(X)) != bits(Graph(graph).run(X))


@pytest.mark.usefixtures("_any_size")
@pytest.mark.parametrize("rows", [1, 9, 10, 11, 25, 100])
def test_rows_cut_into_calls_come_back_in_their_order(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("hookline.models.graph._ROWS", 10)
    graph = graph_of(FORESTS["values"]())
    X = matrix(rows)
    assert bits(Graph(graph, bulk=True).run(X)) == bits(Graph(graph).run(X))


@pytest.mark.usefixtures("_any_size")
def test_no_rows_are_no_answers() -> None:
    assert Graph(graph_of(FORESTS["values"]()), bulk=True).run(np.empty((0, WIDTH))).values is not None


def test_small_trees_stay_together() -> None:
    assert trees_apart(graph_of(FORESTS["whole weights"]())) is None


@pytest.mark.usefixtures("_any_size")
@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        RandomForestClassifier(1, random_state=0),
        HistGradientBoostingClassifier(max_iter=3, categorical_features=[5], max_bins=10),
    ],
    ids=["no trees", "one tree", "trees that ask for categories"],
)
def test_what_cannot_be_taken_apart_stays_as_it_is(model: Any) -> None:
    X = matrix(400)
    X[:, 5] = np.arange(400) % 5
    y = (X[:, 5] % 2 + X[:, 0] > 0.5).astype(int)
    assert trees_apart(written(model.fit(X, y))) is None


@pytest.mark.usefixtures("_any_size")
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("tree_roots", lambda ints: [0, *ints[:-1]]),
        ("tree_roots", lambda ints: ints[::-1]),
        ("nodes_truenodeids", lambda ints: [0] * len(ints)),
        ("nodes_falseleafs", lambda ints: ints[:-1]),
        ("nodes_falsenodeids", lambda ints: [*ints[:-1], 0]),
    ],
    ids=["a tree without nodes", "backwards", "leaves of another tree", "one is short", "back to the first"],
)
def test_trees_that_do_not_follow_each_other_stay_together(
    name: str, change: Callable[[list[int]], list[int]]
) -> None:
    model = onnx.load_from_string(graph_of(FORESTS["values"]()))
    (node,) = (node for node in model.graph.node if node.op_type == "TreeEnsemble")
    (attribute,) = (one for one in node.attribute if one.name == name)
    attribute.ints[:] = change(list(attribute.ints))
    assert trees_apart(model.SerializeToString()) is None


@pytest.mark.usefixtures("_any_size")
def test_a_feature_far_out_takes_no_memory() -> None:
    model = onnx.load_from_string(graph_of(FORESTS["values"]()))
    (node,) = (node for node in model.graph.node if node.op_type == "TreeEnsemble")
    (attribute,) = (one for one in node.attribute if one.name == "nodes_featureids")
    attribute.ints[:] = [2**60] * len(attribute.ints)
    assert trees_apart(model.SerializeToString()) is not None


@pytest.mark.usefixtures("_any_size")
def test_an_attribute_that_nobody_knows_keeps_trees_together() -> None:
    model = onnx.load_from_string(graph_of(FORESTS["values"]()))
    (node,) = (node for node in model.graph.node if node.op_type == "TreeEnsemble")
    node.attribute.append(onnx.helper.make_attribute("nodes_hitrates", [1.0, 2.0]))
    assert trees_apart(model.SerializeToString()) is None
