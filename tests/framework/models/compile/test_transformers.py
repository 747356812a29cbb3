from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_regression
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from hookline.models.compiled import CompiledPredictor
from hookline.types import Task
from tests.framework.models.compile.alike import assert_alike, assert_compiled, compiled
from tests.framework.models.compile.frames import Kind, world

NUMBERS, TEXTS = ["age", "income", "score"], ["plan", "zone"]
Maker = Callable[[], Any]


def columns(*parts: Any, **options: Any) -> ColumnTransformer:
    named = [(f"part{i}", *part) for i, part in enumerate(parts)]
    return ColumnTransformer(named, **options)


NUMERIC: dict[str, Maker] = {
    "Binarizer": lambda: Binarizer(threshold=2.5),
    "FeatureUnion with weights": lambda: FeatureUnion(
        [("a", StandardScaler()), ("b", PCA(2)), ("c", "drop"), ("d", "passthrough")],
        transformer_weights={"a": 2.0},
    ),
    "FunctionTransformer": FunctionTransformer,
    "FunctionTransformer cos": lambda: FunctionTransformer(np.cos),
    "FunctionTransformer expm1 of tanh": lambda: make_pipeline(
        FunctionTransformer(np.tanh), FunctionTransformer(np.expm1)
    ),
    "FunctionTransformer log of exp": lambda: make_pipeline(
        MaxAbsScaler(), FunctionTransformer(np.exp), FunctionTransformer(np.log)
    ),
    "FunctionTransformer log1p": lambda: columns((FunctionTransformer(np.log1p), ["age"])),
    "FunctionTransformer log2, log10": lambda: columns(
        (
            make_pipeline(
                FunctionTransformer(np.exp),
                make_union(FunctionTransformer(np.log2), FunctionTransformer(np.log10)),
            ),
            ["score"],
        )
    ),
    "FunctionTransformer negative, square, abs": lambda: make_union(
        *(FunctionTransformer(one) for one in (np.negative, np.square, np.abs, np.sin))
    ),
    "FunctionTransformer sqrt, reciprocal": lambda: columns(
        (
            make_pipeline(*(FunctionTransformer(one) for one in (np.exp, np.sqrt, np.reciprocal))),
            ["score"],
        )
    ),
    "KBinsDiscretizer dense": lambda: KBinsDiscretizer(4, encode="onehot-dense"),
    "KBinsDiscretizer one-hot": lambda: KBinsDiscretizer(3, strategy="uniform"),
    "KBinsDiscretizer ordinal": lambda: KBinsDiscretizer(4, encode="ordinal", strategy="kmeans"),
    "MaxAbsScaler": MaxAbsScaler,
    "MinMaxScaler": MinMaxScaler,
    "MinMaxScaler clipping": lambda: MinMaxScaler((-1, 2), clip=True),
    "Normalizer l1": lambda: Normalizer("l1"),
    "Normalizer l2": Normalizer,
    "Normalizer max": lambda: Normalizer("max"),
    "PCA whitening": lambda: PCA(2, whiten=True),
    "PolynomialFeatures": PolynomialFeatures,
    "PolynomialFeatures from degree 2": lambda: PolynomialFeatures((2, 3), include_bias=False),
    "PolynomialFeatures, interactions": lambda: PolynomialFeatures(3, interaction_only=True),
    "PowerTransformer box-cox": lambda: columns(
        (make_pipeline(FunctionTransformer(np.exp), PowerTransformer(method="box-cox")), ["score"])
    ),
    "PowerTransformer yeo-johnson": lambda: PowerTransformer(standardize=False),
    "RobustScaler": RobustScaler,
    "RobustScaler, scale only": lambda: RobustScaler(with_centering=False),
    "SelectKBest": lambda: SelectKBest(f_regression, k=2),
    "StandardScaler": StandardScaler,
    "StandardScaler, mean only": lambda: StandardScaler(with_std=False),
    "StandardScaler, scale only": lambda: StandardScaler(with_mean=False),
    "TruncatedSVD": lambda: TruncatedSVD(2, random_state=0),
    "VarianceThreshold": lambda: make_pipeline(VarianceThreshold(), None, "passthrough"),
}

