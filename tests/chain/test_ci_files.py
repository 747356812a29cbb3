"""The pipelines of GitHub, GitLab and CircleCI: each fits its system's schema, and does what Jenkins does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.chain.pipelines.groovy import PIPELINES
from tests.chain.running import program_of
from tests.house import ROOT

Found = Mapping[str, list[str]]


def read(name: str) -> Any:
    # YAML 1.1 takes `on` for true; all three systems read it as the word.
    text = re.sub(r"^on:", '"on":', (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return yaml.safe_load(text)


def targets(commands: list[Any]) -> list[str]:
    """Return the make targets that commands name, in order; a way back behind one is not a stage."""
    return [
        found for command in commands for found in re.findall(r"^make ([a-z-]+)", str(command), re.MULTILINE)
    ]


def jenkins() -> Found:
    found = {}
    for name in PIPELINES:
        text = (ROOT / "jenkins" / name / "Jenkinsfile").read_text(encoding="utf-8")
        found[name] = targets(re.findall(r"steps \{ sh '(.*?)' \}", text))
    return found


def github(config: Any) -> Found:
    steps = {name: job["steps"] for name, job in config["jobs"].items()}
    return {
        name: targets(
            [step["run"] for step in found if "run" in step and "failure()" not in step.get("if", "")]
        )
        for name, found in steps.items()
    }


def gitlab(config: Any) -> Found:
    return {name: targets(job["script"]) for name, job in config.items() if "script" in job}


def circleci(config: Any) -> Found:
    found = {}
    for name, job in config["jobs"].items():
        runs = [step["run"] for step in job["steps"] if "run" in step]
        found[name] = targets([run["command"] if isinstance(run, dict) else run for run in runs])
    return found


SYSTEMS: dict[str, tuple[str, str, Callable[[Any], Found]]] = {
    "github": (".github/workflows/hookline.yml", "github-workflows.json", github),
    "gitlab": (".gitlab-ci.yml", "gitlab-ci.json", gitlab),
    "circleci": (".circleci/config.yml", "circle-ci.json", circleci),
}


def faults(schema: Path, config: Any) -> Iterator[str]:
    """Say where a file does not fit its schema."""
    validator = jsonschema_rs.validator_for(json.loads(schema.read_text(encoding="utf-8")))
    return (f"{list(error.instance_path)}: {error.message:.200}" for error in validator.iter_errors(config))


@pytest.mark.parametrize("system", SYSTEMS)
def test_it_fits_the_systems_own_schema(system: str) -> None:
    name, schema, _ = SYSTEMS[system]
    path = program_of("ci-schemas") / schema
    config = read(name)
    assert list(faults(path, config)) == []
    jobs = config if system == "gitlab" else config["jobs"]
    jobs["deploy"]["script" if system == "gitlab" else "steps"] = {"run": 1}
    assert list(faults(path, config)) != [], "a job that does nothing sensible must not fit"


@pytest.mark.parametrize("system", SYSTEMS)
def test_it_calls_the_same_targets_in_the_same_order_as_jenkins(system: str) -> None:
    name, _, parse = SYSTEMS[system]
    found = jenkins()
    assert min(map(len, found.values())) >= 5
    assert parse(read(name)) == found


@pytest.mark.parametrize("system", SYSTEMS)
def test_it_publishes_results_whatever_happens_and_goes_back_after_a_bad_answer(system: str) -> None:
    config = read(SYSTEMS[system][0])
    for name in PIPELINES:
        job = (config if system == "gitlab" else config["jobs"])[name]
        if system == "github":
            last = job["steps"][-1]
            assert (last["if"], last["uses"].partition("@")[0]) == ("always()", "actions/upload-artifact")
        elif system == "gitlab":
            assert "artifacts" not in job, "what is said for all jobs holds"
        else:
            assert job["steps"][-1] == "results"
    text = str(config["deploy"] if system == "gitlab" else config["jobs"]["deploy"])
    assert text.count("make rollback") == 1
    if system == "gitlab":
        assert config["default"]["artifacts"]["when"] == "always"


@pytest.mark.parametrize("system", SYSTEMS)
def test_only_one_deployment_runs_and_the_line_is_off_until_it_is_switched_on(system: str) -> None:
    config = read(SYSTEMS[system][0])
    if system == "github":
        jobs = config["jobs"]
        assert jobs["deploy"]["concurrency"] == {"group": "deploy", "cancel-in-progress": False}
        assert "vars.HOOKLINE_LINE == 'on'" in jobs["train-model"]["if"]
        assert (jobs["build-image"]["needs"], jobs["deploy"]["needs"]) == ("train-model", "build-image")
    elif system == "gitlab":
        assert config["deploy"]["resource_group"] == "deploy"
        assert {config[name]["extends"] for name in PIPELINES if name != "continuous-integration"} == {
            ".line"
        }
        assert '$HOOKLINE_LINE == "on"' in config[".line"]["rules"][0]["if"]
    else:
        line = config["workflows"]["line"]
        assert (line["when"], config["parameters"]["line"]["default"]) == (
            "<< pipeline.parameters.line >>",
            False,
        )
        assert line["jobs"][2]["deploy"]["serial-group"].endswith("/deploy")
