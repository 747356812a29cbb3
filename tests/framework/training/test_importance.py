from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hookline.hooks import load_hooks
from hookline.project import open_project
from hookline.training import importance as module
from hookline.training.data import Sample, keep_contract, split
from hookline.training.evaluate import Evaluation, evaluate
from hookline.training.fit import Fitted, fit
from hookline.training.importance import permutation_importance


def fitted(root: Path) -> tuple[Fitted, Sample, Evaluation]:
    project = open_project(root, {})
    hooks = load_hooks(root, project.contract)
    sample = split(hooks, keep_contract(project.contract, hooks.loader.load_data(None), "fail").frame)
    model = fit(hooks, sample)
    return model, sample, evaluate(model, sample, 2)


def test_what_decides_comes_first_and_noise_last(project: Path) -> None:
    model, sample, evaluation = fitted(project)
    found = permutation_importance(model, sample.X, evaluation, seed=0)
    assert found.measure == "log loss"
    assert [name for name, _ in found.features] == ["size", "plan", "weight"]
    assert found.features[0][1] > 10 * abs(found.features[2][1])


def test_a_regression_is_measured_in_its_own_unit(regression: Path) -> None:
    model, sample, evaluation = fitted(regression)
    found = permutation_importance(model, sample.X, evaluation, seed=0)
    assert found.measure == "RMSE"
    assert found.features[0][0] == "size"


def test_many_features_are_shuffled_in_several_calls_alike(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, sample, evaluation = fitted(project)
    at_once = permutation_importance(model, sample.X, evaluation, seed=0)
    monkeypatch.setattr(module, "CELLS", 1)
    assert permutation_importance(model, sample.X, evaluation, seed=0) == at_once


def test_the_data_stays_as_it_was(project: Path) -> None:
    model, sample, evaluation = fitted(project)
    before = sample.X.copy(deep=True)
    permutation_importance(model, sample.X, evaluation, seed=0)
    assert before.equals(sample.X)
    assert np.array_equal(evaluation.truth, evaluate(model, sample, 2).truth)
