"""What starts Elasticsearch, Fluentd and Kibana: pinned, local, in order. Their images are not run here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from hookline.predlog.record import IDS

ROOT = Path(__file__).resolve().parents[3]
EFK = ROOT / "getting-started" / "efk"
SERVICES: dict[str, Any] = yaml.safe_load((EFK / "compose.yaml").read_text())["services"]
FLUENTD = (EFK / "fluentd" / "fluent.conf").read_text()


def test_every_image_is_pinned_to_a_release() -> None:
    images = [service["image"] for service in SERVICES.values() if "image" in service]
    dockerfile = (EFK / "fluentd" / "Dockerfile").read_text()
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    images += re.findall(r"\b(mongo:\S+)", (ROOT / "getting-started" / "start_mongodb.sh").read_text())
    assert len(images) == 5
    for image in images:
        assert re.fullmatch(r".+:v?\d+\.\d+\.\d+(-debian-\d+\.\d+)?", image), image
    (gems,) = re.findall(r"^RUN gem install --no-document (.+)$", dockerfile, re.MULTILINE)
    assert all(re.fullmatch(r"[a-z-]+:\d+\.\d+\.\d+", gem) for gem in gems.split())


def test_nothing_is_reachable_from_other_machines() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    untold = [re.sub(r"\$\{\w+:-(.*?)\}", r"\1", port) for port in ports]
    assert all(port.startswith("127.0.0.1:") for port in untold)


def test_fluentd_takes_nothing_before_the_fields_have_their_types() -> None:
    assert SERVICES["fluentd"]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}
    assert set(SERVICES["setup"]["depends_on"]) == {"elasticsearch", "kibana"}
    for name in ("elasticsearch", "kibana", "fluentd"):
        assert SERVICES[name]["healthcheck"]["test"]
        assert SERVICES[name]["restart"] == "unless-stopped"


def test_each_kind_of_record_is_stored_under_its_own_id() -> None:
    matches = re.findall(r"<match (\S+)>\s+@id (\w+)\s+id_key (\w+)\s+@include elasticsearch.conf", FLUENTD)
    assert {kind: key for _, kind, key in matches} == dict(IDS)
    assert matches[-1][0] == "**", "predictions have the tags of their doors"
    assert {tag for tag, _, _ in matches[:-1]} == {"**.truth", "**.model"}


def test_fluentd_neither_drops_nor_gives_up() -> None:
    common = (EFK / "fluentd" / "elasticsearch.conf").read_text()
    for line in ("@type file", "retry_forever true", "overflow_action block", "logstash_dateformat %Y%m%d"):
        assert line in common


# ---- the setup job, with servers that only listen ----


class Heard(ThreadingHTTPServer):
    """Note every request, and answer with what a test wants."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Note)
        self.requests: list[tuple[str, str, bytes]] = []
        self.answer = '{"success":true}'
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Note(BaseHTTPRequestHandler):
    server: Heard

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.command, self.path, body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer.encode())

    do_PUT = do_POST = _take  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def heard() -> Iterator[Heard]:
    with Heard() as server:
        yield server
        server.shutdown()


@pytest.fixture
def copy(tmp_path: Path, project: Path) -> Path:
    """Copy the scripts into a project of its own."""
    shutil.copytree(EFK, project / "getting-started" / "efk", ignore=shutil.ignore_patterns("kibana"))
    for name in ("need.sh", "start_mongodb.sh"):
        shutil.copy(ROOT / "getting-started" / name, project / "getting-started")
    return project


