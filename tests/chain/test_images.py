"""The images of the service: built by a real engine, run without any rights, stopped under load."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookline.errors import ImageError, NoModelError
from hookline.image.container import LOCKED_UP, Container
from hookline.image.engine import Engine
from hookline.image.trial import try_image
from hookline.image.wheel import bring_wheel
from hookline.predlog.places import Places
from hookline.predlog.query.collect import collect
from hookline.predlog.query.filter import Filter
from hookline.project import open_project
from tests.chain.engine import BASE, STAND_IN, engine_or_skip
from tests.chain.images import Built, build, copy_checkout, copy_project, forget, holds, inspected, run, size
from tests.chain.running import eventually, program_of
from tests.framework.service.projects import trained_once
from tests.framework.service.runner.load import Load, until
from tests.house import ROOT

CANARY = "canary-7f3a-never-in-an-image"
BODY = (ROOT / "tests" / "prediction_test_case.json").read_bytes()
MOST_MEGABYTES = {"compiled": 260, "full": 650}


@pytest.fixture(scope="module")
def engine() -> str:
    return engine_or_skip()


def git(project: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", project, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def compiled(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Build the image of this repository's own project, as `make image` does."""
    project = copy_checkout(tmp_path_factory.mktemp("compiled") / "checkout")
    shutil.copytree(
        trained_once("iris", tmp_path_factory) / "model_bin", project / "model_bin", dirs_exist_ok=True
    )
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "x")
    image = build(project, engine, "production", "hookline/compiled")
    yield image
    forget(engine, image)