MIXED: dict[str, Maker] = {
    "columns by mask and place": lambda: columns(
        ("passthrough", [True, True, False, False, False, False, False]), (StandardScaler(), [2, -4])
    ),
    "columns by selector": lambda: columns((StandardScaler(), make_column_selector(dtype_include=float))),
    "columns by slice of names": lambda: columns((StandardScaler(), slice("age", "score"))),
    "columns by slice of places": lambda: columns((StandardScaler(), slice(1, 3))),
    "columns to drop": lambda: columns(("drop", TEXTS), remainder="passthrough"),
    "columns with weights": lambda: columns(
        (StandardScaler(), NUMBERS), ("passthrough", ["rooms"]), transformer_weights={"part0": 0.5}
    ),
    "frames between the steps": lambda: make_pipeline(
        columns(
            (StandardScaler(), NUMBERS),
            (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), TEXTS),
            verbose_feature_names_out=False,
        ),
        columns(("passthrough", ["age", "plan_pro"]), (MinMaxScaler(), ["score"])),
    ).set_output(transform="pandas"),
    "OneHotEncoder of numbers": lambda: columns((OneHotEncoder(), ["rooms", "garden"])),
    "OneHotEncoder, drop first": lambda: columns((OneHotEncoder(drop="first"), ["plan", "rooms"])),
    "OneHotEncoder, drop if binary": lambda: columns(
        (OneHotEncoder(drop="if_binary", handle_unknown="ignore"), ["garden", "zone"])
    ),
    "OneHotEncoder, infrequent": lambda: columns(
        (OneHotEncoder(min_frequency=0.25, handle_unknown="infrequent_if_exist"), TEXTS)
    ),
    "OneHotEncoder, most categories": lambda: columns(
        (OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist"), ["rooms", "zone"])
    ),
    "OneHotEncoder, sparse": lambda: columns(
        (OneHotEncoder(handle_unknown="ignore"), TEXTS), sparse_threshold=1.0
    ),
    "OrdinalEncoder": lambda: columns(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), TEXTS)
    ),
    "TargetEncoder": lambda: columns((TargetEncoder(random_state=0), ["plan", "zone", "rooms"])),
}

NULLABLE: dict[str, Maker] = {
    "MissingIndicator": lambda: columns(
        (MissingIndicator(features="all"), NUMBERS), (MissingIndicator(error_on_new=False), TEXTS)
    ),
    "OneHotEncoder of nulls": lambda: columns((OneHotEncoder(handle_unknown="ignore"), ["zone", "garden"])),
    "OrdinalEncoder of nulls": lambda: make_pipeline(
        columns(
            (
                OrdinalEncoder(
                    handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
                ),
                ["zone", "rooms"],
            )
        )
    ),
    "SimpleImputer, constant": lambda: columns((SimpleImputer(strategy="constant", fill_value=-7), NUMBERS)),
    "SimpleImputer, constant text": lambda: columns(
        (
            make_pipeline(
                SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder(handle_unknown="ignore")
            ),
            TEXTS,
        )
    ),
    "SimpleImputer, median and indicator": lambda: columns(
        (SimpleImputer(strategy="median", add_indicator=True), NUMBERS)
    ),
    "SimpleImputer, most frequent": lambda: columns(
        (
            make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
            [*TEXTS, "rooms"],
        )
    ),
    "SimpleImputer, other missing value": lambda: make_pipeline(
        columns((SimpleImputer(strategy="constant", fill_value=-1), NUMBERS)),
        SimpleImputer(missing_values=-1, strategy="mean"),
    ),
}

ALL: list[tuple[Kind, str, Maker]] = [
    *(("numeric", name, make) for name, make in NUMERIC.items()),
    *(("mixed", name, make) for name, make in MIXED.items()),
    *(("nullable", name, make) for name, make in NULLABLE.items()),
]


@pytest.mark.parametrize(("kind", "name", "make"), ALL, ids=[f"{name} on {kind}" for kind, name, _ in ALL])
def test_a_transformer_compiles_and_answers_alike(kind: Kind, name: str, make: Maker) -> None:
    hold(kind, "regression", make(), Ridge(alpha=1e-3))


def test_an_encoder_that_answers_nan_compiles() -> None:
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    boosting = HistGradientBoostingRegressor(max_iter=3)
    hold("nullable", "regression", columns((encoder, TEXTS), ("passthrough", NUMBERS)), boosting)


def test_a_target_encoder_of_several_classes_compiles() -> None:
    from sklearn.linear_model import LogisticRegression

    hold("mixed", "classification", columns((TargetEncoder(random_state=0), TEXTS)), LogisticRegression())


def test_a_transformed_target_compiles() -> None:
    model = TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
    hold("numeric", "regression", StandardScaler(), model, shift=2000.0)


def test_categories_of_histogram_boosting_compile() -> None:
    model = HistGradientBoostingRegressor(max_iter=20, categorical_features=[4, 5, 6], min_samples_leaf=5)
    hold("mixed", "regression", None, model)