def run(script: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    found = {**os.environ, "NO_PROXY": "127.0.0.1", **environ}
    return subprocess.run(
        ["sh", script, *words], env=found, check=False, capture_output=True, text=True, timeout=60
    )


def setup(project: Path, heard: Heard) -> subprocess.CompletedProcess[str]:
    folder = project / "getting-started" / "efk" / "kibana"
    folder.mkdir(exist_ok=True)
    (folder / "index-template.json").write_text('{"the": "template"}')
    (folder / "saved-objects.ndjson").write_text('{"the": "objects"}\n')
    address = f"http://127.0.0.1:{heard.server_address[1]}"
    return run(folder.parent / "setup.sh", ELASTICSEARCH=address, KIBANA=address)


def test_the_setup_sends_the_template_first_and_then_what_kibana_shows(copy: Path, heard: Heard) -> None:
    said = setup(copy, heard)
    assert said.returncode == 0, said.stderr
    (template, objects, default) = heard.requests
    assert template == ("PUT", "/_index_template/fluentd", b'{"the": "template"}')
    assert objects[:2] == ("POST", "/api/saved_objects/_import?overwrite=true")
    assert b'filename="saved-objects.ndjson"' in objects[2]
    assert b'{"the": "objects"}' in objects[2]
    assert default[:2] == ("POST", "/api/index_patterns/default")
    assert json.loads(default[2]) == {"index_pattern_id": "hookline-fluentd", "force": True}


def test_the_setup_fails_if_kibana_does_not_take_the_objects(copy: Path, heard: Heard) -> None:
    heard.answer = '{"success":false,"errors":[]}'
    said = setup(copy, heard)
    assert said.returncode == 1
    assert "Kibana did not take the dashboard" in said.stderr


# ---- starting and stopping, with a docker that only notes ----


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """Put programs first in PATH that note how they are called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("docker", "hookline"):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{tmp_path}/calls"\n')
        program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "VENV": "none", "DOCKER": "docker"}


def calls(tmp_path: Path) -> list[str]:
    asked = ("docker info", "docker compose version")
    return [call for call in (tmp_path / "calls").read_text().splitlines() if call not in asked]


def test_starting_writes_what_the_contract_says_and_then_starts(
    copy: Path, tools: dict[str, str], tmp_path: Path
) -> None:
    said = run(copy / "getting-started" / "efk" / "start_efk.sh", **tools)
    assert said.returncode == 0, said.stderr
    assert calls(tmp_path) == [
        "hookline kibana export",
        "docker compose --file getting-started/efk/compose.yaml up --detach --build",
    ]
    assert "enable_fluentd_logging: true" in said.stdout


def test_stopping_keeps_what_was_stored_unless_told_otherwise(
    copy: Path, tools: dict[str, str], tmp_path: Path
) -> None:
    stop = copy / "getting-started" / "efk" / "stop_efk.sh"
    assert run(stop, **tools).returncode == 0
    assert run(stop, "--delete-data", **tools).returncode == 0
    assert run(stop, "--all", **tools).returncode == 2
    assert calls(tmp_path) == [
        "docker compose --file getting-started/efk/compose.yaml down",
        "docker compose --file getting-started/efk/compose.yaml down --volumes",
    ]


SCRIPTS = ("efk/start_efk.sh", "efk/stop_efk.sh", "start_mongodb.sh")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_missing_program_is_named_with_the_line_that_installs_it(
    copy: Path, tools: dict[str, str], name: str
) -> None:
    said = run(copy / "getting-started" / name, **{**tools, "DOCKER": "no-such-client"})
    assert said.returncode == 127
    assert said.stderr == (
        "error: no-such-client is missing; install it with: sudo apt-get install docker.io\n"
    )


def test_a_docker_without_compose_is_told_how_to_get_it(
    copy: Path, tools: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bin" / "docker").write_text('#!/bin/sh\n[ "$1" != compose ]\n')
    said = run(copy / "getting-started" / "efk" / "start_efk.sh", **tools)
    assert (said.returncode, said.stdout) == (127, "")
    assert said.stderr.startswith("error: docker has no compose; install it with: sudo apt-get install")


def test_mongodb_is_not_started_at_another_port_than_was_asked_for(
    copy: Path, tools: dict[str, str], tmp_path: Path
) -> None:
    start, docker = copy / "getting-started" / "start_mongodb.sh", tmp_path / "bin" / "docker"
    note = f'echo "docker $*" >> "{tmp_path}/calls"\n'
    docker.write_text(f'#!/bin/sh\n{note}[ "$1" != container ] || echo 27017\n')
    said = run(start, "27018", **tools)
    assert said.returncode == 1
    assert said.stderr.startswith("error: hookline-mongodb has the port 27017 already; remove the container")
    assert "docker start hookline-mongodb" not in calls(tmp_path)
    said = run(start, **tools)
    assert (said.returncode, calls(tmp_path)[-1]) == (0, "docker start hookline-mongodb")
    docker.write_text(f'#!/bin/sh\n{note}[ "$1" != container ]\n')
    assert run(start, "27018", **tools).returncode == 0
    assert "--publish 127.0.0.1:27018:27017" in calls(tmp_path)[-1]
