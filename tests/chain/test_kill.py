"""A prediction answered 200 is in every sink, through kill -9 of any part of the service."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

from hookline.predlog.accounts import audit
from hookline.predlog.cursor import CursorFile
from tests.chain.running import eventually
from tests.chain.test_fluentd import receiving
from tests.chain.test_mongodb import reading, serving
from tests.framework.predlog.killing import VICTIMS, Killing, closing_account, stored
from tests.framework.service.running import serve

ROUNDS = 20
LEAST = 10_000


def test_every_answered_prediction_is_in_every_sink_whoever_is_killed(trained: Path, tmp_path: Path) -> None:
    victims = [random.Random(ROUNDS).choice(VICTIMS) for _ in range(ROUNDS)]  # noqa: S311 - repeatable
    with receiving(tmp_path) as receiver, serving(tmp_path / "mongo") as (_, mongo):
        settings: dict[str, Any] = {
            "prediction_log__enable_fluentd_logging": True,
            "prediction_log__fluentd_port": receiver.port,
            "prediction_log__enable_mongodb_logging": True,
            "prediction_log__mongo_db_url": f"mongodb://127.0.0.1:{mongo}/",
        }
        killing = Killing(trained, ROUNDS, **settings)
        with killing.running():
            for victim in victims:
                killing.kill(victim)
                account = closing_account(killing.places)
                assert account.closes, account
            eventually(lambda: len(killing.clients.answered) >= LEAST, 120)
        with serve(trained, **settings):
            eventually(lambda: _is_shipped(killing), 120)
        with reading(mongo) as collection:
            in_mongo = [found["_id"] for found in collection.find({"kind": "prediction"}, {"_id": True})]
        in_fluentd = Counter(
            event["record"]["prediction_id"]
            for event in receiver.events
            if event["record"]["kind"] == "prediction"
        )
    in_sqlite, answered = stored(killing.places), set(killing.clients.answered)
    assert set(in_sqlite.values()) == {1}
    assert len(in_mongo) == len(set(in_mongo))
    for there in (in_sqlite, in_mongo, in_fluentd):
        assert answered - set(there) == set()


def _is_shipped(killing: Killing) -> bool:
    if closing_account(killing.places).pending:
        return False
    cursors = {name: CursorFile(killing.places.cursor(name)).load() for name in ("fluentd", "mongodb")}
    accounts = audit(killing.places, cursors)
    assert all(account.dead_lettered == account.dropped == 0 for account in accounts)
    return all(account.closes and account.pending == 0 for account in accounts)
