"""`hookline deploy` with the real helm and the real chart, on a STAND-IN for the API server (apiserver.py).

kubectl is the stub of tests/framework/deploy: it says where the service that a test started is to be reached.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hookline.deploy import smoke
from tests.chain.apiserver import StandIn
from tests.chain.chart import CHART
from tests.chain.running import program_of
from tests.framework.cli.conftest import Done, Hookline, hookline
from tests.framework.deploy.conftest import World, world
from tests.framework.deploy.stub import StubCluster

__all__ = ["hookline", "world"]

IMAGE = "hookline/hookline-service"


@pytest.fixture
def broken() -> set[str]:
    """Be the images whose pods never get ready."""
    return set()


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: set[str]) -> Iterator[StandIn]:
    with StandIn(lambda image: image not in broken) as api:
        monkeypatch.setenv("KUBECONFIG", str(api.kubeconfig(tmp_path / "kubeconfig")))
        yield api
        assert api.unknown == []


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> StubCluster:
    """Put the real helm and the stub of kubectl on the PATH; the older model answers."""
    stubs = StubCluster(tmp_path / "cluster")
    stubs.write(port=world.services[world.older].port)
    (stubs.programs / "helm").unlink()
    (stubs.programs / "helm").symlink_to(program_of("helm"))
    monkeypatch.setenv("PATH", f"{stubs.programs}{os.pathsep}/nowhere")
    monkeypatch.setenv("DOCKER", "no-engine")
    monkeypatch.setattr(smoke, "_PATIENCE", 0.5)
    monkeypatch.setattr(smoke, "_PAUSE", 0.1)
    return stubs


@pytest.fixture
def deploy(hookline: Hookline, world: World, api: StandIn, kubectl: StubCluster) -> Callable[..., Done]:
    def run(*words: str) -> Done:
        chart = [] if words[:1] == ("rollback",) else ["--chart", str(CHART)]
        return hookline("deploy", *words, *chart, "-C", world.root, "--timeout", "6s")

    return run


@pytest.fixture
def older_is_live(deploy: Callable[..., Done], world: World) -> None:
    done = deploy("--model", world.older, "--tag", "one")
    assert (done.code, done.errors) == (0, "")


def workload(api: StandIn) -> dict[str, Any]:
    (found,) = (one for (kind, _), one in api.objects.items() if kind in ("deployments", "statefulsets"))
    return found


def test_a_plan_changes_nothing_in_the_cluster(deploy: Callable[..., Done], api: StandIn) -> None:
    done = deploy("--plan", "--tag", "one")
    assert (done.code, done.errors) == (0, "")
    assert "StatefulSet/hookline-service" in done.said
    assert api.objects == {}


@pytest.mark.usefixtures("older_is_live")
def test_what_was_deployed_is_what_the_plan_finds(
    deploy: Callable[..., Done], world: World, api: StandIn
) -> None:
    assert api.image() == f"{IMAGE}:one"
    annotations = workload(api)["spec"]["template"]["metadata"]["annotations"]
    assert annotations["hookline/model"] == world.older
    done = deploy("--plan", "--model", world.older, "--tag", "one")
    assert (done.code, done.said.splitlines()[-1]) == (0, "nothing would change")


@pytest.mark.usefixtures("older_is_live")
def test_the_plan_names_what_changes_and_a_break_is_not_deployed(
    deploy: Callable[..., Done], world: World, api: StandIn
) -> None:
    changes = len(api.changes)
    found = json.loads(deploy("--plan", "--json", "--tag", "two").said)
    assert found["live"]["model_version"] == world.older
    assert [(one["where"], one["verdict"]) for one in found["contract"]] == [("petal_width", "breaking")]
    assert found["values"] == [{"path": "images.production_image_tag", "before": "one", "after": "two"}]
    assert {"change": "change", "object": "StatefulSet/hookline-service"} in found["objects"]
    done = deploy("--tag", "two")
    assert (done.code, "pass --accept-breaking" in done.errors) == (1, True)
    assert api.image() == f"{IMAGE}:one"
    assert [change for change in api.changes[changes:] if "secrets" in change] == []


@pytest.mark.usefixtures("older_is_live")
def test_going_back_brings_the_old_image_model_and_values(
    deploy: Callable[..., Done], world: World, api: StandIn, kubectl: StubCluster
) -> None:
    before = json.loads(json.dumps(workload(api)["spec"]))
    kubectl.write(port=world.services[world.newer].port)
    assert deploy("--tag", "two", "--accept-breaking").code == 0
    assert api.image() == f"{IMAGE}:two"
    kubectl.write(port=world.services[world.older].port)
    done = deploy("rollback")
    assert (done.code, done.errors) == (0, "")
    assert workload(api)["spec"] == before
    found = json.loads(deploy("--plan", "--json", "--tag", "three").said)
    assert (found["revision"], found["live"]["model_version"]) == (3, world.older)
    assert "no good revision before the live one" in deploy("rollback").errors


@pytest.mark.usefixtures("older_is_live")
def test_an_abort_while_pods_are_waited_for_takes_the_upgrade_back(
    world: World, api: StandIn, broken: set[str]
) -> None:
    broken.add(f"{IMAGE}:two")
    words = ("deploy", "--tag", "two", "--accept-breaking", "--chart", str(CHART), "-C", str(world.root))
    with subprocess.Popen(
        [sys.executable, "-m", "hookline.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        try:
            end = time.monotonic() + 40
            while api.image() != f"{IMAGE}:two":
                assert time.monotonic() < end, "it never got there"
                time.sleep(0.05)
            command.terminate()  # it alone: Helm would wait five minutes for its pods
            said, errors = command.communicate(timeout=60)
        finally:
            command.kill()
    assert command.returncode == 143, errors
    assert f"revision 1 is back, with {world.older}" in said
    assert api.image() == f"{IMAGE}:one"


@pytest.mark.usefixtures("older_is_live")
def test_an_image_that_never_gets_ready_is_taken_back_by_helm(
    deploy: Callable[..., Done], world: World, api: StandIn, broken: set[str]
) -> None:
    broken.add(f"{IMAGE}:two")
    done = deploy("--tag", "two", "--accept-breaking")
    assert done.code == 1
    assert done.errors.startswith("error: `helm upgrade` failed: ")
    assert api.image() == f"{IMAGE}:one"
    found = json.loads(deploy("--plan", "--json", "--model", world.older, "--tag", "one").said)
    assert (found["revision"], found["live"]["model_version"]) == (3, world.older)


@pytest.mark.usefixtures("older_is_live")
def test_an_image_with_another_model_is_taken_back_by_us(
    deploy: Callable[..., Done], world: World, api: StandIn
) -> None:
    done = deploy("--tag", "two", "--accept-breaking")  # the older model still answers
    assert (done.code, f"revision 1 is back, with {world.older}" in done.errors) == (1, True)
    assert api.image() == f"{IMAGE}:one"


def test_a_first_image_that_never_gets_ready_leaves_nothing(
    deploy: Callable[..., Done], api: StandIn, broken: set[str]
) -> None:
    broken.add(f"{IMAGE}:one")
    assert deploy("--tag", "one").code == 1
    assert {kind for kind, _ in api.objects} == set()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("service:\n  wrokers: 2\n", "wrokers"),
        ("service:\n  workers: two\n", "workers"),
        ("deployment:\n  replicas: 3\n", "each pod would show only its own"),
    ],
    ids=["unknown key", "wrong type", "several pods with a log each"],
)
def test_what_the_chart_refuses_is_said_before_anything_changes(
    deploy: Callable[..., Done], api: StandIn, tmp_path: Path, wrong: str, words: str
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(wrong)
    done = deploy("--tag", "one", "-f", str(path))
    assert (done.code, words in done.errors, "Traceback" in done.errors) == (1, True, False)
    assert api.objects == {}
