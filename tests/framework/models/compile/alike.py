"""Hold a compiled model's answers against the native ones."""

from __future__ import annotations

import warnings

import numpy as np

from hookline.contract.columns import take
from hookline.models.compile import Verdict, compile_model
from hookline.models.compiled import CompiledPredictor
from hookline.models.native import NativePredictor
from hookline.types import Columns, Prediction, Predictor


def compiled(native: NativePredictor, columns: Columns) -> Verdict:
    return compile_model(native.contract, native, columns, take(columns, slice(0, 10)))


def assert_compiled(verdict: Verdict) -> bytes:
    assert verdict.adopted, verdict.reason
    assert verdict.scope == "whole", verdict.reason
    assert verdict.graph is not None
    return verdict.graph


def assert_alike(native: Predictor, other: Predictor, columns: Columns) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn tells of unknown categories; here they are meant
        expected = native.predict(columns)
    got = other.predict(columns)
    assert_equal(expected, got)


def assert_equal(expected: Prediction, got: Prediction) -> None:
    if expected.values is not None:
        assert got.values is not None
        np.testing.assert_allclose(got.values, expected.values, rtol=1e-9, atol=1e-9)
        return
    assert expected.labels is not None
    assert got.labels is not None
    np.testing.assert_array_equal(got.labels, expected.labels)
    if expected.probabilities is None:
        assert got.probabilities is None
    else:
        assert got.probabilities is not None
        np.testing.assert_allclose(got.probabilities, expected.probabilities, rtol=0, atol=1e-9)


def graph_of(native: NativePredictor, columns: Columns) -> CompiledPredictor:
    return CompiledPredictor(native.contract, assert_compiled(compiled(native, columns)))
