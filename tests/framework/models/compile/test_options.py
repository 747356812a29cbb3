"""The options of models: each compiles and answers alike, or names what has no converter."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    RANSACRegressor,
    Ridge,
    SGDClassifier,
    TweedieRegressor,
)
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC, NuSVC, NuSVR
from sklearn.tree import DecisionTreeClassifier

from hookline.models.compiled import CompiledPredictor
from hookline.types import Task
from tests.framework.models.compile.alike import assert_alike, assert_compiled, compiled
from tests.framework.models.compile.frames import World, world

Maker = Callable[[], Any]
ONE_CLASS_LEFT = np.r_[np.zeros(60), np.ones(60)].astype(int)

TWO_CLASSES: dict[str, Maker] = {
    "AdaBoostClassifier": lambda: AdaBoostClassifier(n_estimators=5, random_state=0),
    "BaggingClassifier of LinearSVC": lambda: BaggingClassifier(LinearSVC(), n_estimators=2, random_state=0),
    "CalibratedClassifierCV of a forest": lambda: CalibratedClassifierCV(
        RandomForestClassifier(3, random_state=0), cv=2
    ),
    "GradientBoostingClassifier, exponential": lambda: GradientBoostingClassifier(
        loss="exponential", n_estimators=5, random_state=0
    ),
    "HistGradientBoostingClassifier": lambda: HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "MLPClassifier": lambda: MLPClassifier((4,), activation="logistic", max_iter=20, random_state=0),
    "NuSVC": NuSVC,
    "QuadraticDiscriminantAnalysis": QuadraticDiscriminantAnalysis,
    "SGDClassifier, modified Huber": lambda: SGDClassifier(loss="modified_huber", random_state=0),
    "SVC, linear": lambda: SVC(kernel="linear"),
    "SVC, sigmoid": lambda: SVC(kernel="sigmoid"),
    "StackingClassifier with passthrough": lambda: StackingClassifier(
        [("svm", LinearSVC()), ("nb", GaussianNB())],
        DecisionTreeClassifier(max_depth=3),
        cv=2,
        passthrough=True,
    ),
    "VotingClassifier that drops one": lambda: VotingClassifier(
        [("nb", GaussianNB()), ("no", "drop"), ("ridge", LogisticRegression())],
        voting="soft",
        weights=[1, 5, 2],
    ),
}

THREE_CLASSES: dict[str, Maker] = {
    "BernoulliNB without binarizing": lambda: make_pipeline(
        MinMaxScaler(clip=True), BernoulliNB(binarize=None)
    ),
    "CalibratedClassifierCV of a forest": lambda: CalibratedClassifierCV(
        RandomForestClassifier(3, random_state=0), cv=2
    ),
    "ComplementNB": lambda: make_pipeline(MinMaxScaler(clip=True), ComplementNB()),
    "GradientBoostingClassifier from zero": lambda: GradientBoostingClassifier(init="zero", n_estimators=3),
    "MultinomialNB": lambda: make_pipeline(MinMaxScaler(clip=True), MultinomialNB()),
    "SGDClassifier, modified Huber": lambda: SGDClassifier(loss="modified_huber", random_state=0),
    "SGDClassifier, hinge": lambda: SGDClassifier(random_state=0),
    "StackingClassifier of labels": lambda: StackingClassifier(
        [("tree", DecisionTreeClassifier(max_depth=2)), ("svm", LinearSVC())],
        GaussianNB(),
        cv=2,
        stack_method="predict",
    ),
    "StackingClassifier of scores": lambda: StackingClassifier([("svm", LinearSVC())], GaussianNB(), cv=2),
    "a tree that is a leaf": lambda: RandomForestClassifier(3, max_leaf_nodes=2, min_samples_leaf=60),
}

REGRESSIONS: dict[str, Maker] = {
    "BaggingRegressor of Ridge": lambda: BaggingRegressor(Ridge(), n_estimators=2, max_features=2),
    "GammaRegressor": GammaRegressor,
    "HistGradientBoostingRegressor, Poisson": lambda: HistGradientBoostingRegressor(
        loss="poisson", max_iter=5
    ),
    "HistGradientBoostingRegressor, absolute": lambda: HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=5
    ),
    "NuSVR": NuSVR,
    "RANSACRegressor": lambda: RANSACRegressor(LinearRegression(), random_state=0),
    "TweedieRegressor, identity": lambda: TweedieRegressor(power=0),
    "behind a QuantileTransformer": lambda: make_pipeline(QuantileTransformer(n_quantiles=10), Ridge()),
}

NATIVE: dict[str, tuple[Maker, str]] = {
    "AdaBoostClassifier of others": (
        lambda: AdaBoostClassifier(LogisticRegression(), n_estimators=2),
        "AdaBoostClassifier compiles over DecisionTreeClassifier only",
    ),
    "CalibratedClassifierCV, temperature": (
        lambda: CalibratedClassifierCV(LogisticRegression(), method="temperature", cv=2),
        "method='temperature'",
    ),
    "DummyClassifier by chance": (
        lambda: DummyClassifier(strategy="stratified", random_state=0),
        "answers by chance",
    ),
    "GradientBoostingClassifier from another model": (
        lambda: GradientBoostingClassifier(init=LogisticRegression(), n_estimators=2),
        "GradientBoostingClassifier starts from LogisticRegression",
    ),
    "SVC with its own kernel": (lambda: SVC(kernel=lambda a, b: a @ b.T), "SVC with an own kernel"),
    "SVC, breaking ties": (lambda: SVC(break_ties=True), "break_ties=True"),
}


def hold(make: Maker, task: Task, classes: int = 3) -> None:
    seen, fresh = (world("numeric", task, rows=120, classes=classes, seed=seed) for seed in (0, 1))
    native = fitted(seen, make)
    graph = assert_compiled(compiled(native, seen.columns))
    assert_alike(native, CompiledPredictor(seen.contract, graph), fresh.columns)


def fitted(data: World, make: Maker) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on so few rows not every model converges; it need not
        return data.fitted(make(), StandardScaler())


@pytest.mark.parametrize("name", TWO_CLASSES)
def test_two_classes_compile(name: str) -> None:
    hold(TWO_CLASSES[name], "classification", 2)


@pytest.mark.parametrize("name", THREE_CLASSES)
def test_three_classes_compile(name: str) -> None:
    hold(THREE_CLASSES[name], "classification")


@pytest.mark.parametrize("name", REGRESSIONS)
def test_regressions_compile(name: str) -> None:
    hold(REGRESSIONS[name], "regression")


@pytest.mark.parametrize("name", NATIVE)
def test_options_without_a_converter_are_named(name: str) -> None:
    make, words = NATIVE[name]
    data = world("numeric", "classification", rows=120)
    verdict = compiled(fitted(data, make), data.columns)
    assert not verdict.adopted
    assert words in verdict.reason


def test_text_classes_of_a_foreign_converter_become_positions() -> None:
    data = world("numeric", "classification", rows=120)
    named = replace(data, target=np.array(["low", "mid", "high"])[data.target])
    native = fitted(named, QuadraticDiscriminantAnalysis)
    graph = assert_compiled(compiled(native, data.columns))
    assert_alike(native, CompiledPredictor(data.contract, graph), data.columns)


def test_a_member_that_never_saw_a_class_compiles() -> None:
    data = world("numeric", "classification", rows=120)
    rare = replace(data, target=np.where(np.arange(120) < 3, 2, ONE_CLASS_LEFT))
    bagging = partial(
        BaggingClassifier, LinearDiscriminantAnalysis(), n_estimators=8, max_samples=20, random_state=0
    )
    native = fitted(rare, bagging)
    assert any(len(one.classes_) < 3 for one in native.estimator.estimators_)
    graph = assert_compiled(compiled(native, data.columns))
    assert_alike(native, CompiledPredictor(data.contract, graph), data.columns)


def test_a_forest_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookline.models.compile.forest._MOST_NODES", 50)
    data = world("numeric", "classification", rows=120)
    verdict = compiled(fitted(data, lambda: RandomForestClassifier(10)), data.columns)
    assert "the trees have more than 50 nodes" in verdict.reason
