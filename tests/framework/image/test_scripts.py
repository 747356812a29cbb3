"""The scripts around the images, with a client that only notes how it is called."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from hookline.image.container import LOCKED_UP
from tests.framework.image.stub import Stub
from tests.house import ROOT

VENV = str(Path(sys.executable).parent.parent)
SCRIPTS = (
    "dockerfiles/production-image/build.sh",
    "dockerfiles/runtime-image/build.sh",
    "getting-started/run_docker.sh",
    "getting-started/upload_docker.sh",
)


def script(root: Path, name: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    found = {**os.environ, "VENV": VENV, **environ}
    return subprocess.run([root / name, *words], env=found, capture_output=True, text=True, check=False)


def test_a_build_is_given_the_name_and_arguments_that_config_yaml_says(generated: Path, stub: Stub) -> None:
    (generated / "config.yaml").write_text("service:\n  name: Iris of our garden\n")
    said = script(generated, SCRIPTS[0], DOCKER=str(stub.client), BASE_IMAGE="mirror/python@sha256:1")
    assert said.returncode == 0, said.stderr
    assert said.stdout == "built hookline/hookline-service:latest\n"
    (build,) = [call for call in stub.calls if call.startswith("build ")]
    assert build.startswith("build --tag hookline/hookline-service:latest")
    assert "--build-arg SERVICE=Iris of our garden" in build
    assert "--build-arg BASE_IMAGE=mirror/python@sha256:1" in build
    context = build.rpartition(" ")[2]
    assert not Path(context).exists(), "nothing is left behind"


@pytest.mark.slow
def test_a_build_takes_another_name_and_tag(generated: Path, stub: Stub) -> None:
    said = script(generated, SCRIPTS[1], "you/runtime", "v2", DOCKER=str(stub.client))
    assert said.returncode == 0, said.stderr
    assert said.stdout == "built you/runtime:v2\n"
    (build,) = [call for call in stub.calls if call.startswith("build ")]
    assert "--build-arg TOOLS=download" in build


@pytest.mark.slow
def test_a_build_is_given_mirrors_if_they_are_named(generated: Path, stub: Stub, tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\n")
    mirrors = {"PIP_CONFIG_FILE": str(config), "FETCH_HELM": "http://mirror/helm", "FETCH_KUBECTL": ""}
    assert script(generated, SCRIPTS[1], DOCKER=str(stub.client), **mirrors).returncode == 0
    (build,) = [call for call in stub.calls if call.startswith("build ")]
    assert f"--secret id=pip,src={config}" in build
    assert "--build-arg FETCH_HELM=http://mirror/helm" in build
    assert "FETCH_KUBECTL" not in build
    for name in ("production", "runtime"):
        text = (generated / "dockerfiles" / f"{name}-image" / "Dockerfile").read_text()
        assert "--mount=type=secret,id=pip,target=/etc/pip.conf" in text
    assert {"ARG FETCH_KUBECTL=", "ARG FETCH_HELM=", "ARG TARGETARCH"} <= set(text.splitlines())


def test_the_image_listens_for_callers_from_outside_whatever_config_yaml_says(generated: Path) -> None:
    text = (generated / "dockerfiles" / "production-image" / "Dockerfile").read_text()
    assert "HOOKLINE_SERVICE__HOST=0.0.0.0" in text


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_build_that_is_told_to_end_leaves_no_context(
    generated: Path, stub: Stub, tmp_path: Path, number: signal.Signals
) -> None:
    stub.wants(slow="build")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environ = {**os.environ, "VENV": VENV, "DOCKER": str(stub.client), "TMPDIR": str(scratch)}
    with subprocess.Popen([generated / SCRIPTS[0]], env=environ, start_new_session=True) as build:
        end = time.monotonic() + 20
        while not [call for call in stub.calls if call.startswith("build ")] and time.monotonic() < end:
            time.sleep(0.05)
        assert [*scratch.iterdir()] != []
        os.killpg(build.pid, number)
    assert build.returncode == 128 + number
    assert [*scratch.iterdir()] == []


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "hookline/hookline-service:latest"),
        pytest.param(["TAG=v7"], "hookline/hookline-service:v7", marks=pytest.mark.slow),
        (["IMAGE=you/iris", "TAG=v7"], "you/iris:v7"),
    ],
)
def test_make_takes_an_image_from_its_command_line_only(
    generated: Path, stub: Stub, words: list[str], name: str
) -> None:
    shutil.copy(ROOT / "Makefile", generated)
    # What is in VENV is newer than these locks, which says that nothing is to be installed.
    venv = generated / "venv"
    (venv / "bin").mkdir(parents=True)
    for program in ("python", "hookline"):
        (venv / "bin" / program).symlink_to(Path(VENV) / "bin" / program)
    (generated / "locks" / "hookline.txt").touch()
    (venv / ".train").touch()
    environ = {**os.environ, "IMAGE": "other:latest", "DOCKER": str(stub.client)}
    for variable in ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "TAG"):
        environ.pop(variable, None)
    command = ["make", "image", f"VENV={venv}", *words]
    said = subprocess.run(command, cwd=generated, env=environ, capture_output=True, text=True, check=False)
    assert said.stdout.splitlines()[-1:] == [f"built {name}"], said.stderr


def test_a_build_that_fails_is_not_called_built(generated: Path, stub: Stub) -> None:
    stub.wants(refuse="build")
    said = script(generated, SCRIPTS[0], DOCKER=str(stub.client))
    assert said.returncode == 1
    assert "built" not in said.stdout


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_missing_client_is_named_with_the_line_that_installs_it(generated: Path, name: str) -> None:
    said = script(generated, name, DOCKER="no-such-client")
    assert said.returncode == 127
    assert said.stderr == (
        "error: no-such-client is missing; install it with: sudo apt-get install docker.io\n"
    )


def test_an_engine_that_does_not_answer_is_named_with_the_line_that_starts_it(
    generated: Path, stub: Stub
) -> None:
    stub.wants(refuse="info")
    said = script(generated, SCRIPTS[0], DOCKER=str(stub.client))
    assert said.returncode == 1
    assert "start it with: sudo systemctl start docker" in said.stderr


def test_without_hookline_the_way_to_it_is_told(generated: Path) -> None:
    said = script(generated, SCRIPTS[0], VENV="/none", PATH="/usr/bin:/bin")
    assert said.returncode == 127
    assert said.stderr == "error: hookline is missing; install it with: make setup\n"


@pytest.mark.slow
def test_what_cannot_be_pushed_is_told_with_the_way_to_log_in(generated: Path, stub: Stub) -> None:
    (generated / "getting-started" / "upload_docker.sh").chmod(0o755)
    text = (generated / "getting-started" / "upload_docker.sh").read_text()
    # What is tried elsewhere is left out here.
    without = "\n".join(line for line in text.splitlines() if "image test" not in line)
    (generated / "getting-started" / "upload_docker.sh").write_text(without + "\n")
    stub.wants(refuse="push")
    said = script(generated, SCRIPTS[3], "registry.example.com/you/iris", "v1", DOCKER=str(stub.client))
    assert said.returncode == 1
    assert said.stderr.splitlines()[-1] == (
        "error: registry.example.com/you/iris:v1 was not pushed; "
        f"log in with: {stub.client} login registry.example.com"
    )


@pytest.mark.slow
def test_the_container_gets_the_settings_of_a_file(generated: Path, stub: Stub, tmp_path: Path) -> None:
    settings = tmp_path / "service.env"
    settings.write_text("HOOKLINE_ACCESS__REQUIRED=true\n")
    # No service is behind the stub, so that the first prediction fails: nothing listens at the port.
    script(generated, SCRIPTS[2], "1", DOCKER=str(stub.client), ENV_FILE=str(settings))
    (call,) = [call for call in stub.calls if call.startswith("run ")]
    assert f"--env-file {settings}" in call
    said = script(generated, SCRIPTS[2], DOCKER=str(stub.client), ENV_FILE="none.env")
    assert (said.returncode, said.stderr[:31]) == (1, "error: none.env cannot be read;")


def test_compose_locks_the_service_up_as_the_trial_does() -> None:
    service = yaml.safe_load((ROOT / "getting-started" / "docker-compose.yml").read_text())["services"][
        "service"
    ]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == [LOCKED_UP[LOCKED_UP.index("--tmpfs") + 1]]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["image"].startswith("${SERVICE_IMAGE:?")
    assert service["labels"]["hookline.project"].startswith("${COMPOSE_PROJECT_NAME:?"), (
        "each project has its own"
    )
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == [
        "log:/var/lib/hookline"
    ]
