"""The controller as far as it can be tried without one: its settings, jobs, plugins, images and scripts.

Job DSL, Jenkins' classes and the container engine are STUBS here, and named so where they are made.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from tests.chain.engine import BASE, engine_or_skip
from tests.chain.pipelines.groovy import HERE, PIPELINES, groovy
from tests.chain.running import program_of
from tests.chain.test_dockerfiles import TRIVY, findings
from tests.house import ROOT

CONTROLLER = ROOT / "jenkins" / "controller"
START, STOP = "getting-started/start_jenkins.sh", "getting-started/stop_jenkins.sh"
ROOTS = {"jenkins", "credentials", "security", "unclassified", "tool", "jobs"}
# What the pipelines, the jobs and the settings call, and the plugin that has it; "": Jenkins itself.
PLUGINS = {
    "pipeline": "workflow-aggregator",
    "sh": "workflow-aggregator",
    "dir": "workflow-aggregator",
    "deleteDir": "workflow-aggregator",
    "checkout": "git",
    "messageExclusion": "git",
    "credentials": "credentials-binding",
    "junit": "junit",
    "readJSON": "pipeline-utility-steps",
    "archiveArtifacts": "",
    "pipelineJob": "job-dsl",
    "domainCredentials": "configuration-as-code",
}
CANARY = "canary-91c2-never-on-a-command-line"


def settings() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CONTROLLER / "jenkins.yaml").read_text(encoding="utf-8"))
    return found


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CONTROLLER / "docker-compose.yml").read_text(encoding="utf-8"))
    return found["services"]  # type: ignore[no-any-return]


def slots() -> set[str]:
    (found,) = re.findall(r"slots init ([A-Z_ ]+)", (ROOT / START).read_text(encoding="utf-8"))
    return set(found.split())


# ---- settings and jobs ----


def test_the_settings_have_known_roots() -> None:
    assert set(settings()) <= ROOTS


def test_every_variable_is_filled_by_somebody_and_stands_in_the_manual() -> None:
    text = (CONTROLLER / "jenkins.yaml").read_text(encoding="utf-8").partition("\njenkins:")[2]
    plain, files = set(re.findall(r"\$\{([A-Z_]+)\}", text)), set(re.findall(r"/run/secrets/([A-Z_]+)", text))
    read = set(re.findall(r"getenv\('([A-Z_]+)'\)", (CONTROLLER / "jobs.groovy").read_text(encoding="utf-8")))
    variables = set(compose()["controller"]["environment"])
    assert plain | files | read == slots() | variables
    assert not slots() & variables, "a secret would be a variable of the container, which `inspect` shows"
    manual = (ROOT / "docs" / "jenkins.md").read_text(encoding="utf-8")
    assert [name for name in slots() | variables if f"`{name}`" not in manual] == []


def test_there_is_no_wizard_no_anonymous_access_and_no_build_beside_the_secrets() -> None:
    jenkins = settings()["jenkins"]
    assert jenkins["numExecutors"] == 0
    assert jenkins["authorizationStrategy"] == {"loggedInUsersCanDoAnything": {"allowAnonymousRead": False}}
    assert jenkins["securityRealm"]["local"]["allowsSignup"] is False
    assert "runSetupWizard=false" in (CONTROLLER / "Dockerfile").read_text(encoding="utf-8")


def test_job_dsl_makes_the_four_jobs_and_the_agent_gets_its_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "SCM_URL": "https://git.example.com/team/iris.git",
        "SCM_BRANCH": "main",
        "SCM_CREDENTIALS_ID": "scm",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    result = tmp_path / "jobs.json"
    groovy(HERE / "jobdsl.groovy", CONTROLLER / "jobs.groovy", CONTROLLER / "agent_secret.groovy", result)
    jobs = json.loads(result.read_text())
    assert set(jobs) == set(PIPELINES)
    paths = {name: str(job).partition("scriptPath': '")[2].partition("'")[0] for name, job in jobs.items()}
    assert paths == {name: f"jenkins/{name}/Jenkinsfile" for name in PIPELINES}
    assert all((ROOT / path).exists() for path in paths.values())
    assert jobs["build-image"]["triggers"] == {"upstream": ["train-model", "SUCCESS"]}
    assert jobs["deploy"]["triggers"] == {"upstream": ["build-image", "SUCCESS"]}
    scm = jobs["train-model"]["definition"]["cpsScm"]["scm"]["git"]
    assert scm["remote"] == {"url": given["SCM_URL"], "credentials": "scm"}
    passed_over = scm["extensions"]["messageExclusion"]["excludedMessage"]
    assert re.fullmatch(passed_over, "Publish the model 20261130T173856Z-e6e936d5 [skip ci]\n")
    assert (tmp_path / "secret").read_text() == "the secret of hookline"


def test_a_job_with_a_slip_is_found(tmp_path: Path) -> None:
    careless = tmp_path / "jobs.groovy"
    text = (CONTROLLER / "jobs.groovy").read_text(encoding="utf-8")
    careless.write_text(text.replace("scriptPath(", "scriptpath("), encoding="utf-8")
    with pytest.raises(AssertionError, match="Job DSL knows no scriptpath in cpsScm"):
        groovy(HERE / "jobdsl.groovy", careless, CONTROLLER / "agent_secret.groovy", tmp_path / "jobs.json")


def test_the_plugins_are_those_that_are_used_each_at_one_version() -> None:
    lines = (CONTROLLER / "plugins.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.split(":") for line in lines if line and not line.startswith("#")]
    assert all(len(pin) == 2 and re.match(r"\d+\.", pin[1]) for pin in pinned)
    assert {name for name, _ in pinned} == set(PLUGINS.values()) - {""}
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "jenkins").glob("*/Jenkinsfile"))
    text += "".join(
        (CONTROLLER / name).read_text(encoding="utf-8") for name in ("jobs.groovy", "jenkins.yaml")
    )
    assert [name for name in PLUGINS if not re.search(rf"\b{name}\b", text)] == []
    (known,) = re.findall(r"class Steps \{(.*?)\n\}", (HERE / "harness.groovy").read_text(), re.DOTALL)
    steps = set(re.findall(r"^    (?:void|def) (\w+)\(", known, re.MULTILINE))
    assert steps <= set(PLUGINS), "the harness knows a step whose plugin nobody named"


# ---- images and containers ----


@pytest.mark.parametrize("folder", [CONTROLLER, CONTROLLER / "agent"], ids=["controller", "agent"])
def test_linters_find_nothing_in_the_images(folder: Path) -> None:
    assert findings(program_of("hadolint"), folder / "Dockerfile") == ""
    assert findings(program_of("trivy"), *TRIVY, folder) == ""


def test_no_socket_of_the_machine_is_mounted_and_only_the_engine_has_rights() -> None:
    for name, service in compose().items():
        assert all(volume.split(":")[0].isidentifier() for volume in service["volumes"]), (
            "a folder of the machine"
        )
        assert service.get("privileged", False) == (name == "engine")
        if name != "engine":
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]
    assert compose()["engine"]["image"].endswith("-dind-rootless")
    assert compose()["agent"]["environment"]["DOCKER_TLS_VERIFY"] == "1"
    assert compose()["controller"]["ports"] == ["127.0.0.1:${JENKINS_PORT:-8080}:8080"]
    holders = {name for name, service in compose().items() if "secrets:" in str(service["volumes"])}
    assert holders == {"controller"}


def test_compose_takes_the_file() -> None:
    words: list[str | Path] = [
        program_of("docker-compose"),
        "--file",
        CONTROLLER / "docker-compose.yml",
        "config",
    ]
    done = subprocess.run(
        [*words, "--quiet"], env={**os.environ, "SCM_URL": "x"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_agent_becomes_the_controllers_own_program(tmp_path: Path) -> None:
    (tmp_path / "jnlpJars").mkdir()
    (tmp_path / "jnlpJars" / "agent.jar").write_bytes(b"the agent program")
    (tmp_path / "secret").write_text("s")
    java = tmp_path / "java"
    java.write_text('#!/bin/sh\n# STUB of java: it says what it was called with.\ncat "$2"; echo " $*"\n')
    java.chmod(0o755)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words: Any) -> None:
            super().__init__(*words, directory=str(tmp_path))

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        environ = {"JENKINS_URL": f"{url}/", "AGENT_SECRET_FILE": str(tmp_path / "secret"), "JAVA": str(java)}
        words: list[str | Path] = [sys.executable, CONTROLLER / "agent" / "start.py"]
        said = subprocess.run(
            words, env=os.environ | environ, capture_output=True, text=True, check=True
        ).stdout
        server.shutdown()
    assert said.startswith("the agent program -jar ")
    assert said.endswith(
        f"-url {url} -name hookline -webSocket -secret @{tmp_path}/secret -workDir /workspace\n"
    )


def test_the_agents_image_is_the_runtime_image_with_the_controllers_java(tmp_path: Path) -> None:
    docker, base = engine_or_skip(), "hookline/jenkins-stand-in"
    java = tmp_path / "openjdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\n# STAND-IN for the Java of a controller, which cannot be pulled.\nid -u; pwd\ntouch x\n"
    )
    java.chmod(0o755)
    (tmp_path / "Dockerfile").write_text(f"FROM {BASE}\nCOPY openjdk /opt/java/openjdk\n")
    build = [docker, "build", "--quiet"]
    environ = {**os.environ, "DOCKER_BUILDKIT": "1"}
    subprocess.run([*build, "--tag", base, tmp_path], env=environ, check=True, capture_output=True)
    arguments = ["--build-arg", f"JENKINS_IMAGE={base}", "--build-arg", f"RUNTIME_IMAGE={BASE}"]
    subprocess.run(
        [*build, "--tag", f"{base}:agent", *arguments, CONTROLLER / "agent"],
        env=environ,
        check=True,
        capture_output=True,
    )
    words = [docker, "run", "--rm", "--network", "none", "--user", "1000:1000", "--cap-drop", "ALL"]
    done = subprocess.run(
        [*words, f"{base}:agent", "sh", "-c", "$JAVA"], check=True, capture_output=True, text=True
    )
    assert done.stdout == "1000\n/workspace\n"


# ---- scripts ----


STUB = '''\
#!{python}
"""STUB of docker: it notes its words, and runs slots.sh beside a folder instead of a volume."""
import json, os, sys

with open({calls!r}, "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
if sys.argv[1] == "run":
    at = sys.argv.index("/usr/share/jenkins/hookline/slots.sh")
    os.execve("/bin/sh", ["sh", {slots!r}, *sys.argv[at + 1:]], {{**os.environ, "SLOTS": {secrets!r}}})
'''


class Engine:
    """Be the stub, what it was called with, and what the slots hold."""

    def __init__(self, home: Path) -> None:
        self.home, self.secrets = home, home / "secrets"
        self.secrets.mkdir()
        self.path = home / "docker"
        known = {
            "calls": str(home / "calls"),
            "slots": str(CONTROLLER / "slots.sh"),
            "secrets": str(self.secrets),
        }
        self.path.write_text(dedent(STUB).format(python=sys.executable, **known))
        self.path.chmod(0o755)

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Call a script of the project."""
        given = {"PATH": os.environ["PATH"], "DOCKER": str(self.path), "VENV": str(ROOT / ".venv")}
        return subprocess.run(
            words,
            cwd=ROOT,
            env=given | environ,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.home / "calls").read_text().splitlines()]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


