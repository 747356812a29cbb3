"""A whole service ships through a failing network into real programs, and callers never notice."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hookline.predlog.accounts import audit
from hookline.predlog.cursor import CursorFile
from hookline.predlog.flat import flat
from hookline.predlog.places import Places
from tests.chain.running import eventually
from tests.chain.test_fluentd import as_javascript, receiving
from tests.chain.test_mongodb import reading, serving
from tests.framework.predlog.calling import Caller
from tests.framework.predlog.faults import FAULTS, WRONG_ANSWERS, Fault
from tests.framework.predlog.proxy import Proxy
from tests.framework.service.running import serve

ROWS: list[dict[str, Any]] = [
    {"size": 9.5, "weight": None, "plan": "pro"},
    {"size": 2**53 - 1, "weight": 1 / 3, "plan": "Größe 🦊"},
    {"size": 0.1, "weight": -1.5, "plan": None},
]


EVERY_WAY: list[Mapping[str, Fault]] = [
    *(dict.fromkeys(WRONG_ANSWERS, fault) for fault in FAULTS),
    WRONG_ANSWERS,
]


def test_what_was_answered_is_what_the_real_receivers_hold(trained: Path, tmp_path: Path) -> None:
    with (
        receiving(tmp_path) as receiver,
        serving(tmp_path / "mongo") as (_, mongo),
        Proxy(receiver.port) as to_fluentd,
        Proxy(mongo) as to_mongo,
    ):
        proxies = {"fluentd": to_fluentd, "mongodb": to_mongo}
        settings: dict[str, Any] = {
            "prediction_log__enable_fluentd_logging": True,
            "prediction_log__fluentd_port": to_fluentd.port,
            "prediction_log__enable_mongodb_logging": True,
            "prediction_log__mongo_db_url": f"mongodb://127.0.0.1:{to_mongo.port}/?socketTimeoutMS=3000",
        }
        with (
            serve(trained, **settings) as service,
            Caller(service.port, ROWS, path="/api/proba_predictions") as caller,
        ):
            for faults in EVERY_WAY:
                time.sleep(0.5)
                for name, fault in faults.items():
                    fault(proxies[name])
                time.sleep(1.5)
                for proxy in proxies.values():
                    proxy.heal()
                _kill_the_shipper(Places(trained / "var"))
        assert caller.failures == []
        assert len(caller.answers) > 100
        with serve(trained, **settings):
            eventually(lambda: _pending(Places(trained / "var")) == 0, 60)
        with reading(mongo) as collection:
            stored = {found["_id"]: found for found in collection.find({"kind": "prediction"})}
        sent = {
            event["record"]["prediction_id"]: event["record"]
            for event in receiver.events
            if event["record"]["kind"] == "prediction"
        }
    assert set(stored) == set(sent) == set(caller.answers)
    for name, (row, answer) in caller.answers.items():
        for found in (stored[name], sent[name]):
            assert {feature: found[feature] for feature in row} == row
            shares = dict(zip(answer["class_names"], answer["probabilities"], strict=True))
            assert found["proba_1"] == max(shares.values()) == shares[found["class_1"]]
    kept = _kept(Places(trained / "var"))
    assert kept.keys() == caller.answers.keys()
    for name, record in kept.items():
        assert as_javascript(sent[name]) == as_javascript(record)
        at = datetime.fromisoformat(record.pop("at"))
        document = stored[name]
        assert document.pop("at") == at.replace(microsecond=at.microsecond // 1000 * 1000)
        assert datetime.fromisoformat(document.pop("at_local")) == at
        assert document.pop("_id") == name
        assert document == record


def _kept(places: Places) -> dict[str, dict[str, Any]]:
    """Return what the embedded database holds of each prediction, flat as the others hold it."""
    with contextlib.closing(sqlite3.connect(places.database)) as connection:
        lines = connection.execute("SELECT prediction_id, body FROM prediction").fetchall()
    return {name: dict(flat(json.loads(line))) for name, line in lines}


def _kill_the_shipper(places: Places) -> None:
    pid = json.loads(places.status.read_text())["pid"]
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _pending(places: Places) -> int:
    cursors = {name: CursorFile(places.cursor(name)).load() for name in ("fluentd", "mongodb")}
    accounts = audit(places, cursors)
    assert all(account.dead_lettered == account.dropped == 0 for account in accounts)
    return sum(account.pending for account in accounts)
