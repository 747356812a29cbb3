"""`hookline deploy` with STUBS of helm and kubectl (see stub.py), and real services that are asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.framework.cli.conftest import Done, Hookline
from tests.framework.deploy.conftest import World
from tests.framework.deploy.stub import StubCluster

# ---- before anything changes ----


def test_the_plan_says_what_would_change_and_changes_nothing(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    done = deploy("--plan", "--tag", "one")
    assert (done.code, done.errors) == (0, "")
    assert "nothing is live yet" in done.said
    assert "hookline/hookline-service:one" in done.said
    assert world.newer in done.said
    assert "Deployment/s" in done.said
    assert cluster.changing() == []


@pytest.mark.usefixtures("older_is_live")
def test_the_plan_names_image_model_contract_and_values(
    deploy: Callable[..., Done], world: World, cluster: StubCluster, tmp_path: Path
) -> None:
    staging = tmp_path / "staging.yaml"
    staging.write_text("deployment:\n  replicas: 3\n")
    before = len(cluster.changing())
    done = deploy("--plan", "--tag", "two", "-f", str(staging))
    assert done.code == 1
    lines = {line.split()[0]: line.split()[1:] for line in done.said.splitlines() if line.split()}
    assert lines["image"][0].endswith(":one")
    assert lines["image"][1].endswith(":two")
    assert lines["model"] == [world.older, world.newer]
    assert lines["deployment.replicas"] == ["1", "3"]
    assert lines["breaking"][:2] == ["petal_width", "no"]
    assert lines["change"] == ["Deployment/s"]
    assert "--accept-breaking" in done.said
    assert len(cluster.changing()) == before


def test_the_plan_is_json_for_programs(deploy: Callable[..., Done], world: World) -> None:
    done = deploy("--plan", "--json", "--tag", "one")
    found = json.loads(done.said)
    assert (found["live"], found["revision"], found["refusals"]) == (None, None, [])
    assert found["next"]["model_version"] == world.newer
    assert found["next"]["contract_fingerprint"].startswith("sha256:")


def test_the_environment_may_name_the_image(
    deploy: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKLINE_IMAGES__PRODUCTION_IMAGE_TAG", "nightly")
    monkeypatch.setenv("HOOKLINE_SERVICE__MAX_ROWS", "7")  # of the machine that deploys, not of the release
    found = json.loads(deploy("--plan", "--json").said)
    assert found["next"]["image"].endswith(":nightly")


def test_a_tag_that_moves_is_pointed_at(deploy: Callable[..., Done], world: World) -> None:
    assert f"--tag {world.newer}" in deploy("--plan").said


# ---- deploying ----


def test_helm_waits_and_takes_back_what_never_gets_ready(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    done = deploy("--model", world.older, "--tag", "one", "--timeout", "90s")
    assert (done.code, done.errors) == (0, "")
    (call,) = cluster.changing()
    assert call[1:4] == ["upgrade", "--install", "hookline-service"]
    assert {"--wait", "--atomic"} <= set(call)
    assert call[call.index("--timeout") + 1] == "90s"
    assert done.said.index("nothing is live yet") < done.said.index("every pod of")
    assert f"1 row answered by the model {world.older}" in done.said


def test_a_folder_with_a_comma_is_one_folder_to_helm(
    deploy: Callable[..., Done], world: World, cluster: StubCluster, tmp_path: Path
) -> None:
    staging = tmp_path / 'Kündigung, "Straße" & Co.' / "staging.yaml"
    staging.parent.mkdir()
    staging.write_text("deployment:\n  replicas: 3\n")
    done = deploy("--model", world.older, "--tag", "one", "-f", str(staging))
    assert (done.code, done.errors) == (0, "")
    (call,) = cluster.changing()
    quoted = str(staging).replace('"', '""')
    assert f'"{quoted}"' in call


def test_the_fourth_helm_is_asked_in_its_own_words(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    cluster.write(version="v4.0.1")
    assert deploy("--model", world.older, "--tag", "one").code == 0
    (call,) = cluster.changing()
    assert "--rollback-on-failure" in call
    assert "--atomic" not in call


@pytest.mark.usefixtures("older_is_live")
def test_the_release_says_what_is_in_its_image(world: World, cluster: StubCluster) -> None:
    assert cluster.live is not None
    record = cluster.live["values"]["release"]
    assert record["model_version"] == world.older
    assert record["image"] == "hookline/hookline-service:one"
    assert json.loads(record["contract"])["input_features"][0]["name"] == "sepal_length"
    assert record["classes"] == ["setosa", "versicolor", "virginica"]
    assert world.older in cluster.live["description"]


@pytest.mark.usefixtures("older_is_live")
def test_a_contract_that_breaks_needs_to_be_accepted(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    cluster.write(port=world.services[world.newer].port)
    done = deploy("--tag", "two")
    assert done.code == 1
    assert "breaks for callers in 1 place; pass --accept-breaking" in done.errors
    assert len(cluster.changing()) == 1
    assert deploy("--tag", "two", "--accept-breaking").code == 0
    assert cluster.live is not None
    assert cluster.live["values"]["release"]["model_version"] == world.newer


@pytest.mark.usefixtures("older_is_live")
def test_a_contract_that_nobody_wrote_down_needs_to_be_accepted(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    revisions = cluster.state["revisions"]
    del revisions[0]["values"]["release"]
    cluster.write(revisions=revisions)
    done = deploy("--plan", "--model", world.older, "--tag", "two")
    assert (done.code, "nobody wrote down" in done.said) == (1, True)
    assert "hookline-service:one" in done.said
    assert deploy("--plan", "--model", world.older, "--tag", "two", "--accept-breaking").code == 0


@pytest.mark.usefixtures("older_is_live")
def test_another_model_under_the_same_tag_is_refused(deploy: Callable[..., Done], world: World) -> None:
    done = deploy("--tag", "one", "--accept-breaking")
    assert done.code == 1
    assert f"give the image a tag of its own, such as --tag {world.newer}" in done.errors


@pytest.mark.slow
@pytest.mark.usefixtures("older_is_live")
def test_what_is_live_already_is_only_asked(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    done = deploy("--plan", "--model", world.older, "--tag", "one")
    assert (done.code, done.said.splitlines()[-1]) == (0, "nothing would change")
    done = deploy("--model", world.older, "--tag", "one")
    assert (done.code, f"answered by the model {world.older}" in done.said) == (0, True)
    assert len(cluster.changing()) == 1
    cluster.write(port=0)
    done = deploy("--model", world.older, "--tag", "one")
    assert (done.code, len(cluster.changing())) == (1, 1)


# ---- what fails is taken back ----


@pytest.mark.usefixtures("older_is_live")
def test_an_image_that_never_gets_ready_leaves_the_live_one(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    cluster.write(broken=True)
    done = deploy("--tag", "two", "--accept-breaking")
    assert done.code == 1
    assert done.errors.startswith("error: `helm upgrade` failed: UPGRADE FAILED")
    assert cluster.live is not None
    assert cluster.live["values"]["release"]["model_version"] == world.older


@pytest.mark.usefixtures("older_is_live")
def test_an_image_whose_model_is_another_is_taken_back(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    done = deploy("--tag", "two", "--accept-breaking")  # the older model still answers
    assert done.code == 1
    assert f"the model {world.older} answers, not {world.newer}" in done.errors
    assert f"revision 1 is back, with {world.older}" in done.errors
    assert cluster.calls("helm", "rollback")[0][2:4] == ["hookline-service", "1"]
    assert cluster.live is not None
    assert cluster.live["values"]["images"]["production_image_tag"] == "one"


def test_a_first_release_that_does_not_answer_is_taken_away(
    deploy: Callable[..., Done], cluster: StubCluster
) -> None:
    cluster.write(port=0)
    done = deploy("--tag", "one")
    assert done.code == 1
    assert "pod is not running" in done.errors
    assert "taken away again, for nothing was there before" in done.errors
    assert cluster.state["revisions"] == []


@pytest.mark.slow
@pytest.mark.usefixtures("older_is_live")
def test_what_cannot_be_taken_back_is_told_with_the_reason_and_the_next_command(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    cluster.write(stuck=True)
    done = deploy(
        "--tag", "two", "--accept-breaking", "--namespace", "models"
    )  # the older model still answers
    assert done.code == 1
    assert f"the model {world.older} answers, not {world.newer}" in done.errors
    assert "taking it back failed too: `helm rollback` failed: release s failed" in done.errors
    assert f"live is revision 2, with {world.newer}" in done.errors
    assert "run `hookline deploy rollback 1 --namespace models`" in done.errors


# ---- going back ----


@pytest.mark.usefixtures("older_is_live")
def test_going_back_takes_image_model_contract_and_values_together(
    deploy: Callable[..., Done], world: World, cluster: StubCluster, tmp_path: Path
) -> None:
    before = cluster.live
    assert before is not None
    cluster.write(port=world.services[world.newer].port)
    staging = tmp_path / "staging.yaml"
    staging.write_text("deployment:\n  replicas: 3\n")
    assert deploy("--tag", "two", "--accept-breaking", "-f", str(staging)).code == 0
    cluster.write(port=world.services[world.older].port)
    planned = deploy("rollback", "--plan")
    assert (planned.code, len(cluster.calls("helm", "rollback"))) == (0, 0)
    done = deploy("rollback")
    assert (done.code, done.errors) == (0, "")
    assert f"answered by the model {world.older}" in done.said
    assert cluster.live is not None
    assert cluster.live["values"] == before["values"]
    again = deploy("rollback")
    assert (again.code, "no good revision before the live one" in again.errors) == (1, True)


@pytest.mark.slow
@pytest.mark.usefixtures("older_is_live")
def test_going_back_finds_out_when_another_model_answers(
    deploy: Callable[..., Done], world: World, cluster: StubCluster
) -> None:
    cluster.write(port=world.services[world.newer].port)
    assert deploy("--tag", "two", "--accept-breaking").code == 0
    done = deploy("rollback", "1")  # the newer model still answers
    assert (done.code, f"answers, not {world.older}" in done.errors) == (1, True)


@pytest.mark.slow
@pytest.mark.usefixtures("older_is_live")
def test_going_back_asks_as_the_older_revision_was_asked_and_at_its_port(
    hookline: Hookline, deploy: Callable[..., Done], world: World, cluster: StubCluster, tmp_path: Path
) -> None:
    cluster.write(port=world.services[world.newer].port)
    later = Path(shutil.copytree(world.root, tmp_path / "later", ignore=shutil.ignore_patterns("var")))
    (later / "config.yaml").write_text("deployment:\n  service_port: 8080\n")
    assert hookline("deploy", "--tag", "two", "--accept-breaking", "-C", later).code == 0
    # The contract has gone on, and the older model would refuse what is asked today.
    (later / "tests" / "prediction_test_case.json").write_text('[{"petals": 5}]')
    cluster.write(port=world.services[world.older].port)
    done = hookline("deploy", "rollback", "-C", later)
    assert (done.code, done.errors) == (0, "")
    assert cluster.calls("kubectl", "port-forward")[-1][3] == ":5000"


@pytest.mark.parametrize("status", ["pending-upgrade", "failed"])
@pytest.mark.usefixtures("older_is_live")
def test_going_back_after_an_upgrade_that_did_not_get_through_goes_to_what_was_live(
    deploy: Callable[..., Done], cluster: StubCluster, status: str
) -> None:
    first = cluster.state["revisions"][0]
    cluster.write(
        revisions=[
            first | {"status": "superseded"},
            first | {"revision": 2},
            first | {"revision": 3, "status": status},
        ]
    )
    assert deploy("rollback").code == 0
    assert cluster.calls("helm", "rollback")[0][3] == "2"


def test_options_belong_behind_the_word_they_are_for(deploy: Callable[..., Done], world: World) -> None:
    done = deploy("--namespace", "models", "rollback")
    assert (done.code, "put --namespace behind rollback" in done.errors) == (2, True)


@pytest.mark.usefixtures("older_is_live")
def test_a_revision_that_never_was_is_refused(deploy: Callable[..., Done]) -> None:
    assert "has no revision 9; known are: 1" in deploy("rollback", "9").errors


# ---- what is missing ----


@pytest.mark.parametrize("program", ["helm", "kubectl"])
def test_a_missing_program_is_a_sentence_with_the_line_that_installs_it(
    deploy: Callable[..., Done], cluster: StubCluster, world: World, program: str
) -> None:
    (cluster.programs / program).unlink()
    done = deploy("--model", world.older, "--tag", "one")
    assert done.code == 1
    assert f"{program} is missing; install it with: sudo snap install {program} --classic" in done.errors


def test_an_address_does_without_kubectl(
    deploy: Callable[..., Done], cluster: StubCluster, world: World
) -> None:
    (cluster.programs / "kubectl").unlink()
    url = world.services[world.older].url
    assert deploy("--model", world.older, "--tag", "one", "--url", url).code == 0


def test_without_a_test_request_nothing_is_begun(
    hookline: Hookline, cluster: StubCluster, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKLINE_JENKINS__PREDICTION_TEST_CASE_PATH", "tests/none.json")
    done = hookline("deploy", "-C", world.root)
    assert (done.code, "it is the request that a fresh release must answer" in done.errors) == (1, True)
    assert cluster.changing() == []


def test_what_the_chart_refuses_is_refused_before_anything_changes(
    deploy: Callable[..., Done], cluster: StubCluster, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("service:\n  max_rows: 1\ndeployment:\n  replicas: many\n")
    done = deploy("-f", str(wrong))
    assert (done.code, "`deployment.replicas`" in done.errors) == (1, True)
    assert cluster.changing() == []


# ---- what is in the image ----


def engine(folder: Path, labels: dict[str, str]) -> Path:
    """Write a STUB of an engine's client that knows one image."""
    path = folder / "engine"
    path.write_text(f"#!/bin/sh\necho '{json.dumps(labels)}'\n")
    path.chmod(0o755)
    return path


def test_the_images_labels_say_which_model_is_in_it(
    deploy: Callable[..., Done], world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {"hookline.model.version": world.older, "org.opencontainers.image.revision": "abc123"}
    monkeypatch.setenv("DOCKER", str(engine(tmp_path, labels)))
    found = json.loads(deploy("--plan", "--json", "--tag", "one").said)
    assert found["next"]["model_version"] == world.older  # though the newer one is current
    assert (found["next"]["commit"], found["notes"]) == ("abc123", [])
    done = deploy("--plan", "--tag", "one", "--model", world.newer)
    assert (done.code, f"holds the model {world.older}, not {world.newer}" in done.errors) == (1, True)


def test_an_image_of_a_model_that_is_not_here_is_refused(
    deploy: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {"hookline.model.version": "20200101T000000Z-00000000"}
    monkeypatch.setenv("DOCKER", str(engine(tmp_path, labels)))
    done = deploy("--plan", "--tag", "one")
    assert (done.code, "bring it with `hookline models pull`" in done.errors) == (1, True)