def test_the_password_is_made_and_printed_once(engine: Engine) -> None:
    first = engine.run(START, "https://git.example.com/iris.git")
    assert (first.returncode, first.stderr) == (0, "")
    password = (engine.secrets / "JENKINS_ADMIN_PASSWORD").read_text().strip()
    assert len(password) == 24
    assert f"Sign in as admin with {password}" in first.stdout
    second = engine.run(START, "https://git.example.com/iris.git")
    assert (second.returncode, "Sign in" in second.stdout) == (0, False)
    assert (engine.secrets / "JENKINS_ADMIN_PASSWORD").read_text().strip() == password
    ups = [call for call in engine.calls if call[:1] == ["compose"] and "up" in call]
    assert len(ups) == 2


def test_slots_are_filled_from_the_environment_or_from_files_and_never_by_words(engine: Engine) -> None:
    key = engine.home / "key"
    key.write_text(f"{CANARY}-file")
    done = engine.run(START, "u", SCM_PSW=f"{CANARY}-value", REGISTRY_PSW_FILE=str(key), KUBECONFIG=str(key))
    assert done.returncode == 0, done.stderr
    held = {path.name: path.read_text() for path in engine.secrets.iterdir()}
    assert set(held) == slots()
    assert held["SCM_PSW"] == f"{CANARY}-value"
    assert held["REGISTRY_PSW"] == held["KUBECONFIG"] == f"{CANARY}-file"
    assert held["HOOKLINE_API_KEY"] == ""
    assert CANARY not in str(engine.calls) + done.stdout + done.stderr
    assert all(path.stat().st_mode & 0o077 == 0 for path in engine.secrets.iterdir())
    assert engine.run(START, "u").returncode == 0
    assert (engine.secrets / "SCM_PSW").read_text() == f"{CANARY}-value", "what is not given stays"


