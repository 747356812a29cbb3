from __future__ import annotations

import io
import threading
import warnings
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from inspect import signature
from types import SimpleNamespace
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import all_estimators

from hookline.errors import ModelError
from hookline.models.native_file import dump_native, load_native
from hookline.models.policy import LoadPolicy
from tests.framework.models.forge_skops import archive

X, Y = make_classification(60, 6, random_state=0)
X = abs(X)


SLOW = {
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "LogisticRegressionCV",
    "TunedThresholdClassifierCV",
}
"""They train for long, and are stored as their siblings are."""

# They want several targets, or a part although their signature does not say so.
LEFT_OUT = ("MultiTask", "Output", "Chain", "CCA", "Canonical", "SelfTraining")


def models() -> Iterator[Any]:
    """Go through scikit-learn's models of one target; those made of others get one to be made of."""
    for task, part in (("classifier", LogisticRegression()), ("regressor", LinearRegression())):
        known = {"estimator": part, "estimators": [("a", part)], "param_grid": {}, "param_distributions": {}}
        for name, kind in all_estimators(type_filter=task):
            needed = [
                word
                for word, parameter in signature(kind).parameters.items()
                if parameter.default is parameter.empty
            ]
            left_out = any(word in name for word in LEFT_OUT)
            if not left_out and set(needed) <= known.keys():
                parts = {word: known[word] for word in needed}
                yield pytest.param(kind, parts, id=name, marks=[pytest.mark.slow] if name in SLOW else [])


