"""A disk that is full takes neither journal nor database: nothing is lost, and it goes on by itself."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.places import Places
from tests.framework.disk import fill, mounted
from tests.framework.predlog.killing import stored
from tests.framework.predlog.proxy import eventually
from tests.framework.predlog.sinks.fluentd.peer import Peer as Fluentd
from tests.framework.predlog.sinks.mongodb.peer import Peer as Mongodb
from tests.framework.service.running import Running, serve

ROWS = [{"size": float(number), "weight": None, "plan": "x" * 500} for number in range(20)]
AGAIN_SECONDS = 5


class Answers:
    """Ask, and keep the ids of rows whose answers were logged, and of those that were flagged."""

    def __init__(self, service: Running) -> None:
        self.logged: list[str] = []
        self.flagged: list[str] = []
        self._service = service

    def ask(self, count: int = 1) -> bool:
        """Ask so many times; tell whether the last answer was logged."""
        for _ in range(count):
            answer = self._service.ask("POST", "/api/predictions", ROWS)
            assert answer.status == 200, answer.body
            logged = answer.headers.get("x-prediction-logged") != "false"
            (self.logged if logged else self.flagged).extend(one["prediction_id"] for one in answer.json())
        return logged


@pytest.mark.slow
def test_a_disk_that_is_full_for_journal_and_database_loses_nothing_that_was_not_flagged(
    served: Path, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        disk = stack.enter_context(mounted(tmp_path / "disk", 12))
        fluentd, mongodb = stack.enter_context(Fluentd()), stack.enter_context(Mongodb())
        settings: dict[str, Any] = {
            "prediction_log__directory": str(disk / "var"),
            "prediction_log__min_free_bytes": 0,
            "prediction_log__enable_fluentd_logging": True,
            "prediction_log__fluentd_port": fluentd.port,
            "prediction_log__enable_mongodb_logging": True,
            "prediction_log__mongo_db_port": mongodb.port,
        }
        places = Places(disk / "var")
        with serve(served, **settings) as service:
            answers = Answers(service)
            answers.ask(20)
            assert eventually(lambda: set(answers.logged) <= set(stored(places)))
            for round_ in range(3):
                filler = disk / f"filler{round_}"
                fill(filler)
                assert eventually(lambda: not answers.ask(10)), "the disk never was full"
                fill(disk / f"rest{round_}")
                answers.ask(20)
                filler.unlink()
                (disk / f"rest{round_}").unlink()
                assert eventually(answers.ask, AGAIN_SECONDS), "it is not logged again"
                answers.ask(10)
                assert eventually(lambda: set(answers.logged) <= set(stored(places))), service.log
            metrics = service.ask("GET", "/metrics").body.decode()
            assert service.ask("GET", "/health/live").status == 200
        assert f"hookline_predlog_dropped_total {len(answers.flagged)}.0" in metrics.splitlines()
        held = {
            "sqlite": Counter(stored(places)),
            "mongodb": Counter(mongodb.predictions()),
            "fluentd": Counter(
                record["prediction_id"] for record in fluentd.records if record["kind"] == "prediction"
            ),
        }
        for name, found in held.items():
            assert set(found) == set(answers.logged), name
            assert name == "fluentd" or set(found.values()) == {1}, name
        with closing(sqlite3.connect(places.database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        words = [sys.executable, "-m", "hookline.cli", "logs", "verify", "--json"]
        environ = {f"HOOKLINE_{name}".upper(): str(value).lower() for name, value in settings.items()}
        environ["HOOKLINE_PREDICTION_LOG__DIRECTORY"] = str(places.directory)
        said = subprocess.run(words, cwd=served, capture_output=True, text=True, env=environ, check=False)
        assert said.returncode == 0, said.stdout + said.stderr
        accounts = {one["sink"]: one for one in json.loads(said.stdout)["accounts"]}
        assert accounts.keys() == held.keys()
        for account in accounts.values():
            assert (account["dropped"], account["pending"]) == (len(answers.flagged), 0)
            assert account["dead_lettered"] == 0
    assert not [event for event in service.events if event["event"] == "died"], "no process died of it"
