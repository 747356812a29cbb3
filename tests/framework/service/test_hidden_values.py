"""What the contract hides is nowhere: in no file, sink, dead letter, page, export, metric, error or line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tests.framework.predlog.sinks.fluentd.peer import Peer as Fluentd
from tests.framework.predlog.sinks.mongodb.peer import Peer as Mongodb
from tests.framework.service.conftest import Trained
from tests.framework.service.log_pages import eventually, logged
from tests.framework.service.projects import MIXED_ROW
from tests.framework.service.running import Running, serve

pytestmark = pytest.mark.slow
PATH = "/api/predictions"
HASHED, DROPPED, SHOWN = "canary@example.org", 9876.125, "ZQ77"
CANARIES = ("canary", "9876.1", "19752.2")
ROW = {**MIXED_ROW, "email": HASHED, "salary": DROPPED, "code": SHOWN}
WRONG: dict[str, Any] = {
    "too long": [{**ROW, "email": HASHED * 3}],
    "another type": [{**ROW, "salary": str(DROPPED)}],
    "another type for the word": [{**ROW, "email": {"name": HASHED}}],
    "too large": [{**ROW, "salary": DROPPED * 2}],
    "a lone surrogate": [{**ROW, "email": HASHED + "\ud800"}],
    "torn": json.dumps([ROW]).encode()[:-9],
    "not UTF-8": json.dumps([ROW]).encode().replace(b"canary", b"canary\xff"),
    "trailing": json.dumps([ROW]).encode() + b"canary",
}
PAGES = (
    "/logs?charts=1",
    "/logs?part=view",
    "/logs?part=records",
    "/logs?part=charts",
    "/logs?part=detail&prediction_id={name}",
    "/logs?prediction_id={name}",
    "/quality",
    "/api/logs",
    "/api/logs?format=csv",
    "/api/logs?format=jsonl",
    "/api/quality",
    "/metrics",
    "/info",
    "/openapi.json",
)
COMMANDS = (
    "logs query",
    "logs query --json",
    "logs stats --json",
    "logs verify --json",
    "logs export --format csv",
    "logs export --format jsonl",
    "logs export -o {root}/log.parquet",
    "quality --json",
    "kibana export {root}/kibana",
)
SHOW_IT = ("/logs?part=detail", "/api/logs", "logs query --json", "logs export", "log.parquet", "journal")


class RefusingAll(dict[Any, dict[str, Any]]):
    """Refuse every document, as a collection's own validation may."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: object) -> dict[str, Any]:
        return {"code": 121}


class World:
    """Be a service that was told the canaries in every way, and all that came of it."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self.root = root
        self.fluentd, self.mongodb = stack.enter_context(Fluentd()), stack.enter_context(Mongodb())
        self.settings: dict[str, Any] = {
            "prediction_log__enable_fluentd_logging": True,
            "prediction_log__fluentd_port": self.fluentd.port,
            "prediction_log__enable_mongodb_logging": True,
            "prediction_log__mongo_db_port": self.mongodb.port,
        }
        self.seen: dict[str, str] = {}

    def tell(self, running: Running) -> None:
        """Ask rightly and wrongly, have a database refuse some, and keep what is said."""
        self.mongodb.faults = RefusingAll()
        letters = self.root / "var/dead-letter/mongodb.jsonl"
        running.ask("POST", PATH, [ROW])
        eventually(lambda: letters.exists() and SHOWN in letters.read_text())
        self.mongodb.faults = {}
        name = running.ask("POST", "/api/proba_predictions", [ROW] * 12).json()[0]["prediction_id"]
        for how, body in WRONG.items():
            raw = {"content_type": "application/json"} if isinstance(body, bytes) else {}
            answer = running.ask("POST", PATH, body, **raw)
            assert answer.status in (400, 422), (how, answer.status)
            self.seen[how] = answer.body.decode()
        running.ask("POST", "/api/feedback", [{"prediction_id": name, "actual": "yes"}])
        logged(running, 13)
        eventually(lambda: len(self.fluentd.records) >= 14 and len(self.mongodb.documents) >= 12)
        eventually(lambda: running.ask("GET", "/api/quality").json().get("truths") == 1)
        for path in PAGES:
            answer = running.ask("GET", path.format(name=name))
            assert answer.status == 200, path
            self.seen[path] = answer.body.decode()
        self.read_files("while it serves: ")

    def read_files(self, prefix: str = "") -> None:
        """Keep what lies in the folder of the log, byte for byte."""
        for path in (self.root / "var").rglob("*"):
            if path.is_file():
                self.seen[f"{prefix}{path.relative_to(self.root)}"] = path.read_bytes().decode("latin-1")

    def run(self, words: str) -> None:
        """Run a command, and keep what it says and writes."""
        command = [sys.executable, "-m", "hookline.cli", *words.format(root=self.root).split()]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        self.seen[words] = done.stdout + done.stderr


@pytest.fixture(scope="module")
def seen(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return everything that can be looked at, by where it is."""
    root = tmp_path_factory.mktemp("hidden") / "mixed"
    shutil.copytree(trained("mixed"), root, ignore=shutil.ignore_patterns("var"))
    with ExitStack() as stack:
        world = World(root, stack)
        with serve(root, access_log=True, **world.settings) as running:
            world.tell(running)
        world.seen["the service's log"] = running.log + json.dumps(running.events)
        world.read_files()
        for words in COMMANDS:
            world.run(words)
        world.seen["log.parquet"] = str(pyarrow.parquet.read_table(root / "log.parquet").to_pydict())
        for path in (root / "kibana").iterdir():
            world.seen[f"kibana/{path.name}"] = path.read_text()
        world.seen["Fluentd"] = str(world.fluentd.events)
        world.seen["MongoDB"] = str(world.mongodb.documents)
        yield world.seen


def test_a_hidden_value_is_nowhere(seen: dict[str, str]) -> None:
    for where, text in seen.items():
        for canary in CANARIES:
            assert canary not in text, where


def test_what_is_not_hidden_would_be_found_there(seen: dict[str, str]) -> None:
    """Null control: the value beside them, which is not hidden, is in every place that keeps rows."""
    having = {where for where, text in seen.items() if SHOWN in text}
    places = ("Fluentd", "MongoDB", "var/predictions.db", "var/dead-letter/mongodb.jsonl", *SHOW_IT)
    for place in places:
        assert any(place in where for where in having), (place, sorted(having))


def test_a_hashed_feature_is_kept_as_a_hash_and_a_dropped_one_not_at_all(seen: dict[str, str]) -> None:
    records = [json.loads(line) for line in seen["/api/logs?format=jsonl"].splitlines()]
    assert len(records) == 13
    (kept,) = {record["features"]["email"] for record in records}
    assert len(kept) == 64
    assert not any("salary" in record["features"] for record in records)
