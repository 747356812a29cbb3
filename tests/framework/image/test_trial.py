"""What a trial of an image notices; the engine is a stub, the model that answers here is real."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from hookline.errors import ImageError
from hookline.image import trial
from hookline.image.engine import Engine
from hookline.models.store import ModelStore
from hookline.project import open_project
from hookline.scoring.predict import predict
from tests.framework.image.commands import CASE, hookline
from tests.framework.image.stub import Stub
from tests.framework.service.projects import trained_once

ONE, ALL = "/api/predictions", "/api/proba_predictions"


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the model answers, by path."""
    project = open_project(trained_once("iris", tmp_path_factory))
    body = json.dumps(CASE).encode()
    return {path: (200, predict(project, body, proba=path == ALL)) for path in (ONE, ALL)}


class Trial:
    """Try the stub's image against the project's model."""

    def __init__(self, root: Path, stub: Stub, right: dict[str, Any]) -> None:
        self.project, self.stub = open_project(root), stub
        self.said: list[str] = []
        self.answers = copy.deepcopy(right)
        self.headers = {"X-Model-Version": str(ModelStore(self.project.model_directory).current())}

    def run(self, **wants: Any) -> None:
        wanted = {"answers": self.answers, "headers": self.headers} | wants
        self.stub.wants(**json.loads(json.dumps(wanted)))
        trial.try_image(self.project, "an/image:v1", Engine(str(self.stub.client)), self.said.append)

    def fails(self, **wants: Any) -> str:
        with pytest.raises(ImageError) as caught:
            self.run(**wants)
        assert self.stub.calls[-1].startswith("rm --force --volumes"), "nothing is left behind"
        return str(caught.value)


@pytest.fixture
def tried(generated: Path, stub: Stub, right: dict[str, Any]) -> Trial:
    return Trial(generated, stub, right)


def test_an_image_that_answers_as_the_model_here_passes(tried: Trial) -> None:
    tried.run()
    assert [line.split()[0] for line in tried.said] == ["ready", "equal", "equal", "stopped"]
    assert tried.said[1] == "equal    3 answers of /api/predictions"


def test_it_runs_without_rights_reachable_from_here_only_and_leaves_no_traces(tried: Trial) -> None:
    tried.run()
    (run,) = [call for call in tried.stub.calls if call.startswith("run ")]
    for words in (
        "--read-only",
        "--cap-drop ALL",
        "--security-opt no-new-privileges",
        "--publish 127.0.0.1::5000",
        "--env HOOKLINE_PREDICTION_LOG__ENABLE_FLUENTD_LOGGING=false",
        "--env HOOKLINE_ACCESS__REQUIRED=false",
    ):
        assert words in run
    assert run.endswith(" an/image:v1")
    assert tried.stub.calls[-1].startswith("rm --force --volumes")


def test_an_answer_that_differs_is_shown_beside_the_right_one(tried: Trial) -> None:
    tried.answers[ONE][1][1]["class_name"] = "virginica"
    said = tried.fails()
    assert "/api/predictions, row 1: the image answers {'class_name': 'virginica'}" in said
    assert "here {'class_name': 'versicolor'}" in said


def test_a_share_that_differs_a_little_is_noticed_too(tried: Trial) -> None:
    shares = tried.answers[ALL][1][0]["probabilities"]
    shares[0] -= 1e-6
    assert "/api/proba_predictions, row 0" in tried.fails()
    shares[0] += 1e-6 + 1e-14
    tried.run()


def test_too_few_answers_are_noticed(tried: Trial) -> None:
    tried.answers[ONE][1].pop()
    assert "gave 2 answers to 3 rows" in tried.fails()


def test_a_refusal_is_told_in_the_words_of_the_service(tried: Trial) -> None:
    tried.answers[ONE] = 422, {"detail": "The rows are refused."}
    assert tried.fails() == "/api/predictions answered 422: The rows are refused."


def test_an_image_that_answers_nothing_does_not_pass(tried: Trial) -> None:
    assert "answers none of /api/predictions and /api/proba_predictions" in tried.fails(answers={})


def test_a_model_without_probabilities_may_lack_their_path(tried: Trial) -> None:
    tried.answers.pop(ALL)
    tried.run()
    assert len(tried.said) == 3


def test_an_answer_that_could_not_be_logged_is_noticed(tried: Trial) -> None:
    tried.headers["X-Prediction-Logged"] = "false"
    assert "could not log it" in tried.fails()


def test_a_service_that_ends_or_never_gets_ready_shows_its_last_lines(
    tried: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tried.fails(dies=True) == "the service ended before it was ready; it said:\nwhat it said last"
    monkeypatch.setattr(trial, "_READY_SECONDS", 0.5)
    assert "was not ready after 0.5 s" in tried.fails(ready=False)


def test_a_bad_end_and_a_slow_one_are_noticed(tried: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ended with 137 after SIGTERM" in tried.fails(code=137)
    monkeypatch.setattr(trial, "_STOP_SECONDS", 0)
    assert "set service.drain_delay" in tried.fails()


def test_a_missing_test_case_names_the_setting(tried: Trial) -> None:
    (tried.project.root / "tests" / "prediction_test_case.json").unlink()
    with pytest.raises(ImageError, match=r"another file in jenkins\.prediction_test_case_path"):
        tried.run()
    assert tried.stub.calls == []


def test_what_the_engine_refuses_is_its_last_line(tried: Trial) -> None:
    tried.stub.wants(refuse="run")
    with pytest.raises(ImageError, match=r"/docker run` failed: cannot run$"):
        trial.try_image(tried.project, "an/image:v1", Engine(str(tried.stub.client)), tried.said.append)


def test_a_missing_client_is_named_with_the_line_that_installs_it() -> None:
    with pytest.raises(
        ImageError, match=r"no-such-client cannot be started .* `sudo apt-get install docker\.io`"
    ):
        Engine("no-such-client").call("info")


def test_the_commands_name_and_try_the_image(generated: Path, stub: Stub, tried: Trial) -> None:
    environ = {**os.environ, "DOCKER": str(stub.client)}
    wanted = {"answers": tried.answers, "headers": tried.headers}
    stub.wants(**json.loads(json.dumps(wanted)))
    assert (
        hookline(generated, "image", "name", "runtime", environ=environ)
        == "hookline/hookline-runtime:latest\n"
    )
    said = hookline(generated, "image", "test", "you/iris", "v1", environ=environ)
    assert said.splitlines()[0] == "image    you/iris:v1"
    assert "exit code 0" in said.splitlines()[-1]