def test_stopping_keeps_what_there_is_unless_told_to_forget(engine: Engine) -> None:
    assert engine.run(STOP).returncode == 0
    assert engine.calls[-1][-1] == "down"
    assert engine.run(STOP, "--forget").returncode == 0
    assert engine.calls[-2][-2:] == ["down", "--volumes"]
    assert engine.calls[-1] == ["volume", "rm", "--force", "hookline-jenkins-secrets"]
    refused = engine.run(STOP, "--all")
    assert (refused.returncode, refused.stderr.splitlines()) == (
        2,
        [f"error: --all is not known here; usage: {STOP} [--forget]"],
    )


@pytest.mark.parametrize(
    ("words", "environ", "code", "sentence"),
    [
        (
            [START, "u"],
            {"DOCKER": "no-engine"},
            127,
            "no-engine is missing; install it with: sudo apt-get install",
        ),
        ([STOP], {"DOCKER": "no-engine"}, 127, "no-engine is missing; install it with: sudo apt-get install"),
        (
            [START, "u"],
            {"KUBECONFIG": "/none"},
            2,
            "/none, which is to fill the slot KUBECONFIG, cannot be read",
        ),
    ],
)
def test_what_is_missing_is_a_sentence(
    engine: Engine, words: list[str], environ: dict[str, str], code: int, sentence: str
) -> None:
    done = engine.run(*words, **environ)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)
    assert sentence in done.stderr


def test_shellcheck_finds_nothing_in_the_steps() -> None:
    scripts = [*(ROOT / "jenkins").rglob("*.sh")]
    assert len(scripts) >= 7
    assert findings(program_of("shellcheck"), "-x", *scripts, START, STOP) == ""
