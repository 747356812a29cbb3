from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hookline.service.probe import main


class _Answer(BaseHTTPRequestHandler):
    status = 200
    paths: list[str]

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b'{"status":"said"}')

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def answering(status: int) -> Iterator[tuple[int, list[str]]]:
    """Answer every request with a status, and note what was asked for."""
    paths: list[str] = []
    handler = type("Handler", (_Answer,), {"status": status, "paths": paths})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], paths
        server.shutdown()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path


def write_port(root: Path, port: int, host: str = "0.0.0.0") -> None:  # noqa: S104 - what a container listens on
    (root / "config.yaml").write_text(f'service:\n  host: "{host}"\n  port: {port}\n')


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_check_of_health_is_the_readiness_of_the_service(
    root: Path, capsys: pytest.CaptureFixture[str], status: int, code: int
) -> None:
    with answering(status) as (port, paths):
        write_port(root, port)
        assert main(root) == code
    assert paths == ["/health/ready"]
    assert capsys.readouterr().out == f'{status} {{"status":"said"}}\n'


def test_a_service_that_does_not_answer_is_not_healthy(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(200) as (port, _):
        pass
    write_port(root, port)
    assert main(root) == 1
    assert capsys.readouterr().out.startswith("no answer: ")


def test_settings_that_cannot_be_read_are_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "config.yaml").write_text("service:\n  prt: 5000\n")
    assert main(root) == 1
    assert "did you mean" in capsys.readouterr().out
