"""Yours: what this project promises. `make test` runs it; add tests of your own beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hookline.check import check_hooks
from hookline.project import Project, open_project
from hookline.scoring.predict import RefusedError, predict
from hookline.training import train

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Train a model of this project's hooks beside its own models."""
    scratch = {"HOOKLINE_MODELS__DIRECTORY": str(tmp_path_factory.mktemp("models"))}
    project = open_project(ROOT, os.environ | scratch)
    train(project)
    return project


@pytest.fixture(scope="module")
def request_body() -> bytes:
    """Return the request that a fresh image must answer too, before it is deployed."""
    return (ROOT / open_project(ROOT).settings.jenkins.prediction_test_case_path).read_bytes()


def test_every_hook_keeps_its_promise() -> None:
    failed = check_hooks(ROOT).of("failed")
    assert [(one.hook, one.where, one.came, one.remedy) for one in failed] == []


def test_a_trained_model_answers_every_row_of_a_request(trained: Project, request_body: bytes) -> None:
    assert len(predict(trained, request_body)) == len(json.loads(request_body))


def test_a_row_with_an_unknown_field_is_refused(trained: Project, request_body: bytes) -> None:
    rows = [row | {"no such field": 1} for row in json.loads(request_body)]
    with pytest.raises(RefusedError):
        predict(trained, json.dumps(rows).encode())