@pytest.fixture(scope="module")
def full(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Build that of a generated project: the framework is a wheel in vendor/, its model is not compiled."""
    project = copy_project(tmp_path_factory.mktemp("full"))
    config = (project / "config.yaml").read_text()
    (project / "config.yaml").write_text(config.replace("  compile: true", "  compile: false"))
    bring_wheel(ROOT, project / "vendor")
    (project / "source" / ".env").write_text(f"PASSWORD={CANARY}\n")
    (project / "var").mkdir()
    (project / "var" / "hash.key").write_text(CANARY)
    run([sys.executable, "-m", "hookline.cli", "train", "-q"], project)
    secret = {"HOOKLINE_PREDICTION_LOG__MONGO_DB_PASSWORD": CANARY}
    image = build(project, engine, "production", "hookline/full", **secret)
    yield image
    forget(engine, image)


@pytest.fixture(params=["compiled", "full"])
def built(request: pytest.FixtureRequest) -> Built:
    found: Built = request.getfixturevalue(request.param)
    return found


def inside(engine: str, image: str, *words: str) -> str:
    command = [engine, "run", "--rm", "--network", "none", "--entrypoint", words[0], image, *words[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def importable(engine: str, image: str) -> list[str]:
    code = (
        "from importlib.util import find_spec\n"
        "names = 'pandas sklearn scipy skops joblib onnxruntime pip setuptools'.split()\n"
        "print(*[name for name in names if find_spec(name)])"
    )
    return inside(engine, image, "python", "-c", code).split()


# ---- what is in it ----


def test_each_flavour_is_small(engine: str, built: Built) -> None:
    labels = inspected(engine, built.image)["Config"]["Labels"]
    over = size(engine, built.image) - size(engine, BASE)
    stands_in = STAND_IN in (inspected(engine, BASE)["Config"]["Labels"] or {})
    base = f"a stand-in for {BASE}" if stands_in else BASE
    sys.stdout.write(f"{labels['hookline.flavour']}: {over:.0f} MB over {base}\n")
    assert over <= MOST_MEGABYTES[labels["hookline.flavour"]]


def test_a_compiled_model_is_served_without_pandas_scikit_learn_and_pickles(
    engine: str, compiled: Built
) -> None:
    assert importable(engine, compiled.image) == ["onnxruntime"]
    files = inside(engine, compiled.image, "find", "/app", "-type", "f").split()
    assert not [name for name in files if name.endswith((".skops", ".joblib", ".pkl", ".pyc"))]
    assert "/app/source/model/features.yaml" in files
    assert "/app/source/model/train.py" not in files


def test_another_model_has_what_its_own_code_needs(engine: str, full: Built) -> None:
    assert importable(engine, full.image) == ["pandas", "sklearn", "scipy", "skops", "joblib", "onnxruntime"]
    files = inside(engine, full.image, "find", "/app", "-type", "f").split()
    assert "/app/source/model/train.py" in files
    assert any(name.endswith(".skops") for name in files)


def test_no_build_tool_and_nothing_of_the_build_is_left(engine: str, built: Built) -> None:
    search = (
        "for name in gcc cc make git docker curl; do command -v $name; done; ls -d /lock.txt /wheel; true"
    )
    assert inside(engine, built.image, "sh", "-c", search) == ""


def test_no_secret_is_in_any_layer_or_in_the_history(engine: str, full: Built) -> None:
    known = b"class DataLoader"  # the search would find it
    assert holds(engine, full.image, CANARY.encode(), known) == {known}


def test_labels_say_which_model_of_which_commit_it_serves(engine: str, built: Built) -> None:
    (version,) = (built.project / "model_bin").glob("2*")
    manifest = json.loads((version / "manifest.json").read_text())
    labels = inspected(engine, built.image)["Config"]["Labels"]
    assert labels["hookline.model.id"] == manifest["model_id"]
    assert labels["hookline.model.version"] == version.name
    assert labels["hookline.contract"] == manifest["contract_fingerprint"]
    assert labels["org.opencontainers.image.title"] == "hookline-service"
    commit = git(built.project, "rev-parse", "HEAD") if (built.project / ".git").exists() else "unknown"
    assert labels["org.opencontainers.image.revision"] == commit


def test_it_runs_one_program_without_a_shell_and_not_as_root(engine: str, built: Built) -> None:
    config = inspected(engine, built.image)["Config"]
    assert config["Cmd"] == ["python", "-P", "main.py"]
    assert config["Entrypoint"] is None
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"][:2] == ["CMD", "python"]
    assert set(config["Volumes"]) == {"/var/lib/hookline"}


def test_what_it_holds_is_listed_in_a_valid_bill_of_materials(
    engine: str, compiled: Built, tmp_path: Path
) -> None:
    bill = tmp_path / "sbom.cdx.json"
    words = [sys.executable, "-m", "hookline.cli", "image", "sbom", *compiled.image.split(":")]
    run([*words, "--output", str(bill)], compiled.project, DOCKER=engine)
    library = program_of("cyclonedx").parent
    check = (
        "import sys; from cyclonedx.schema import SchemaVersion\n"
        "from cyclonedx.validation.json import JsonStrictValidator\n"
        "sys.exit(str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()) or ''))"
    )

    def findings(text: str) -> str:
        words = [sys.executable, "-c", check]
        done = subprocess.run(
            words, input=text, env={"PYTHONPATH": str(library)}, check=False, capture_output=True, text=True
        )
        return done.stderr

    text = bill.read_text()
    assert findings(text).strip() == ""
    assert "lib" in findings(text.replace('"library"', '"lib"'))
    names = {each["name"] for each in json.loads(text)["components"]}
    assert {"hookline", "onnxruntime", "fastapi", "libc6", "hookline-service"} <= names
    assert "pandas" not in names


# ---- how it runs ----


def test_it_answers_as_the_model_here_without_any_rights(engine: str, built: Built) -> None:
    said: list[str] = []
    try_image(open_project(built.project), built.image, Engine(engine), said.append)
    assert [line.split()[0] for line in said] == ["ready", "equal", "equal", "stopped"]


def test_an_image_of_another_model_is_found(engine: str, compiled: Built, full: Built) -> None:
    with pytest.raises(NoModelError, match="there is no version"):
        try_image(open_project(full.project), compiled.image, Engine(engine), lambda _: None)


@pytest.mark.parametrize("user", ["54321:12345", "54321"])
def test_it_runs_as_any_user(engine: str, built: Built, user: str) -> None:
    with Container(Engine(engine), built.image, options=("--user", user)) as container:
        container.wait_ready(30)
        status, headers, answers = container.ask("POST", "/api/predictions", BODY)
        assert (status, len(answers)) == (200, 3)
        assert "x-prediction-logged" not in headers


def test_its_own_places_are_the_only_ones_it_can_write_to(engine: str, built: Built) -> None:
    # What the engine itself mounts (/dev/shm) is not the image's.
    mounted = ("(", "-path", "/proc", "-o", "-path", "/sys", "-o", "-path", "/dev", ")", "-prune", "-o")
    search = ("/", *mounted, "-type", "d", "-writable", "-print")

    def writable(*options: str) -> set[str]:
        start = (engine, "run", "--rm", "--network", "none", *options, "--entrypoint", "find", built.image)
        done = subprocess.run([*start, *search], capture_output=True, text=True, check=False)
        return set(done.stdout.split())

    assert writable(*LOCKED_UP) == {"/tmp", "/var/lib/hookline"}  # noqa: S108 - in the container
    assert "/var/tmp" in writable(), "the search would find more"  # noqa: S108 - in the container


def test_its_own_check_of_health_agrees(engine: str, compiled: Built) -> None:
    words = inspected(engine, compiled.image)["Config"]["Healthcheck"]["Test"][1:]
    with Container(Engine(engine), compiled.image) as container:
        container.wait_ready(30)
        assert Engine(engine).call("exec", container.id, *words) == '200 {"status":"ready"}'
    with Container(
        Engine(engine), compiled.image, options=("--env", "HOOKLINE_MODELS__DIRECTORY=/none")
    ) as bad:
        with pytest.raises(ImageError, match="was not ready"):
            bad.wait_ready(4)
        with pytest.raises(ImageError, match="exec"):
            Engine(engine).call("exec", bad.id, *words)


@pytest.mark.parametrize(
    ("models", "verdict"), [("/app/model_bin", "healthy"), ("/none", "unhealthy")], ids=["sound", "broken"]
)
def test_the_engine_comes_to_the_same_verdict(
    engine: str, compiled: Built, models: str, verdict: str
) -> None:
    # As the image says it, but sooner: it gives a service a minute to start, and asks twice a minute.
    soon = ("--health-interval", "1s", "--health-start-period", "1ms", "--health-retries", "2")
    options = (*soon, "--env", f"HOOKLINE_MODELS__DIRECTORY={models}")
    with Container(Engine(engine), compiled.image, options=options) as container:
        asked = ("inspect", "--format", "{{.State.Health.Status}}", container.id)
        eventually(lambda: Engine(engine).call(*asked) == verdict, 30)


def test_a_stop_under_load_fails_no_request_and_loses_no_prediction(
    engine: str, built: Built, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    volume = ("--volume", f"{tmp_path}:/var/lib/hookline")
    with Container(Engine(engine), built.image, options=volume) as container:
        container.wait_ready(30)
        load, seconds, code = asyncio.run(_stop_under_load(container))
        assert (load.failures, set(load.statuses)) == ([], {200})
        assert code == 0
        assert seconds <= 10
        sys.stdout.write(f"stopped in {seconds:.1f} s; {len(load.replies)} requests answered, 0 failed\n")
    answered = {row["prediction_id"] for reply in load.replies for row in json.loads(reply.body)}
    entries = collect(Places(tmp_path).database, Filter(), 10**6)
    logged = {entry.record["prediction_id"] for entry in entries}
    assert logged == answered


async def _stop_under_load(container: Container) -> tuple[Load, float, int]:
    """Stop it while callers ask, as a balancer has them: until the service has said it is not ready."""
    port = container.port
    async with Load(port, BODY, connections=8, pause=0.01) as load:
        await load.more(100)
        stopping = asyncio.create_task(asyncio.to_thread(container.stop, 30))
        await until(lambda: not _ready(port))
        await asyncio.sleep(1)  # balancers are late
    return load, *await stopping


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
