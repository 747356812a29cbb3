"""The Dockerfiles and scripts as linters see them, and the image that pipelines run in."""

from __future__ import annotations

import hashlib
import io
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.chain.engine import engine_or_skip
from tests.chain.images import build, copy_checkout, forget, inspected
from tests.chain.running import program_of
from tests.framework.service.projects import trained_once
from tests.house import ROOT

DOCKERFILES = sorted((ROOT / "dockerfiles").glob("*/Dockerfile"))
SCRIPTS = [ROOT / ".ci" / "run", *ROOT.glob("dockerfiles/**/*.sh"), *ROOT.glob("getting-started/**/*.sh")]
ARCHITECTURE = "arm64" if platform.machine() == "aarch64" else "amd64"
NAMES = [path.parent.name for path in DOCKERFILES]
TRIVY = ("config", "--skip-check-update", "--skip-version-check", "--disable-telemetry", "--exit-code", "1")


def findings(*words: str | Path) -> str:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_hadolint_finds_nothing(path: Path) -> None:
    assert findings(program_of("hadolint"), path) == ""


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_trivy_finds_nothing(path: Path) -> None:
    assert findings(program_of("trivy"), *TRIVY, path.parent) == ""


def test_both_would_find_a_careless_image(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM python\nRUN apt-get install git\n")
    assert "DL3006" in findings(program_of("hadolint"), path)
    assert "root" in findings(program_of("trivy"), *TRIVY, tmp_path)


def test_the_dockerfiles_need_no_registry_but_for_their_base() -> None:
    for path in DOCKERFILES:
        text = path.read_text()
        assert "# syntax=" not in text
        assert "--link" not in text
        assert "<<" not in text


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    assert len(SCRIPTS) >= 10
    assert findings(program_of("shellcheck"), "-x", *SCRIPTS) == ""
    (tmp_path / "careless.sh").write_text("#!/bin/sh\nrm -rf $1/*\n")
    assert "SC2086" in findings(program_of("shellcheck"), tmp_path / "careless.sh")


def test_pipelines_find_all_they_need_in_the_runtime_image(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine = engine_or_skip()
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("kubectl", "helm"):
        shutil.copy2(program_of(name), tools)
    project = copy_checkout(tmp_path / "project")
    built = build(project, engine, "runtime", "hookline/runtime", TOOLS=str(tools))
    assert inspected(engine, built.image)["Config"]["User"] == "10001:10001"
    for path in (project, *project.rglob("*")):
        path.chmod(0o777)  # an agent's user is the owner of its workspace
    steps = (
        "git --version && docker --version && kubectl version --client && helm version",
        "make train && hookline models list && hookline image name production",
    )
    words = [engine, "run", "--rm", "--network", "none", "--user", "4242:4242", "--cap-drop", "ALL"]
    words += ["--volume", f"{project}:/workspace", built.image, "bash", "-ec", "; ".join(steps)]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    for word in (
        "git version",
        "Docker version",
        "v1.34",
        "v3.2",
        "publish",
        "hookline/hookline-service:latest",
    ):
        assert word in said.stdout
    sys.stdout.write(said.stdout)
    forget(engine, built)


# ---- what a build refuses ----


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """Serve what stands in for kubectl and helm to builds, at the engine's own address."""
    words = [
        engine_or_skip(),
        "network",
        "inspect",
        "bridge",
        "--format",
        "{{(index .IPAM.Config 0).Gateway}}",
    ]
    gateway = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    folder = tmp_path / "mirror"
    for name, text in programs().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
        (folder / f"{name}.sha256").write_text(hashlib.sha256(text).hexdigest())
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer((gateway, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{gateway}:{server.server_port}"
        server.shutdown()


def programs() -> dict[str, bytes]:
    """Return what the real servers would have, in the versions that the Dockerfile asks for."""
    text = (ROOT / "dockerfiles" / "runtime-image" / "Dockerfile").read_text()
    asked = dict(re.findall(r"^ARG (KUBECTL|HELM)=(.+)$", text, re.MULTILINE))
    return {
        f"{asked['KUBECTL']}/bin/linux/{ARCHITECTURE}/kubectl": b"#!/bin/sh\necho I stand in for kubectl\n",
        f"helm-{asked['HELM']}-linux-{ARCHITECTURE}.tar.gz": archive(
            b"#!/bin/sh\necho I stand in for helm\n"
        ),
    }


def archive(program: bytes) -> bytes:
    """Pack a program as Helm is packed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo(f"linux-{ARCHITECTURE}/helm")
        member.size = len(program)
        tar.addfile(member, io.BytesIO(program))
    return packed.getvalue()


def test_kubectl_and_helm_are_fetched_from_mirrors_and_refused_if_they_are_others(
    mirror: str, tmp_path: Path
) -> None:
    engine, project = engine_or_skip(), copy_checkout(tmp_path / "project")
    mirrors = {"FETCH_KUBECTL": mirror, "FETCH_HELM": mirror}
    built = build(project, engine, "runtime", "hookline/fetched", **mirrors)
    words = [engine, "run", "--rm", "--network", "none", built.image, "sh", "-c", "kubectl; helm"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == "I stand in for kubectl\nI stand in for helm\n"
    forget(engine, built)
    # What has been fetched once is kept with the layer, so another digest is insisted on.
    file = project / "dockerfiles" / "runtime-image" / "Dockerfile"
    file.write_text(file.read_text().replace("ARG KUBECTL_SHA256=\n", f"ARG KUBECTL_SHA256={'0' * 64}\n"))
    with pytest.raises(AssertionError, match=f"instead of {'0' * 64}; do not use it"):
        build(project, engine, "runtime", "hookline/fetched", **mirrors)


def test_a_package_that_is_not_the_locked_one_becomes_no_image(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine = engine_or_skip()
    project = copy_checkout(tmp_path / "project", trained_once("iris", tmp_path_factory))
    lock = project / "locks" / "serve.txt"
    text = re.sub(r"--hash=sha256:[0-9a-f]{64}", f"--hash=sha256:{'0' * 64}", lock.read_text())
    lock.write_text(text)
    with pytest.raises(AssertionError, match="DO NOT MATCH THE HASHES"):
        build(project, engine, "production", "hookline/refused")
