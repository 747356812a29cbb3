"""A whole service ships through a failing network into real programs, and callers never notice."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hookline.predlog.accounts import audit
from hookline.predlog.cursor import CursorFile
from hookline.predlog.places import Places
from tests.chain.running import eventually
from tests.chain.test_fluentd import receiving
from tests.chain.test_mongodb import reading, serving
from tests.framework.predlog.proxy import Proxy
from tests.framework.service.running import serve

ROWS: list[dict[str, Any]] = [
    {"size": 9.5, "weight": None, "plan": "pro"},
    {"size": 2**53 - 1, "weight": 1 / 3, "plan": "Größe 🦊"},
    {"size": 0.1, "weight": -1.5, "plan": None},
]


class Caller:
    """Ask all the time, and keep every answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.failures: list[object] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Caller:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            while not self._stop.wait(0.02):
                try:
                    connection.request("POST", "/api/proba_predictions", json.dumps(ROWS), _JSON)
                    response = connection.getresponse()
                    body = response.read()
                except OSError as error:
                    self.failures.append(error)
                    continue
                if response.status != 200 or response.headers["x-prediction-logged"]:
                    self.failures.append((response.status, body))
                    continue
                for row, answer in zip(ROWS, json.loads(body), strict=True):
                    self.answers[answer["prediction_id"]] = row, answer


_JSON = {"content-type": "application/json"}


def _refuse(proxy: Proxy) -> None:
    proxy.refuse()


def _silent(proxy: Proxy) -> None:
    proxy.silent = True


def _reset(proxy: Proxy) -> None:
    proxy.reset_after = 10_000


def _late(proxy: Proxy) -> None:
    proxy.latency = 1.0


def _deaf(proxy: Proxy) -> None:
    proxy.deaf = True


FAULTS: list[Callable[[Proxy], None]] = [_refuse, _silent, _reset, _late, _deaf]


def test_what_was_answered_is_what_the_real_receivers_hold(trained: Path, tmp_path: Path) -> None:
    with (
        receiving(tmp_path) as receiver,
        serving(tmp_path / "mongo") as (_, mongo),
        Proxy(receiver.port) as to_fluentd,
        Proxy(mongo) as to_mongo,
    ):
        settings: dict[str, Any] = {
            "prediction_log__enable_fluentd_logging": True,
            "prediction_log__fluentd_port": to_fluentd.port,
            "prediction_log__enable_mongodb_logging": True,
            "prediction_log__mongo_db_url": f"mongodb://127.0.0.1:{to_mongo.port}/?socketTimeoutMS=3000",
        }
        with serve(trained, **settings) as service, Caller(service.port) as caller:
            for fault in FAULTS:
                time.sleep(0.5)
                for proxy in (to_fluentd, to_mongo):
                    fault(proxy)
                time.sleep(1.5)
                for proxy in (to_fluentd, to_mongo):
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


def _kill_the_shipper(places: Places) -> None:
    pid = json.loads(places.status.read_text())["pid"]
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _pending(places: Places) -> int:
    cursors = {name: CursorFile(places.cursor(name)).load() for name in ("fluentd", "mongodb")}
    accounts = audit(places, cursors)
    assert all(account.dead_lettered == account.dropped == 0 for account in accounts)
    return sum(account.pending for account in accounts)