def test_categories_with_nulls_of_histogram_boosting_compile() -> None:
    model = HistGradientBoostingRegressor(max_iter=20, categorical_features=TEXTS, min_samples_leaf=5)
    hold("nullable", "regression", None, model)


class Doubler(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    def fit(self, _X: Any, _y: Any = None) -> Doubler:
        return self

    def transform(self, X: Any) -> Any:
        return X * 2


LIMITS: dict[str, tuple[Kind, Maker, str]] = {
    "a class of one's own": ("numeric", Doubler, "Doubler has no converter"),
    "arguments": (
        "numeric",
        lambda: FunctionTransformer(np.clip, kw_args={"a_min": 0, "a_max": 1}),
        "with kw_args has no converter",
    ),
    "columns of other names": (
        "numeric",
        lambda: make_pipeline(FunctionTransformer(reordered), columns(("passthrough", ["age", "score"]))),
        "reordered has no converter",
    ),
    "many categories": (
        "mixed",
        lambda: columns(
            (OneHotEncoder(categories=[[*map(str, range(5000))]], handle_unknown="ignore"), ["zone"])
        ),
        "OneHotEncoder knows 5000 categories; up to 4096 compile",
    ),
    "neighbours": (
        "nullable",
        lambda: columns((KNNImputer(), NUMBERS)),
        "KNNImputer has no converter",
    ),
    "one bin": (
        "numeric",
        lambda: columns((KBinsDiscretizer(2, strategy="uniform"), ["age"]), (OneBin(2), ["score"])),
        "KBinsDiscretizer has a single bin in every column",
    ),
    "text as the mark of the missing": (
        "mixed",
        lambda: columns(
            (make_pipeline(SimpleImputer(missing_values="basic", strategy="most_frequent"), once()), TEXTS)
        ),
        "SimpleImputer(missing_values=...) has no converter for text",
    ),
    "unknown function": (
        "numeric",
        lambda: FunctionTransformer(np.cbrt),
        "the function cbrt has no converter",
    ),
    "unhashable function": (
        "numeric",
        lambda: FunctionTransformer(Scale()),
        "has no converter (these have: np.abs",
    ),
}


def once() -> OneHotEncoder:
    return OneHotEncoder(handle_unknown="ignore")


def reordered(X: Any) -> Any:
    return X[["score", "income", "age"]]


class OneBin(KBinsDiscretizer):  # type: ignore[misc]  # scikit-learn ships no types
    def fit(self, X: Any, y: Any = None) -> Any:
        super().fit(X, y)
        self.bin_edges_ = np.array([np.array([-np.inf, np.inf])], dtype=object)
        return self


class Scale:
    __hash__ = None  # type: ignore[assignment]  # what is tried

    def __call__(self, X: Any) -> Any:
        return X * 2


@pytest.mark.parametrize("name", LIMITS)
def test_what_no_converter_knows_leaves_the_reason(name: str) -> None:
    kind, make, words = LIMITS[name]
    data = world(kind, "regression", rows=120)
    verdict = compiled(data.fitted(Ridge(), make()), data.columns)
    assert verdict.scope == "estimator" or not verdict.adopted
    assert words in verdict.reason


def test_a_target_scaled_by_a_transformer_stays_native() -> None:
    data = world("numeric", "regression", rows=120)
    model = TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
    verdict = compiled(data.fitted(model, StandardScaler()), data.columns)
    assert not verdict.adopted
    assert "TransformedTargetRegressor compiles with inverse_func, not with a transformer" in verdict.reason


def test_a_column_without_any_value_is_left_out_as_in_training() -> None:
    data = world("nullable", "regression", rows=120)
    empty = replace(data, columns={**data.columns, "score": np.full(120, np.nan)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn tells of the empty column at every call
        native = empty.fitted(Ridge(), columns((SimpleImputer(), NUMBERS), (SimpleImputer(), ["score"])))
    graph = assert_compiled(compiled(native, empty.columns))
    assert_alike(native, CompiledPredictor(data.contract, graph), empty.columns)


def hold(kind: Kind, task: Task, transformer: Any, estimator: Any, shift: float = 0.0) -> None:
    seen, fresh = world(kind, task, rows=160), world(kind, task, rows=160, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some bins are narrow, some categories new; that is what is tried
        seen = replace(seen, target=seen.target + shift) if shift else seen
        if re.search("TargetEncoder|SelectKBest", repr(transformer)):
            transformer.fit(seen.frame, seen.target)
            transformer.fit = lambda _X: transformer  # hookline fits without a target; these were given it
        native = seen.fitted(estimator, transformer)
    graph = assert_compiled(compiled(native, seen.columns))
    assert_alike(native, CompiledPredictor(seen.contract, graph), fresh.columns)
