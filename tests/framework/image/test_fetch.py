"""What the runtime image fetches while it is built, from a server that stands in for the real ones."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.house import ROOT

FETCH = ROOT / "dockerfiles" / "runtime-image" / "fetch.py"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Lay the files out as the real servers do."""
    folder = tmp_path / "served"
    kubectl = folder / "v1.2.3" / "bin" / "linux" / "amd64" / "kubectl"
    kubectl.parent.mkdir(parents=True)
    kubectl.write_bytes(b"a kubectl")
    with tarfile.open(folder / "helm-v3.2.1-linux-amd64.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("linux-amd64/helm")
        member.size = len(b"a helm")
        tar.addfile(member, io.BytesIO(b"a helm"))
    for path in (kubectl, folder / "helm-v3.2.1-linux-amd64.tar.gz"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        Path(f"{path}.sha256").write_text(f"{digest}  {path.name}\n")
    return folder


@pytest.fixture
def host(files: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(files))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def fetch(host: str, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "FETCH_KUBECTL": host, "FETCH_HELM": host, "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, str(FETCH), *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_both_programs_are_fetched_and_can_be_started(host: str, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    assert fetch(host, "kubectl", "v1.2.3", "amd64", str(tools)).returncode == 0
    assert fetch(host, "helm", "v3.2.1", "amd64", str(tools)).returncode == 0
    assert {path.name: path.read_bytes() for path in tools.iterdir()} == {
        "kubectl": b"a kubectl",
        "helm": b"a helm",
    }
    assert all(os.access(path, os.X_OK) for path in tools.iterdir())


def test_what_differs_from_the_published_digest_is_refused(host: str, files: Path, tmp_path: Path) -> None:
    (files / "v1.2.3" / "bin" / "linux" / "amd64" / "kubectl").write_bytes(b"another kubectl")
    said = fetch(host, "kubectl", "v1.2.3", "amd64", str(tmp_path / "tools"))
    assert said.returncode == 1
    assert "do not use it" in said.stderr
    assert not (tmp_path / "tools").exists()


def test_a_digest_that_is_given_counts_more_than_the_published_one(host: str, tmp_path: Path) -> None:
    tools = str(tmp_path / "tools")
    right = hashlib.sha256(b"a kubectl").hexdigest()
    assert fetch(host, "kubectl", "v1.2.3", "amd64", tools, "0" * 64).returncode == 1
    assert fetch(host, "kubectl", "v1.2.3", "amd64", tools, right).returncode == 0


def test_what_cannot_be_fetched_is_said_in_a_sentence(host: str, tmp_path: Path) -> None:
    said = fetch(host, "helm", "v9.9.9", "amd64", str(tmp_path / "tools"))
    assert said.returncode == 1
    assert said.stderr.startswith(f"error: {host}/helm-v9.9.9-linux-amd64.tar.gz cannot be fetched")
    assert "Traceback" not in said.stderr