@pytest.mark.parametrize(("kind", "parameters"), [*models()])
def test_scikit_learns_models_can_be_stored_and_loaded(kind: Any, parameters: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = X[:, :1] if kind.__name__ == "IsotonicRegression" else X
        target = Y + 1 if kind.__name__ == "GammaRegressor" else Y
        model = kind(**parameters).fit(rows, target)
        name, data = dump_native(None, model, LoadPolicy())
        _, again = load_native(data, LoadPolicy(), name=name)
        np.testing.assert_array_equal(again.predict(rows), model.predict(rows))


@pytest.mark.parametrize(
    "thing",
    [
        {"a": 1, "b": [1.5, None, True, "x"]},
        {1: "a", 2: "b"},
        {np.int64(3): 1, np.str_("a"): 2},
        OrderedDict(a=1),
        defaultdict(int, a=1),
        {1, "a"},
        frozenset((1, 2)),
        b"bytes",
        slice(1, None),
        datetime(2026, 1, 2, tzinfo=UTC),
        Decimal("1.10"),
        np.array(["a", "b"]),
        np.array([["a", None], [1, 2.5]], dtype=object),
        np.array(["2026-01-02"], dtype="datetime64[us]"),
        np.dtype("float32"),
        np.float32(1.5),
    ],
    # The order of a set is another in each process, and the processes of a run must name their tests alike.
    ids=lambda thing: "a set" if isinstance(thing, set) else repr(thing),
)
def test_plain_data_in_a_preprocessor_comes_back(thing: Any) -> None:
    _, data = dump_native(thing, None, LoadPolicy())
    came, _ = load_native(data, LoadPolicy())
    assert type(came) is type(thing)
    np.testing.assert_array_equal(came, thing)


def test_other_shapes_of_numbers_come_back() -> None:
    held = [
        bytearray(b"a"),
        np.ma.masked_array([1, 2], [True, False]),
        np.random.RandomState(0),
        np.random.default_rng(0),
        sparse.csr_matrix(np.eye(2)),
        float,
        FunctionTransformer(np.log1p),
    ]
    _, data = dump_native(held, None, LoadPolicy())
    came, _ = load_native(data, LoadPolicy())
    assert came[0] == held[0]
    assert came[1].mask.tolist() == [True, False]
    assert came[2].rand() == np.random.RandomState(0).rand()
    assert came[3].random() == np.random.default_rng(0).random()
    assert came[4].toarray().tolist() == np.eye(2).tolist()
    assert came[5] is float
    assert came[6].transform(np.zeros((1, 1))).tolist() == [[0.0]]


def test_a_large_sparse_matrix_is_measured_before_it_is_unpacked() -> None:
    _, data = dump_native(sparse.csr_matrix(np.zeros((1, 9))), None, LoadPolicy())
    with pytest.raises(ModelError, match=r"unpacks to more than models\.max_file_bytes \(10\)"):
        load_native(data, replace(LoadPolicy(), max_file_bytes=10))


def yourself() -> list[Any]:
    held: list[Any] = []
    held.append(held)
    return held


CANNOT = {
    "a pandas series": (
        pd.Series([1.0]),
        r"the model holds .*pandas\.Series.*models\.trusted.*otherwise keep",
    ),
    "a lambda": (FunctionTransformer(lambda x: x), r"the model holds .*<lambda>"),
    "a partial": (partial(np.add, 1), r"functools\.partial"),
    "a lock": (threading.Lock(), r"the model holds _thread\.lock"),
    "an open file": (
        io.TextIOWrapper(io.BytesIO()),
        r"skops cannot store the model \(TypeError: cannot pickle",
    ),
    "an object that holds itself": (yourself(), "an object holds itself"),
    "keys that become equal": ({1: "a", "1": "b"}, "skops cannot store the model faithfully"),
}


@pytest.mark.parametrize(("thing", "words"), CANNOT.values(), ids=CANNOT.keys())
def test_what_would_be_refused_later_is_refused_when_training(thing: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words) as refused:
        dump_native(thing, None, LoadPolicy())
    assert "\n" not in str(refused.value)
    assert "models.allow_joblib: true" in str(refused.value)


def test_joblib_stores_what_skops_cannot_where_it_is_allowed() -> None:
    policy = LoadPolicy(allow_joblib=True)
    name, data = dump_native(pd.Series([1.0, 2.0]), None, policy)
    assert name == "model.joblib"
    came, _ = load_native(data, policy, name=name)
    assert came.tolist() == [1.0, 2.0]
    assert dump_native([1], None, policy)[0] == "model.skops", "skops goes first"


def test_what_nothing_can_store_says_what_to_leave_out() -> None:
    with pytest.raises(ModelError, match=r"neither skops \(.*\) nor joblib \(.*; keep open files"):
        dump_native(threading.Lock(), None, LoadPolicy(allow_joblib=True))


def test_a_joblib_file_of_something_else_says_so() -> None:
    allowed = LoadPolicy(allow_joblib=True)
    buffer = io.BytesIO()
    joblib.dump([1, 2], buffer)
    with pytest.raises(ModelError, match="does not hold a preprocessor and an estimator"):
        load_native(buffer.getvalue(), allowed, name="model.joblib")


def test_a_joblib_file_that_cannot_be_read_says_so(policy: LoadPolicy) -> None:
    with pytest.raises(ModelError, match=r"model\.joblib cannot be read"):
        load_native(b"nothing", replace(policy, allow_joblib=True), name="model.joblib")


def test_a_skops_file_that_names_what_is_not_there_says_so(policy: LoadPolicy) -> None:
    _, data = dump_native(None, np.add, policy)
    renamed = data.replace(b'"__class__": "add"', b'"__class__": "adb"')
    with pytest.raises(ModelError, match=r"not as skops writes it \(BadZipFile: Bad CRC-32"):
        load_native(renamed, policy)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        schema = file.read("schema.json").replace(b'"add"', b'"adb"')
    with pytest.raises(ModelError, match=r"cannot be read \(AttributeError: module 'numpy' has no"):
        load_native(archive({"schema.json": schema}), replace(policy, trusted=("numpy.adb",)))


def test_what_the_project_names_may_be_stored(policy: LoadPolicy) -> None:
    trusted = replace(policy, trusted=("types.SimpleNamespace", "functools.partial"))
    _, data = dump_native(SimpleNamespace(a=1), partial(np.add, 1), trusted)
    came, add = load_native(data, trusted)
    assert (came.a, add(2)) == (1, 3)
