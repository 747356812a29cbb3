"""A prediction answered 200 is in every sink, through kill -9 of any part of the service."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hookline.predlog.accounts import Account, audit
from hookline.predlog.cursor import CursorFile
from tests.chain.running import eventually
from tests.chain.test_fluentd import receiving
from tests.chain.test_mongodb import reading, serving
from tests.framework.predlog.killing import VICTIMS, Killing, closing_account, stored
from tests.framework.predlog.test_kill import DISABLED
from tests.framework.service.running import serve

KEPT_IN_FILES = ("fluentd", "mongodb")


@pytest.mark.parametrize(
    ("rounds", "least"),
    [(20, 10_000), pytest.param(200, 100_000, marks=pytest.mark.soak)],
)
def test_every_answered_prediction_is_in_every_sink_whoever_is_killed(
    trained: Path, tmp_path: Path, rounds: int, least: int
) -> None:
    victims = [random.Random(rounds).choice(VICTIMS) for _ in range(rounds)]  # noqa: S311 - repeatable
    assert lost(trained, tmp_path, victims, least) == dict.fromkeys(("sqlite", *KEPT_IN_FILES), 0)


def test_null_control_a_service_that_appends_nothing_is_found_out(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(DISABLED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"), prepend=os.pathsep)
    found = lost(trained, tmp_path, ["worker", "shipper"], 200)
    assert min(found.values()) >= 200, found


def lost(trained: Path, tmp_path: Path, victims: list[str], least: int) -> dict[str, int]:
    """Kill them one after the other; return for each sink how many answered predictions it lacks."""
    with receiving(tmp_path) as receiver, serving(tmp_path / "mongo") as (_, mongo):
        settings: dict[str, Any] = {
            "prediction_log__enable_fluentd_logging": True,
            "prediction_log__fluentd_port": receiver.port,
            "prediction_log__enable_mongodb_logging": True,
            "prediction_log__mongo_db_url": f"mongodb://127.0.0.1:{mongo}/",
        }
        killing = Killing(trained, len(victims), **settings)
        with killing.running():
            for victim in victims:
                killing.kill(victim)
                # While records arrive and files go, it may have to be counted again.
                eventually(lambda: all(account.closes for account in _accounts(killing)), 20)
            eventually(lambda: len(killing.clients.answered) >= least, 600)
        with serve(trained, **settings):
            eventually(lambda: not any(account.pending for account in _accounts(killing)), 300)
        for account in _accounts(killing):
            assert account.closes, account
            assert (account.dead_lettered, account.dropped) == (0, 0), account
        with reading(mongo) as collection:
            in_mongo = Counter(
                found["_id"] for found in collection.find({"kind": "prediction"}, {"_id": True})
            )
        in_fluentd = Counter(
            event["record"]["prediction_id"]
            for event in receiver.events
            if event["record"]["kind"] == "prediction"
        )
    held = {"sqlite": Counter(stored(killing.places)), "mongodb": in_mongo, "fluentd": in_fluentd}
    for name in ("sqlite", "mongodb"):
        assert set(held[name].values()) <= {1}, f"{name} has some twice"
    answered = set(killing.clients.answered)
    return {name: len(answered - set(found)) for name, found in held.items()}


def _accounts(killing: Killing) -> list[Account]:
    places = killing.places
    cursors = {name: CursorFile(places.cursor(name)).load() for name in KEPT_IN_FILES}
    return [closing_account(places), *audit(places, cursors)]
