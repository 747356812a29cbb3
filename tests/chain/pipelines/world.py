"""A project in a Git repository, with everything that its pipelines need, on this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chain.running import Program, eventually, program_of
from tests.chain.test_image_scripts import _listens, free_port
from tests.framework.deploy.stub import StubCluster
from tests.house import ROOT

__all__ = ["CANARY", "Origin", "make_origin", "registry"]

CANARY = "canary-5e1d-never-in-a-log-docker"
# Debian's registry, which lets in who knows the canary; beside it stands its bcrypt hash.
_REGISTRY = """\
version: 0.1
storage:
  filesystem:
    rootdirectory: {folder}/images
http:
  addr: 127.0.0.1:{port}
auth:
  htpasswd:
    realm: hookline
    path: {folder}/htpasswd
"""
_HASH = "$2b$05$abcdefghijklmnopqrstuu0fvdjrWMXWYfPNXuOIwzog4YZbX4tfG"
_TEST = """\
import json
from pathlib import Path


def test_the_request_holds_rows() -> None:
    assert json.loads(Path("tests/prediction_test_case.json").read_text())
"""


@contextmanager
def registry(folder: Path) -> Iterator[int]:
    """Run a registry that asks for a login, and keeps what is pushed in the folder; give its port."""
    folder.mkdir()
    port = free_port()
    (folder / "htpasswd").write_text(f"pusher:{_HASH}\n", encoding="utf-8")
    config = folder / "registry.yml"
    config.write_text(_REGISTRY.format(folder=folder, port=port), encoding="utf-8")
    with Program([program_of("docker-registry"), "serve", config]):
        eventually(lambda: _listens(port), 20)
        yield port


@dataclass(frozen=True)
class Origin:
    """Be the bare repository, the cluster, and what an agent of a controller has."""

    home: Path
    repository: Path
    cluster: StubCluster
    environment: dict[str, str]

    @property
    def request(self) -> Path:
        """Return the file with the request that every image must answer."""
        return self.home / "line" / "tests" / "prediction_test_case.json"

    def clone(self, name: str) -> Path:
        """Check out what is there now, as a controller does: without a branch."""
        target = self.home / "workspaces" / name
        git("clone", "--quiet", self.repository, target)
        git("-C", target, "checkout", "--quiet", "--detach")
        return target


def make_origin(home: Path, engine: str, port: int) -> Origin:
    """Make a new project of an example, as its owner would, and put it where its pipelines find it."""
    project, repository = home / "line", home / "origin.git"
    words: list[str | Path] = [sys.executable, "-m", "hookline.cli", "new", project, "--example", "iris"]
    subprocess.run(words, check=True, capture_output=True)
    config = (project / "config.yaml").read_text(encoding="utf-8")
    for key, value in (
        ("registry", f'"127.0.0.1:{port}"'),
        ("repository", "team"),
        ("production_image_name", "line"),
        ("deployment_name", "line"),
    ):
        config, count = re.subn(rf"^  {key}: .*$", f"  {key}: {value}", config, flags=re.MULTILINE)
        assert count == 1, key
    (project / "config.yaml").write_text(config, encoding="utf-8")
    commit = ("-c", "user.name=A", "-c", "user.email=a@localhost", "commit", "--quiet", "--all")
    git("-C", project, *commit, "--message", "Say where the images go")
    git("-C", project, "branch", "--move", "--force", "main")
    git("clone", "--quiet", "--bare", project, repository)
    cluster = StubCluster(home / "cluster")
    return Origin(home, repository, cluster, _agent(home, engine, cluster))


def _agent(home: Path, engine: str, cluster: StubCluster) -> dict[str, str]:
    """Make an environment like the runtime image's: never older than a checkout, tools on the PATH."""
    venv = home / "venv"
    venv.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (venv / name).symlink_to(ROOT / ".venv" / name)
    tools = [str(program_of(name).parent) for name in ("hadolint", "trivy")]
    given = {name: value for name, value in os.environ.items() if name in ("PATH", "DOCKER_HOST")}
    for name in (".train", ".dev"):
        (venv / name).touch()
        os.utime(venv / name, (4_102_444_800, 4_102_444_800))
    return given | {
        "PATH": os.pathsep.join([str(cluster.programs), *tools, given["PATH"]]),
        "HOME": str(home),
        "VENV": str(venv),
        "DOCKER": engine,
        "GIT_BRANCH": "origin/main",  # the Git plugin says so
        # No database of weaknesses can be fetched here, so the scan looks for secrets only.
        "SCANNERS": "secret",
        "TRIVY_CACHE_DIR": str(home / "trivy"),
        "TRIVY_SKIP_VERSION_CHECK": "true",
        "TRIVY_DISABLE_TELEMETRY": "true",
    }


def git(*words: str | Path) -> str:
    """Run git; return what it prints."""
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout
